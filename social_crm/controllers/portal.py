"""“What we keep from social networks, and why”: the page of the person herself."""

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.rpc_values import record_id_of
from ..models.social_crm_identity_portal_deeds import SAID_TO_BE_MINE
from .export import archive_of

HOME = "/my/social"
PROFILES = 10
# As they stand in addresses.
DEEDS = {
    "not-me": "not_me",
    "do-not-watch": "opt_out",
    "withdraw": "withdraw",
    "erase": "erase",
}
# Quoted: a dash means something in a rule.
DEED_NAMES = ",".join(f'"{name}"' for name in DEEDS)
# What was done, told once on the next page.
DONE = "social_crm_done"


class SocialPortal(CustomerPortal):
    """Ids in addresses are looked for among the profiles of whoever asks: what is not
    theirs is not there. Pages only show; what is done is a form with a token."""

    @http.route(
        [HOME, f"{HOME}/page/<string:page>"],
        auth="user",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def portal_my_social(self, page="1", **_params):
        self._social_check()
        profiles = self._social_profiles()
        pager = portal_pager(
            url=HOME,
            total=len(profiles),
            page=record_id_of(page) or 1,
            step=PROFILES,
        )
        offset = max(pager["offset"], 0)
        cards = profiles[offset : offset + PROFILES]._portal_cards()
        values = {
            "cards": [self._social_offered(profiles, card) for card in cards],
            "pager": pager,
            "done": request.session.pop(DONE, ""),
        }
        return self._social_render("social_crm.portal_my_social", values)

    @http.route(
        f"{HOME}/<string:profile_id>",
        auth="user",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def portal_my_social_profile(self, profile_id, before="", **_params):
        profile = self._social_profile(profile_id)
        card = profile._portal_page(record_id_of(before))
        if before and not card["latest"]:
            # The post at which the page began is gone.
            return request.redirect(f"{HOME}/{profile.id}", 303)
        values = {"card": self._social_offered(profile, card)}
        return self._social_render("social_crm.portal_my_social_profile", values)

    @http.route(
        f"{HOME}/<string:profile_id>/<any({DEED_NAMES}):deed>",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def portal_my_social_deed(self, profile_id, deed, mine="", **_params):
        """Ask first; the form of that page does it."""
        if request.httprequest.method == "POST":
            profile = self._social_find(profile_id)
            if not profile:
                # Pressed twice, or never theirs: nothing is done, nothing is said.
                return request.redirect(HOME, 303)
            if profile._portal_do(DEEDS[deed], is_mine=mine == "yes"):
                request.session[DONE] = DEEDS[deed]
                return request.redirect(HOME, 303)
            return request.redirect(f"{HOME}/{profile.id}/{deed}", 303)
        profile = self._social_profile(profile_id)
        (card,) = profile._portal_cards()
        card = self._social_offered(profile, card)
        if DEEDS[deed] not in card["deeds"]:
            raise request.not_found()
        values = {
            "card": card,
            "deed": DEEDS[deed],
            "action": f"{HOME}/{profile.id}/{deed}",
            "ask_mine": DEEDS[deed] in SAID_TO_BE_MINE and not card["is_sure"],
        }
        return self._social_render("social_crm.portal_my_social_confirm", values)

    @http.route(
        [f"{HOME}/download", f"{HOME}/<string:profile_id>/download"],
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def portal_my_social_download(self, profile_id="", **_params):
        """The archive of one profile, or of all."""
        profiles = (
            self._social_find(profile_id) if profile_id else self._social_profiles()
        )
        if request.httprequest.method != "POST" or not profiles:
            return request.redirect(HOME, 303)
        file = profiles._portal_export()
        profiles._portal_note_download()
        return archive_of(file)

    # --- whose ---------------------------------------------------------------

    def _social_profiles(self):
        return request.env["social.crm.identity"]._portal_of(request.env.user)

    def _social_find(self, profile_id):
        number = record_id_of(profile_id)
        return self._social_profiles().filtered(lambda each: each.id == number)

    def _social_profile(self, profile_id):
        profile = self._social_find(profile_id)
        if not profile:
            raise request.not_found()
        return profile

    def _social_check(self):
        """The page is for customers; colleagues have the profile itself."""
        if not request.env.user._is_portal():
            raise request.not_found()

    # --- pages ---------------------------------------------------------------

    def _social_offered(self, profiles, card):
        addresses = {deed: name for name, deed in DEEDS.items()}
        deeds = profiles._portal_deeds(card)
        return {
            **card,
            "deeds": {deed: f"{HOME}/{card['id']}/{addresses[deed]}" for deed in deeds},
        }

    def _social_render(self, template, values):
        company, card = request.env.company.sudo(), values.get("card")
        values = {
            **self._prepare_portal_layout_values(),
            **values,
            "page_name": "social",
            "social_profile": card and (card["handle"] or card["name"]),
            "company_name": company.name,
            "company_email": company.email or "",
        }
        response = request.render(template, values)
        # Framed by another page, a click could mean something else.
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        # It shows private words: not kept by a shared browser.
        response.headers["Cache-Control"] = "no-store"
        return response
