"""What counts as a complaint in Odoo's log."""

from dev import server

ERROR = "2026-01-01 00:00:00,000 1 ERROR db odoo.sql_db: bad query: b' UPDATE \"%s\"'"
LOST = "ERROR: could not serialize access due to concurrent update"


def test_complaints(tmp_path):
    log = tmp_path / "odoo.log"
    assert server.complaints(log) == []
    log.write_text("")
    assert server.complaints(log) == []
    chat, ours = ERROR % "discuss_channel_member", ERROR % "social_crm_feed"
    warning = "2026-01-01 00:00:00,000 1 WARNING db odoo.http: something"
    info = "2026-01-01 00:00:00,000 1 INFO db odoo.http: something"
    lines = [chat, LOST, "", info, ours, LOST, chat, "ERROR: no such column", warning]
    log.write_text("\n".join(lines))
    assert server.complaints(log) == [ours, chat, warning]
    log.write_text("\n".join([chat, LOST]))
    assert server.complaints(log) == []
    log.write_text("\n".join([info, warning]))
    assert server.complaints(log, len(info)) == [warning]
