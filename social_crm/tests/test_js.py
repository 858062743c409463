"""Run the add-on's Hoot tests in Chromium."""

from odoo.tests import no_retry, tagged

from odoo.addons.web.tests.test_js import HOOTCommon, unit_test_error_checker


@tagged("post_install", "-at_install")
class TestJavaScript(HOOTCommon):
    def get_hoot_filters(self):
        self._test_params = [("+", "@social_crm")]
        return super().get_hoot_filters()

    @no_retry
    def test_hoot(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            + self.hoot_filters,
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker,
        )
