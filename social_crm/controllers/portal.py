"""What we keep from social networks, and why: a page for the person it is about."""

from datetime import datetime

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.rpc_values import record_id_of

PAGE = "/my/social"
DONE = "social_crm_portal_done"


class SocialPortal(CustomerPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "social_profile_count" in counters:
            values["social_profile_count"] = len(self._own_profiles())
        return values

    def _own_profiles(self):
        return request.env.user.partner_id._social_own_profiles()

    def _own_profile(self, number):
        """Return the profile if it is the user's own, as superuser; else 404."""
        number = record_id_of(number)
        profile = self._own_profiles().filtered(lambda each: each.id == number)
        if not profile:
            raise request.not_found()
        return profile

    def _render(self, template, **values):
        response = request.render(
            f"social_crm.{template}",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "social",
                **values,
            },
        )
        # A button that cannot be undone is not put under somebody else's picture.
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @http.route(PAGE, type="http", auth="user", website=True, methods=["GET"])
    def social_profiles(self, **_params):
        profiles = self._own_profiles()
        return self._render(
            "portal_my_social",
            cards=profiles._portal_cards(),
            done=request.session.pop(DONE, ""),
        )

    @http.route(
        f"{PAGE}/<string:number>/posts",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def social_posts(self, number, before="", last="", **_params):
        profile = self._own_profile(number)
        rows = profile._portal_posts(_moment(before), record_id_of(last) or 0)
        return self._render(
            "portal_my_social_posts", profile=profile, rows=rows, is_first=not before
        )

    @http.route(
        f"{PAGE}/<string:number>/download",
        type="http",
        auth="user",
        methods=["GET"],
        save_session=False,
    )
    def social_download(self, number, **_params):
        file = self._own_profile(number)._export(is_own=True)
        return http.Response(
            wrap_file(request.httprequest.environ, file, 65536),
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Disposition", 'attachment; filename="social-profile.zip"'),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
            direct_passthrough=True,
        )

    @http.route(
        f"{PAGE}/<string:number>/<any(unlink,withdraw,leave,erase):deed>",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def social_deed(self, number, deed, **_params):
        """Ask once more; a form that was sent is obeyed."""
        profile = self._own_profile(number)
        if deed not in profile._portal_deeds():
            raise request.not_found()
        if request.httprequest.method == "POST":
            request.session[DONE] = profile._portal_do(deed)
            return request.redirect(PAGE)
        return self._render("portal_my_social_deed", profile=profile, deed=deed)


def _moment(text):
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
