"""All that we keep of a person, in one archive: for machines and for people."""

import json
import tempfile
import zipfile
from datetime import date, datetime

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import SQL

BATCH = 500
# An archive up to this size stays in memory.
MAX_MEMORY = 2_000_000
# What is about our work with the record, not about the person.
LEFT_OUT = {
    "id",
    "key",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
    "display_name",
    "best_match",
    "best_contact_match",
    "match_at",
    "erase_pending",
    "erase_state",
    "relink_pending",
    "avatar_src",
    "is_nobody",
    "mention_count",
}
# Numbers without words, or shown elsewhere.
SHOWN_ELSEWHERE = {
    # Somebody else who had, or has, the same account.
    "social.crm.identity",
    "social.crm.match.key",
    "social.crm.mention",
    "social.crm.conversation",
    "social.crm.identity.handle",
}
PLAIN = ("integer", "float", "boolean", "char", "text", "html", "date", "datetime")
VALUES = (*PLAIN, "selection", "json", "monetary")
# What the person said, then what we answered.
MENTIONS = """
    SELECT m.id, m.direction, m.kind, m.visibility, m.published_at, m.edited_at,
           m.deleted_at, m.title, m.body AS text, m.url, m.uri, m.language, m.place,
           m.rating, m.media, m.sentiment_label AS mood, m.likes_count AS likes,
           m.reposts_count AS reposts, m.replies_count AS replies,
           m.views_count AS views, m.conversation_id AS conversation, (
               SELECT json_agg(json_build_object('text', v.body,
                   'replaced_at', v.replaced_at) ORDER BY v.replaced_at)
               FROM social_crm_mention_version v WHERE v.mention_id = m.id
           ) AS earlier_texts
    FROM social_crm_mention m
    LEFT JOIN social_crm_conversation c ON c.id = m.conversation_id
    WHERE %(whose)s AND m.id > %(after)s ORDER BY m.id LIMIT %(size)s
"""
WHOSE = {
    "mentions": "m.identity_id = %s",
    "our_answers": "c.identity_id = %s AND m.direction = 'out'",
}
CONVERSATIONS = """
    SELECT id, kind, visibility, state, on_our_post, mention_count,
           first_mention_at, last_mention_at, last_in_at, last_out_at
    FROM social_crm_conversation WHERE identity_id = %(identity)s AND id > %(after)s
    ORDER BY id LIMIT %(size)s
"""
PAGE = Markup(
    """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font-family:sans-serif;max-width:50em;margin:2em auto;padding:0 1em}}
td,th{{text-align:left;vertical-align:top;padding:.2em 1em .2em 0}}
article{{border-top:1px solid #ccc;padding:.5em 0;white-space:pre-wrap}}</style>
</head><body><h1>{title}</h1><p>{words}</p>"""
)
ROW = Markup("<tr><th>{}</th><td>{}</td></tr>")


class SocialCrmIdentity(models.Model):
    _inherit = "social.crm.identity"

    def action_export(self):
        """Download what we keep of these profiles."""
        self._check_privacy_rights()
        ids = ",".join(map(str, self.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/social_crm/export/{ids}",
            "target": "download",
        }

    def _export(self):
        """Return an open file with a zip: ``data.json`` and ``readme.html``.

        Read batch by batch and written as it is read; nothing stays in the database.
        """
        self._check_privacy_rights()
        self.check_access("read")
        # pylint: disable=consider-using-with
        file = tempfile.SpooledTemporaryFile(MAX_MEMORY)
        self.env.flush_all()
        identities = self.sudo().with_context(active_test=False)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, pieces in (
                ("data.json", identities._export_json()),
                ("readme.html", identities._export_html()),
            ):
                with archive.open(name, "w") as entry:
                    for piece in pieces:
                        entry.write(piece.encode("utf-8", "replace"))
        file.seek(0)
        return file

    # --- facts ---------------------------------------------------------------

    def _export_profile(self):
        """Return {name of a field: value} of what is stored of the profile itself."""
        self.ensure_one()
        facts = _facts(self)
        facts["contact"] = self.partner_id.display_name or None
        facts["linked_by"] = self.link_user_id.name or None
        facts["company"] = self.company_id.name
        facts["earlier_handles"] = [
            {"handle": row.handle, "until": row.until} for row in self.handle_ids
        ]
        facts["leads"] = self.lead_ids.mapped("name")
        return facts

    def _export_related(self):
        """Yield (model, facts) of all else that is kept about the profile."""
        for name, model in sorted(self.env.items()):
            if not model._auto or model._transient or name in SHOWN_ELSEWHERE:
                continue
            for field in model._fields.values():
                if field.comodel_name == self._name and field.type == "many2one":
                    if field.store:
                        rows = model.sudo().with_context(active_test=False)
                        for row in rows.search([(field.name, "in", self.ids)]):
                            yield name, _facts(row)

    def _read_batches(self, statement, **params):
        """Yield rows as dicts, a batch at a time."""
        after = 0
        while True:
            rows = self.env.execute_query_dict(
                SQL(statement, after=after, size=BATCH, **params)
            )
            yield from rows
            if len(rows) < BATCH:
                return
            after = rows[-1]["id"]

    def _export_mentions(self, whose):
        condition = SQL(WHOSE[whose], self.id)
        return self._read_batches(MENTIONS, whose=condition)

    def _export_conversations(self):
        return self._read_batches(CONVERSATIONS, identity=self.id)

    # --- data.json -----------------------------------------------------------

    def _export_json(self):
        yield '{"made_at": ' + _json(fields.Datetime.now()) + ', "profiles": ['
        for number, identity in enumerate(self):
            yield ",\n" if number else "\n"
            yield '{"profile": ' + _json(identity._export_profile())
            for name, rows in (
                ("conversations", identity._export_conversations()),
                ("mentions", identity._export_mentions("mentions")),
                ("our_answers", identity._export_mentions("our_answers")),
                (
                    "more",
                    (
                        {"model": model, **facts}
                        for model, facts in identity._export_related()
                    ),
                ),
            ):
                yield f',\n"{name}": ['
                for place, row in enumerate(rows):
                    yield (",\n" if place else "\n") + _json(row)
                yield "]"
            yield "}"
        yield "]}\n"

    # --- readme.html ---------------------------------------------------------

    def _export_html(self):
        yield PAGE.format(
            lang=(self.env.lang or "en").replace("_", "-"),
            title=self.env._("What we keep from social networks"),
            words=self.env._(
                "Made on %s (UTC). The file data.json holds the same for machines.",
                fields.Datetime.now(),
            ),
        )
        for identity in self:
            yield Markup("<h2>{}</h2><table>").format(identity.display_name)
            labels = identity.fields_get(attributes=["string"])
            for name, value in identity._export_profile().items():
                if value not in (None, False, "", []):
                    label = labels.get(name, {}).get("string") or self._export_label(
                        name
                    )
                    yield ROW.format(label, _shown(value))
            yield Markup("</table>")
            for title, whose in (
                (self.env._("What was said"), "mentions"),
                (self.env._("What we answered"), "our_answers"),
            ):
                yield Markup("<h3>{}</h3>").format(title)
                for row in identity._export_mentions(whose):
                    yield _article(row)
            rows = list(identity._export_related())
            if rows:
                yield Markup("<h3>{}</h3>").format(self.env._("More"))
            for model, facts in rows:
                shown = self.env["ir.model"]._get(model).name
                yield Markup("<h4>{}</h4><table>").format(shown)
                for name, value in facts.items():
                    if value not in (None, False, "", []):
                        yield ROW.format(name, _shown(value))
                yield Markup("</table>")
        yield Markup("</body></html>\n")

    def _export_label(self, name):
        return {
            "contact": self.env._("Contact"),
            "linked_by": self.env._("Linked by"),
            "company": self.env._("Company"),
            "earlier_handles": self.env._("Earlier handles"),
            "leads": self.env._("Leads"),
        }[name]


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_social_export(self):
        """Download what we keep of all profiles of this contact."""
        self.ensure_one()
        profiles = self.env["social.crm.identity"].with_context(active_test=False)
        found = profiles.search([("partner_id", "=", self.id)])
        if not found:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "message": self.env._("This contact has no social profile."),
                    "type": "info",
                },
            }
        return found.action_export()


def _facts(record):
    """The stored values of a record, and the names of what it points to."""
    facts = {}
    for name, field in record._fields.items():
        if name in LEFT_OUT or not field.store:
            continue
        if field.type in VALUES:
            facts[name] = record[name] if record[name] is not False else None
        elif field.type == "many2one":
            facts[name] = record[name].display_name or None
    return facts


def _plain(value):
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _json(value):
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _shown(value):
    return value if isinstance(value, str) else _json(value).strip('"')


def _article(row):
    head = " · ".join(
        str(part) for part in (row["published_at"], row["kind"], row["url"]) if part
    )
    texts = [row["title"], row["text"]]
    for version in row["earlier_texts"] or ():
        texts.append(f"({version['replaced_at']}) {version['text']}")
    body = Markup("<br>").join(text for text in texts if text)
    return Markup("<article><small>{}</small>\n{}</article>").format(head, body)
