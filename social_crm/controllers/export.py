"""The archive of what we keep of a person, streamed: it is stored nowhere."""

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.http import request

from ..models.rpc_values import record_ids_of


class SocialExport(http.Controller):
    @http.route(
        "/social_crm/export/<string:ids>",
        auth="user",
        methods=["GET"],
        save_session=False,
    )
    def export(self, ids, **_params):
        """A zip of the profiles ``ids`` (numbers with commas); for Social Managers."""
        numbers = record_ids_of(ids.split(","))
        profiles = request.env["social.crm.identity"].browse(numbers).exists()
        if not profiles:
            raise request.not_found()
        return archive_of(profiles._export())


def archive_of(file):
    """Return the answer that streams ``file``, an open zip."""
    return http.Response(
        wrap_file(request.httprequest.environ, file, 65536),
        headers=[
            ("Content-Type", "application/zip"),
            # No name of a person in the list of downloads.
            ("Content-Disposition", 'attachment; filename="social-profiles.zip"'),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
        direct_passthrough=True,
    )
