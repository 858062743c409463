"""Run the add-on's Hoot tests in Chromium."""

from odoo.tests import HttpCase, no_retry, tagged

from odoo.addons.web.tests import test_js


@tagged("post_install", "-at_install")
class TestJavaScript(HttpCase):
    @no_retry
    def test_hoot(self):
        # Not a subclass of HOOTCommon: pytest would run the tests of that class, too.
        suite = test_js.HOOTCommon._generate_hash(self, "@social_crm")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )
