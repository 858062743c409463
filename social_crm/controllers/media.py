"""Pictures of people and posts, through us: nothing is loaded from a network itself."""

import hashlib

from markupsafe import Markup

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

SHOWN_FOR = 24 * 3600  # seconds that a browser may keep a picture
SHOWN_FOR_WITHOUT = 3600  # the same when there was none, as we ask again then
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}
INITIALS = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"'
    ' viewBox="0 0 96 96">'
    '<rect width="96" height="96" fill="hsl({hue}, 35%, 42%)"/>'
    '<text x="48" y="49" fill="#fff" font-family="sans-serif" font-size="40"'
    ' text-anchor="middle" dominant-baseline="central">{letters}</text></svg>'
)


class SocialMedia(http.Controller):
    @http.route(
        "/social_crm/avatar/<int:identity_id>",
        auth="user",
        methods=["GET"],
        save_session=False,
    )
    def avatar(self, identity_id, **_params):
        """The picture of a social profile, its initials when it has none."""
        identity = self._readable("social.crm.identity", identity_id)
        if not identity:
            raise request.not_found()
        found = self._thumbnail(identity.avatar_url, "avatar")
        if found:
            return self._answer(*found)
        svg = initials_svg(identity.name or identity.handle or "", identity.id)
        return self._answer(svg.encode(), "image/svg+xml", SHOWN_FOR_WITHOUT)

    @http.route(
        "/social_crm/media/<int:mention_id>/<int:index>",
        auth="user",
        methods=["GET"],
        save_session=False,
    )
    def media(self, mention_id, index, **_params):
        """A small picture of the attachment ``index`` (from 0) of a mention.

        Without one the answer is 404 and empty: the screen then shows the attachment's
        own words, which say more than a grey box.
        """
        mention = self._readable("social.crm.mention", mention_id)
        media = (mention.media or [])[index : index + 1] if mention else []
        if not media:
            raise request.not_found()
        url = media[0].get("preview_url")
        if not url and media[0].get("kind") == "image":
            url = media[0].get("url")
        found = self._thumbnail(url, "media")
        if not found:
            return self._answer(b"", "text/plain", SHOWN_FOR_WITHOUT, status=404)
        return self._answer(*found)

    def _readable(self, model, record_id):
        """The record as this user may read it, else an empty one: never a hint more."""
        try:
            return request.env[model].search([("id", "=", record_id)], limit=1)
        except AccessError:
            return request.env[model]

    def _thumbnail(self, url, size):
        return request.env["social.crm.media"]._thumbnail(url, size) if url else None

    def _answer(self, content, mimetype, seconds=SHOWN_FOR, status=200):
        headers = {
            **SAFE_HEADERS,
            "Content-Type": mimetype,
            "Cache-Control": f"private, max-age={seconds}",
        }
        return request.make_response(content, headers=headers, status=status)


def initials_svg(name, seed):
    """Return an SVG: the first letters of ``name`` on the colour of ``seed``."""
    words = "".join(sign if sign.isalnum() else " " for sign in name).split()
    ends = [words[0], words[-1]] if len(words) > 1 else words
    letters = "".join(word[0] for word in ends).upper() or "?"
    hue = int(hashlib.sha256(str(seed).encode()).hexdigest(), 16) % 360
    return INITIALS.format(hue=hue, letters=letters)
