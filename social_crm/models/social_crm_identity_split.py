"""Two people, one account: it changed hands, or both use it.

A network knows an account by one key. The profile with that key is whoever has the
account now, and gets what comes. A second record, a part, holds the words of the other:
all before ``split_until``, or the mentions that a user chose. A known post keeps its
author whenever it is fetched again; an older one that comes late goes to the part. So
nothing is there twice, and nothing jumps back.
"""

from datetime import datetime
from uuid import uuid4

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from . import split_sql as sql
from .erasure_sql import RECOUNT
from .ingest_values import PREVIEW, stamp
from .social_crm_identity import NO_LINK, SYNC_LIMIT

# A key that no network has.
SPLIT = "split:"
SPLIT_FIELDS = {"split_of_id", "split_until", "split_closed_before"}
LINK = ("partner_id", "link_basis", "link_date", "link_user_id")
# Of what somebody worked at; a conversation that is made beside another has the same.
WORK = ("network", "kind", "visibility", "team_id", "user_id", "mood", "company_id")


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    split_of_id = fields.Many2one(
        "social.crm.identity",
        "Same account as",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    split_ids = fields.One2many(
        "social.crm.identity", "split_of_id", "Others with this account"
    )
    split_until = fields.Datetime("Had the account until", readonly=True, copy=False)
    # Somebody had the account before who was erased: of that time nothing is stored.
    split_closed_before = fields.Datetime(readonly=True, copy=False)

    # --- splitting -----------------------------------------------------------

    def action_split(self):
        """Ask what is whose."""
        self.ensure_one()
        self._check_may_split()
        dialog = self.env["social.crm.split"].create({"identity_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Two people, one account"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _check_may_split(self):
        self.check_access("write")
        if self.split_of_id:
            raise UserError(
                self.env._(
                    "Split the profile that has the account: %s.",
                    self.split_of_id.display_name,
                )
            )
        if self.privacy or self.is_nobody:
            raise UserError(self.env._("This profile cannot be split."))

    def _split_at(self, since, name=""):
        """Since ``since`` somebody else has the account; return who had it before.

        What was said before, the contact, and what is known of that time go to a new
        record. The profile itself, whom the network means from now on, is a stranger.
        """
        self.ensure_one()
        self._check_may_split()
        last = max(
            self.sudo().split_ids.filtered("split_until").mapped("split_until"),
            default=None,
        )
        if since > fields.Datetime.now() or (last and since <= last):
            raise UserError(
                self.env._(
                    "Choose a moment in the past, after the account changed hands the"
                    " last time."
                )
            )
        account = self.sudo()
        part = account._make_part(name or account.name, split_until=since)
        part._take_over_past(account)
        account._ask_again()
        account._separate(part)
        self._note_split(part)
        return part.with_env(self.env)

    def _split_off(self, mentions, name="", partner=None):
        """Somebody else uses the account, too, and said ``mentions``; return them."""
        self.ensure_one()
        self._check_may_split()
        mentions.check_access("read")
        mine = mentions.filtered(
            lambda each: each.identity_id == self and each.direction == "in"
        )
        if not mine or mine != mentions:
            raise UserError(self.env._("Choose mentions of this profile."))
        account = self.sudo()
        part = account._make_part(name, handle=account.handle)
        self.env.flush_all()
        account._split_sql(sql.CHOOSE, part=part.id, ids=mine.ids)
        account._separate(part)
        part = part.with_env(self.env)
        if partner:
            part._link(partner, "manual")
        self._note_split(part)
        return part

    def _make_part(self, name, **values):
        part = self.create(
            {
                "company_id": self.company_id.id,
                "network": self.network,
                "uri": f"{SPLIT}{uuid4().hex}",
                "name": name or self.env._("Somebody else with %s", self.handle or ""),
                "first_seen_at": self.first_seen_at,
                "split_of_id": self.id,
                "match_at": fields.Datetime.now(),
                **values,
            }
        )
        self.env.registry.clear_cache()
        return part

    def _take_over_past(self, account):
        """Who had the account before keeps the contact, and what is of that time."""
        until = self.split_until
        if account.handle:
            self.env["social.crm.identity.handle"].create(
                {
                    "identity_id": self.id,
                    "company_id": self.company_id.id,
                    "network": self.network,
                    "handle": account.handle,
                    "until": until,
                }
            )
        earlier = account.handle_ids.filtered(
            lambda row: row.until and row.until <= until
        )
        earlier.identity_id = self
        # The permission was that person's, and so is the link that stands on it.
        account.consent_ids.identity_id = self
        self._write_match({"consent_state": account.consent_state})
        account._write_match({"consent_state": False})
        facts = account.fact_ids.filtered(lambda fact: fact.date < until.date())
        facts.identity_id = self
        for name in self._typed_records():
            for record in account[name]:
                record.social_identity_ids |= self
                record.social_identity_ids -= account
        link = {name: account[name] for name in LINK}
        if link["partner_id"]:
            link = {**link, "partner_id": account.partner_id.id}
            link["link_user_id"] = account.link_user_id.id
            self._set_partner(link)
            # Whoever has it now is somebody else: never suggested again.
            account._set_partner(dict(NO_LINK))

    def _note_split(self, part):
        """Say in both logs what was told apart."""
        until = part.split_until
        note = (
            self.env._("Until %s somebody else had this account.", until)
            if until
            else self.env._("Somebody else uses this account, too.")
        )
        for profile in (self, part):
            profile.sudo()._message_log(
                body=note, author_id=self.env.user.partner_id.id
            )

    # --- keeping it apart ----------------------------------------------------

    def _split_sql(self, statement, **params):
        self.env.cr.execute(SQL(statement, account=self.id, **params))
        return self.env.cr

    def _separate(self, part):
        """Let words and work follow a split: some now, the rest in the background."""
        self.flush_recordset()
        self._apply_splits(SYNC_LIMIT)
        if not part.split_until:
            part._take_work()
        (self | part)._follow_partner()
        (self | part)._look_again()
        self.env["social.crm.mention"].invalidate_model()
        self.env["social.crm.conversation"].invalidate_model()

    def _move_batch(self, size):
        moved = super()._move_batch(size)
        return max([moved, *(account._apply_splits(size) for account in self)])

    def _apply_splits(self, size):
        """Give what was said before a split to who had the account; return how much.

        It says what is so, not what to do: run as often as you like, after each page
        that brings old posts.
        """
        if self.id not in self._splits():
            return 0
        if closed := self.split_closed_before:
            rows = self._split_sql(sql.DROP, until=closed).fetchall()
            self._tidy_up([row[0] for row in rows if row[0]])
        count = 0
        parts = self.with_context(active_test=False).split_ids
        parts = parts.filtered("split_until").sorted("split_until")
        for part in parts:
            params = {"part": part.id, "until": part.split_until, "size": size}
            count += self._split_sql(sql.REPOINT, **params).rowcount
        if count < size:
            # A conversation is looked at when all its words are where they belong.
            for part in parts:
                part._take_work()
        return count

    @api.model
    @tools.ormcache()
    def _splits(self):
        """Return {profile: moment} before which others had the account.

        The moment is text, as in a page.
        """
        self.flush_model(list(SPLIT_FIELDS))
        rows = self.env.execute_query(SQL(sql.SPLITS))
        return {identity_id: stamp(until) for identity_id, until in rows}

    def _take_work(self):
        """Conversations go along; of one that both spoke in, two are made."""
        account = self.split_of_id
        work = account._split_sql(sql.FIND_WORK, part=self.id).fetchall()
        conversations = self.env["social.crm.conversation"].with_context(
            active_test=False, tracking_disable=True
        )
        touched = []
        for conversation in conversations.browse([row[0] for row in work]):
            touched += self._take_conversation(conversation)
        halves = conversations.browse(touched)
        waited = halves.filtered("waiting_since")
        self._tidy_up(touched)
        # What waits in one half is no work in the other.
        waited.exists().filtered(lambda each: not each.waiting_since).write(
            {"state": "done", "unread": False}
        )

    def _take_conversation(self, conversation):
        """Return the ids of the conversations that have other words now."""
        account, source = self.split_of_id, conversation.id
        if conversation.on_our_post:
            # Many speak there; it is about the first of them.
            first = account._split_sql(sql.FIRST_VOICE, source=source).fetchone()
            if first and first[0] == self.id:
                conversation.identity_id = self
            return []
        branch = conversation.branch_uri
        own = f"{branch}~{self.uri}"
        target = conversation.search(
            [
                ("company_id", "=", self.company_id.id),
                ("network", "=", self.network),
                ("branch_uri", "=", own),
            ]
        )
        both = account._split_sql(
            sql.HAS_VOICE, source=source, voice=account.id
        ).fetchone()
        if target or not self.split_until and both:
            # What was chosen gets work of its own; what comes late joins it.
            target = target or self._make_work(conversation, self, own)
            self._move_words(conversation, target, self)
            return [source, target.id]
        # Who had the account keeps the work: its notes, its lead.
        conversation.write({"branch_uri": own, "identity_id": self.id})
        # Its key is another's now.
        conversation.flush_recordset()
        if not both:
            return []
        fresh = self._make_work(conversation, account, branch)
        self._move_words(conversation, fresh, account)
        return [source, fresh.id]

    def _make_work(self, conversation, identity, branch):
        values = conversation._convert_to_write(
            {name: conversation[name] for name in WORK}
        )
        return conversation.with_context(mail_create_nolog=True).create(
            {
                **values,
                "identity_id": identity.id,
                "partner_id": identity.partner_id.id,
                "branch_uri": branch,
                "state": conversation.state,
                "unread": conversation.unread,
                "waiting_since": conversation.waiting_since,
                "topic_ids": [(6, 0, conversation.topic_ids.ids)],
            }
        )

    def _move_words(self, source, target, voice):
        until = self.split_until or datetime.min
        spans = {self: (datetime.min, until), self.split_of_id: (until, datetime.max)}
        since, until = spans[voice]
        if not self.split_until:
            # An answer to nobody in particular stays where it is.
            since = until = datetime.min
        self.env.flush_all()
        self._split_sql(
            sql.MOVE_WORDS,
            source=source.id,
            target=target.id,
            voice=voice.id,
            since=since,
            until=until,
        )

    def _tidy_up(self, conversation_ids):
        """Count anew; a conversation without a word is none."""
        if not conversation_ids:
            return
        self.env.flush_all()
        self.env.cr.execute(SQL(RECOUNT, ids=conversation_ids, size=PREVIEW))
        rows = self._split_sql(sql.EMPTY, ids=conversation_ids).fetchall()
        self.env.invalidate_all(flush=False)
        conversations = self.env["social.crm.conversation"]
        conversations.browse([row[0] for row in rows]).unlink()

    # --- one person after all --------------------------------------------------

    def action_join(self):
        """It was one person all the time: bring back what was told apart."""
        self.ensure_one()
        self.check_access("write")
        account, part = self.split_of_id, self.sudo()
        if not account:
            raise UserError(self.env._("This profile was not split off another."))
        account.check_access("write")
        if account.partner_id and part.partner_id not in (
            account.partner_id,
            account.partner_id.browse(),
        ):
            raise UserError(
                self.env._(
                    "Both are linked, to two contacts: take one of them off its"
                    " contact first."
                )
            )
        part._join(account.sudo())
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": account.id,
            "views": [(False, "form")],
        }

    def _join(self, account):
        # First of all, or the words would go back to whom they were split off for.
        self.write({"split_of_id": False, "split_until": False})
        self.env.registry.clear_cache()
        self.env.flush_all()
        work = self.with_context(active_test=False).conversation_ids
        account.env.cr.execute(
            "UPDATE social_crm_mention SET identity_id = %s WHERE identity_id = %s",
            [account.id, self.id],
        )
        self.env.invalidate_all()
        touched = []
        for conversation in work:
            branch = conversation.branch_uri.removesuffix(f"~{self.uri}")
            there = work.search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("network", "=", self.network),
                    ("branch_uri", "=", branch),
                    ("id", "!=", conversation.id),
                ]
            )
            conversation.identity_id = account
            if there:
                # The older one has the notes; the name is what the next post looks for.
                older, newer = (conversation | there).sorted("id")
                self.env.cr.execute(
                    "UPDATE social_crm_mention SET conversation_id = %s"
                    " WHERE conversation_id = %s",
                    [older.id, newer.id],
                )
                self.env.invalidate_all()
                older.write(
                    {
                        "state": newer.state,
                        "unread": newer.unread,
                        "waiting_since": newer.waiting_since,
                    }
                )
                newer.unlink()
                conversation = older
            conversation.branch_uri = branch
            touched.append(conversation.id)
        facts = self.fact_ids.sudo()
        facts.filtered(lambda fact: fact.key in account.fact_ids.mapped("key")).unlink()
        facts.exists().identity_id = account
        self.consent_ids.identity_id = account
        if self.consent_state and not account.consent_state:
            account._write_match({"consent_state": self.consent_state})
        for name in self._typed_records():
            for record in self[name]:
                record.social_identity_ids |= account
        self.handle_ids.filtered(
            lambda row: row.handle != account.handle
        ).identity_id = account
        link = {name: self[name] for name in LINK}
        link = {**link, "partner_id": self.partner_id.id}
        link["link_user_id"] = self.link_user_id.id
        wrong = account.match_ids.filtered(
            lambda row: row.partner_id and row.partner_id == self.partner_id
        )
        if self.partner_id and not account.partner_id:
            wrong.unlink()
            account._set_partner(link)
        self.with_context(tracking_disable=True).unlink()
        self.env.registry.clear_cache()
        account._follow_partner()
        account._look_again()
        account._tidy_up(touched)
        account._ask_again()

    # --- other concerns --------------------------------------------------------

    def write(self, vals):
        if not self.env.su and SPLIT_FIELDS & set(vals):
            raise AccessError(self.env._("Use the button to split a profile."))
        return super().write(vals)

    def unlink(self):
        was_split = bool(self.sudo().split_of_id)
        result = super().unlink()
        if was_split:
            self.env.registry.clear_cache()
        return result

    def _with_typed(self):
        """Of two who share an account, nobody can tell what the next fetch brings: what
        one of them wants, happens to both."""
        found = super()._with_typed()
        everyone = found.with_context(active_test=False)
        sharing = everyone.filtered(
            lambda each: each.split_of_id and not each.split_until
        )
        accounts = everyone | sharing.split_of_id
        return accounts | accounts.split_ids.filtered(lambda each: not each.split_until)

    def _opt_out(self, source=""):
        result = super()._opt_out(source)
        self._close_past()
        return result

    def _erase_begin(self, source):
        self._close_past()
        return super()._erase_begin(source)

    def _close_past(self):
        """Who had an account before is gone: what they said does not come back."""
        for part in self.sudo().filtered("split_until"):
            if account := part.split_of_id:
                closed = account.split_closed_before or part.split_until
                account._write_match(
                    {"split_closed_before": max(closed, part.split_until)}
                )
        self.env.registry.clear_cache()
