"""How somebody speaks: when, how often, where, and whether they answer us.

Computed when somebody looks, from what that person may read; nothing of it is stored.
"""

from collections import Counter, defaultdict
from datetime import time, timedelta
from statistics import median

import pytz
from babel.dates import format_timedelta, get_day_names

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_time
from odoo.tools.misc import babel_locale_parse

from .ingest_suppression import is_anonymous
from .social_crm_mixin import SEEN_BY

# The newest of what they said: older habits are no habits.
NEWEST = 1000
# Fewer say nothing of hours.
ENOUGH = 5
# "Between 18:00 and 22:00".
SPAN = 4
# So long somebody may take to answer.
PATIENCE = timedelta(days=1)
DAYS_A_MONTH = 30.44


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    behaviour = fields.Json("How they speak", compute="_compute_behaviour")

    @api.depends_context(*SEEN_BY, "lang", "tz")
    def _compute_behaviour(self):
        """What the form shows, False if they said nothing that the reader may read.

        ``{"hours": [24 counts], "days": [[label, count] of 7], "lines": [sentences],
        "networks": [{"label", "icon"}], "zone"}``. Made for one profile: three queries,
        however much it said.
        """
        for identity in self:
            is_person = identity.author_kind != "ours" and not is_anonymous(
                identity.uri or ""
            )
            identity.behaviour = is_person and identity._behaviour()

    def _behaviour(self):
        said = self._newest_said()
        if not said:
            return False
        zone = pytz.timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        moments = [
            pytz.utc.localize(row["published_at"]).astimezone(zone) for row in said
        ]
        hours = Counter(moment.hour for moment in moments)
        days = Counter(moment.weekday() for moment in moments)
        locale = babel_locale_parse(self.env.lang)
        names = get_day_names("abbreviated", locale=locale)
        first = locale.first_week_day
        lines = [
            self._frequency(moments),
            self._active_hours(hours, len(moments)),
            self._answers_us(said, locale),
        ]
        return {
            "hours": [hours[hour] for hour in range(24)],
            "days": [
                [names[day % 7], days[day % 7]] for day in range(first, first + 7)
            ],
            "lines": [line for line in lines if line],
            "networks": self._networks_of_contact(),
            "zone": str(zone),
        }

    # --- what is read ----------------------------------------------------------

    def _read_moments(self, domain, **options):
        """When the reader may read that something was said; one query, no texts."""
        query = self.env["social.crm.mention"]._search(domain, **options)
        names = ("id", "conversation_id", "published_at")
        columns = [SQL.identifier(query.table, name) for name in names]
        return self.env.execute_query_dict(query.select(*columns))

    def _newest_said(self):
        ids = self._origin.ids
        # As the index has it.
        return self._read_moments(
            Domain("identity_id", "in", ids) & Domain("direction", "=", "in"),
            order="published_at desc, id desc",
            limit=NEWEST,
        )

    def _networks_of_contact(self):
        """Where this contact speaks, this network first."""
        # By its id: a contact that the reader may not see has no other networks here.
        others = self.browse()
        if self.partner_id:
            others = self.search_fetch(
                [("partner_id", "=", self.partner_id.id)], ["network"]
            )
        facts = self.env["social.crm.account"]._network_facts()
        codes = dict.fromkeys([self.network, *others.mapped("network")])
        return [{"label": facts[code][0], "icon": facts[code][1]} for code in codes]

    def _our_turns(self, said):
        """Return {conversation: [moments when we spoke to them]}."""
        ids = [row["id"] for row in said]
        conversations = {row["conversation_id"] for row in said} - {None}
        # What we said to others in the same conversation is not to them.
        to_them = Domain("parent_id", "in", ids) | (
            Domain("parent_id", "=", False)
            & Domain("conversation_id", "in", list(conversations))
        )
        turns = defaultdict(list)
        # Sorted here: else PostgreSQL might walk through all that was ever said.
        ours = Domain("direction", "=", "out") & to_them
        for row in self._read_moments(ours, order=None):
            turns[row["conversation_id"]].append(row["published_at"])
        return turns

    # --- in words ----------------------------------------------------------------

    def _frequency(self, moments):
        """ "Speaks about 3 times a month, since March 2026"; moments newest first."""
        newest, oldest = moments[0], moments[-1]
        count = len(moments)
        if count == 1:
            return self.env._("Spoke once, on %s", format_date(self.env, newest.date()))
        # Until now: who fell silent speaks less and less.
        now = pytz.utc.localize(fields.Datetime.now())
        days = max((now - oldest).total_seconds() / 86400, 1)
        since = format_date(self.env, oldest.date(), date_format="LLLL yyyy")
        if days < DAYS_A_MONTH:
            since = format_date(self.env, oldest.date())
            return self.env._(
                "Spoke %(count)s times since %(day)s", count=count, day=since
            )
        a_month = count / days * DAYS_A_MONTH
        if a_month >= DAYS_A_MONTH:
            number = round(a_month / DAYS_A_MONTH)
            return self.env._(
                "Speaks about %(count)s times a day, since %(month)s",
                count=number,
                month=since,
            )
        if a_month < 0.75:
            return self.env._(
                "Spoke %(count)s times since %(month)s: less than once a month",
                count=count,
                month=since,
            )
        return self.env._(
            "Speaks about %(count)s times a month, since %(month)s",
            count=round(a_month),
            month=since,
        )

    def _active_hours(self, hours, count):
        """When they mostly speak, where the reader is."""
        if count < ENOUGH:
            return ""
        spans = [
            [hour for hour in range(start, start + SPAN) if hours[hour % 24]]
            for start in range(24)
        ]
        busy = max(spans, key=lambda span: sum(hours[hour % 24] for hour in span))
        share = sum(hours[hour % 24] for hour in busy) / count
        if share < 2 * SPAN / 24:
            return self.env._("At any hour")
        begin, end = (
            format_time(self.env, time(hour % 24), time_format="short")
            for hour in (busy[0], busy[-1] + 1)
        )
        return self.env._(
            "Mostly between %(begin)s and %(end)s (%(share)s%%)",
            begin=begin,
            end=end,
            share=round(100 * share),
        )

    def _answers_us(self, said, locale):
        """Whether they answer us, and how fast; a row of ours is one turn."""
        theirs = defaultdict(list)
        for row in said:
            theirs[row["conversation_id"]].append(row["published_at"])
        now, asked, waits = fields.Datetime.now(), 0, []
        for conversation, ours in self._our_turns(said).items():
            for spoke, answer in _turns(ours, theirs[conversation]):
                if answer:
                    waits.append(answer - spoke)
                # Who may still answer has not refused to.
                asked += bool(answer or now - spoke > PATIENCE)
        if not asked:
            return ""
        if not waits:
            return self.env._("Answers us: 0 of %s times", asked)
        usual = timedelta(seconds=median(wait.total_seconds() for wait in waits))
        return self.env._(
            "Answers us: %(answers)s of %(times)s times, usually within %(time)s",
            answers=len(waits),
            times=asked,
            time=format_timedelta(usual, threshold=1.2, locale=locale),
        )


def _turns(ours, theirs):
    """Yield (when we spoke, when they answered or None) of one conversation."""
    events = sorted([*((at, 1) for at in ours), *((at, 0) for at in theirs)])
    spoke = None
    for at, is_ours in events:
        if is_ours:
            # What we add before they say anything belongs to it.
            spoke = spoke or at
        elif spoke:
            yield spoke, at
            spoke = None
    if spoke:
        yield spoke, None
