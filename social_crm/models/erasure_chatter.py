"""What colleagues wrote about a person: handles are masked, and quotes cut out."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass

from odoo.tools import SQL

from .person_names import MASK

# Rows of a table that are read at a time.
WINDOW = 5_000


@dataclass(frozen=True, slots=True)
class Words:
    """Columns with words of people, and the record that they stand on.

    ``of`` is a pair of SQL (model, id) on the table ``t``, or on ``m`` of ``join``.
    """

    columns: tuple[str, ...]
    of: tuple[str, str]
    join: str = ""


_MESSAGE = "LEFT JOIN mail_message m ON m.id = t."
WORDS = {
    "mail_message": Words(("subject", "body"), ("t.model", "t.res_id")),
    "mail_mail": Words(
        ("body_html",), ("m.model", "m.res_id"), f"{_MESSAGE}mail_message_id"
    ),
    "mail_tracking_value": Words(
        ("old_value_char", "new_value_char", "old_value_text", "new_value_text"),
        ("m.model", "m.res_id"),
        f"{_MESSAGE}mail_message_id",
    ),
    "mail_activity": Words(
        ("summary", "note", "feedback", "res_name"), ("t.res_model", "t.res_id")
    ),
    "mail_scheduled_message": Words(("subject", "body"), ("t.model", "t.res_id")),
    "crm_lead": Words(
        ("name", "description", "contact_name", "partner_name", "website"),
        ("'crm.lead'", "t.id"),
    ),
    "helpdesk_ticket": Words(
        ("name", "description", "partner_name"), ("'helpdesk.ticket'", "t.id")
    ),
    "res_partner": Words(("comment", "website"), ("'res.partner'", "t.id")),
}
# Rows that can only go as a whole; screens and servers make them anew.
COPIES = {
    "bus_bus": ("message",),
    "ir_logging": ("message",),
    "mail_link_preview": ("source_url", "og_title", "og_description", "og_image"),
    "mail_message_translation": ("body",),
    "social_crm_bad_item": ("uid", "error", "raw"),
}
TABLES = (*WORDS, *COPIES)


class Chatter:
    """Reads a table window by window and takes one person out of it."""

    def __init__(self, identity, names, quotes):
        self.env = identity.env
        self.company_id = identity.company_id.id
        self.names, self.quotes = names, quotes
        self.contact = identity.partner_id
        self._called = _called(identity)
        self.beside = _records_beside(identity)

    def run(self, table, after):
        """Clean the next window; return the last id read, None behind the end."""
        columns = self._columns(table)
        if not columns:
            return None
        rows = self._read(table, columns, after)
        if table in WORDS:
            self._clean(table, columns, rows)
        else:
            self._delete(table, rows)
        return rows[-1][0] if len(rows) == WINDOW else None

    def _columns(self, table):
        """The columns that there are: an add-on may not be installed."""
        wanted = WORDS[table].columns if table in WORDS else COPIES[table]
        found = self.env.execute_query(
            SQL(
                "SELECT attname FROM pg_attribute"
                " WHERE attrelid = to_regclass(%s) AND attname = ANY(%s)",
                table,
                list(wanted),
            )
        )
        return [name for name in wanted if (name,) in found]

    def _read(self, table, columns, after):
        words = WORDS.get(table)
        texts = [SQL("t.%s::text", SQL.identifier(name)) for name in columns]
        full = SQL(" OR ").join(SQL("%s <> ''", text) for text in texts)
        if table == "social_crm_bad_item":
            full = SQL("t.company_id = %s", self.company_id)
        return self.env.execute_query(
            SQL(
                "SELECT t.id, %s, %s, %s FROM %s t %s"
                " WHERE t.id > %s AND (%s) ORDER BY t.id LIMIT %s",
                SQL(words.of[0] if words else "NULL"),
                SQL(words.of[1] if words else "NULL"),
                SQL(", ").join(texts),
                SQL.identifier(table),
                SQL(words.join if words else ""),
                after,
                full,
                WINDOW,
            )
        )

    # --- words ---------------------------------------------------------------

    def _clean(self, table, columns, rows):
        changed = {}
        for row_id, model, res_id, *texts in rows:
            beside = res_id in self.beside.get(model, ())
            fresh = [
                self._cleaned(text, beside) if name != "website" else self._link(text)
                for name, text in zip(columns, texts, strict=True)
            ]
            if fresh != texts:
                changed[row_id] = model, res_id, fresh
        ours = self._ours({(model, res_id) for model, res_id, _ in changed.values()})
        for row_id, (model, res_id, fresh) in changed.items():
            if (model, res_id) in ours:
                values = SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), text)
                    for name, text in zip(columns, fresh, strict=True)
                )
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s WHERE id = %s",
                        SQL.identifier(table),
                        values,
                        row_id,
                    )
                )

    def _cleaned(self, text, beside):
        if not text:
            return text
        fresh = self.quotes.cut(text, beside)
        fresh = self.names.mask(fresh, short=beside)
        if self._called and (beside or fresh != text):
            # A name alone may be anybody's.
            fresh = self._called.sub(MASK, fresh)
        return fresh

    def _link(self, address):
        """Half an address is none."""
        is_theirs = address and self.names.mask(address) != address
        return None if is_theirs else address

    def _ours(self, records):
        """Return which of these are not of another company."""
        by_model = {}
        for model, res_id in records:
            by_model.setdefault(model, set()).add(res_id)
        found = set()
        for model, ids in by_model.items():
            # A model of an add-on that is gone, or a message on nothing.
            theirs = set()
            if model in self.env:
                field = self.env[model]._fields.get("company_id")
                if field and field.store and field.type == "many2one":
                    rows = self.env[model].with_context(active_test=False)
                    theirs = rows.search(
                        [
                            ("id", "in", list(ids)),
                            ("company_id", "not in", (self.company_id, False)),
                        ]
                    )._ids
            found |= {(model, res_id) for res_id in ids.difference(theirs)}
        return found

    # --- copies --------------------------------------------------------------

    def _delete(self, table, rows):
        gone = [
            row_id
            for row_id, _model, _res_id, *texts in rows
            if any(text and self._is_about(text) for text in texts)
        ]
        if gone:
            self.env.cr.execute(
                SQL("DELETE FROM %s WHERE id = ANY(%s)", SQL.identifier(table), gone)
            )

    def _is_about(self, text):
        for words in {text, plain(text)}:
            if self.names.mask(words) != words or self.quotes.cut(words) != words:
                return True
        return False


def plain(text):
    """The texts in JSON as they were; other text but for its escaped slashes."""
    if text[:1] in "[{":
        with suppress(ValueError, RecursionError):
            return " \n ".join(_strings(json.loads(text)))
    return text.replace("\\/", "/")


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _called(identity):
    """What finds the names the profile ever had, but for that of its contact."""
    contact = (identity.partner_id.name or "").strip().casefold()
    names = {name.strip() for name in (identity.name or "", *identity._said("name"))}
    names = [
        re.escape(name)
        for name in sorted(names, key=len, reverse=True)
        if len(name) >= 3 and name.casefold() != contact
    ]
    if not names:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", re.IGNORECASE)


def _records_beside(identity):
    """Return {model: ids} of the records on which colleagues wrote about the person."""
    found = {
        identity._name: {identity.id},
        "social.crm.conversation": set(identity.conversation_ids._ids),
    }
    partner = identity.partner_id
    if partner:
        found["res.partner"] = {partner.id}
    for name, model in identity.env.items():
        link = getattr(model, "_social_link", None)
        if not link or model._abstract:
            continue
        records = model.sudo().with_context(active_test=False)
        domain = [("social_identity_ids", "in", identity.ids)]
        shown = records.search(domain) | identity.conversation_ids.mapped(link)
        if partner:
            shown |= records.search([("partner_id", "=", partner.id)])
        found[name] = set(shown._ids)
    return found
