"""Where other programs tell us facts about people."""

from werkzeug.exceptions import HTTPException

from odoo import http
from odoo.http import request

from ..models.social_crm_fact_webhook import MAX_BYTES


class SocialFacts(http.Controller):
    @http.route(
        "/social_crm/facts",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def facts(self, **_params):
        """Take signed facts; see docs/admin.md. Always answers JSON."""
        http_request = request.httprequest
        length = http_request.content_length
        if length is None or length > MAX_BYTES:
            return self._answer(413, {"error": f"At most {MAX_BYTES} bytes."})
        try:
            body = http_request.get_data(cache=True)
        except (HTTPException, OSError):
            return self._answer(400, {"error": "The call broke off."})
        headers = http_request.headers
        facts = request.env["social.crm.fact"]
        company = facts._signed_by(
            body,
            headers.get("X-Social-Timestamp", ""),
            headers.get("X-Social-Signature", ""),
        )
        if not company:
            return self._answer(401, {"error": "The signature does not fit."})
        # sudo: the secret stands for the right to tell; nothing is read back.
        facts = facts.sudo().with_company(company)
        facts = facts.with_context(lang=company.sudo().partner_id.lang or "en_US")
        return self._answer(*facts._receive(body, company.sudo()))

    def _answer(self, status, answer):
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return request.make_json_response(answer, headers=headers, status=status)
