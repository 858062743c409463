"""What people say of themselves: pronouns, languages, followers, since when."""

from datetime import date, timedelta

from babel import Locale
from babel.core import UnknownLocaleError
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date, formatLang
from odoo.tools.misc import babel_locale_parse

from ..connectors.text import one_line
from .ingest_values import MAX_LINE
from .social_crm_influence import DAYS, RECENT

# A language that they have used once among many is none of theirs.
SHARE = 0.1
MOST_LANGUAGES = 5
# "In 30 days": a point so near to that day.
MONTH, NEAR = 30, 7
SPOKEN = """
    SELECT m.identity_id, lower(split_part(m.language, '-', 1)) AS code, count(*)
    FROM social_crm_mention m
    WHERE %(recent)s AND m.language <> '' GROUP BY 1, 2
"""
UPDATE_SPOKEN = """
    UPDATE social_crm_identity i SET languages_spoken = v.codes
    FROM unnest(%(ids)s::int[], %(codes)s::text[]) AS v(id, codes) WHERE v.id = i.id
"""


class SocialCrmIdentity(models.Model):
    # A concern, a file.
    _inherit = "social.crm.identity"  # pylint: disable=consider-merging-classes-inherited

    # What the profile says, what our mentions show, and what a user has typed, which
    # nothing overwrites. Never a guess from a name.
    pronouns_said = fields.Char("Pronouns on the profile", readonly=True)
    pronouns_typed = fields.Char("Pronouns set by a user", tracking=True, copy=False)
    pronouns = fields.Char(
        compute="_compute_pronouns",
        inverse="_inverse_pronouns",
        help="As the profile says it, unless somebody here knows better.",
    )
    languages_said = fields.Char("Languages on the profile", readonly=True)
    # Codes, the most frequent first: "de,en".
    languages_spoken = fields.Char("Languages of what they said", readonly=True)
    languages_typed = fields.Char("Languages set by a user", tracking=True, copy=False)
    languages = fields.Char(
        compute="_compute_languages",
        inverse="_inverse_languages",
        help="As the profile says it, else those of what they said in public; unless"
        " somebody here knows better.",
    )
    # [["2026-05-12", 1200], …], at most one a week, the oldest first.
    followers_series = fields.Json("Followers over time", readonly=True, copy=False)
    followers_growth = fields.Json(
        "Followers of late", compute="_compute_followers_growth"
    )
    account_age = fields.Char(compute="_compute_account_age")

    # --- pronouns and languages ----------------------------------------------

    @api.depends("pronouns_said", "pronouns_typed")
    def _compute_pronouns(self):
        for identity in self:
            identity.pronouns = identity.pronouns_typed or identity.pronouns_said

    def _inverse_pronouns(self):
        self._keep_typed("pronouns", lambda identity: identity.pronouns_said)

    @api.depends("languages_said", "languages_spoken", "languages_typed")
    @api.depends_context("lang")
    def _compute_languages(self):
        for identity in self:
            identity.languages = identity.languages_typed or identity._languages_found()

    def _inverse_languages(self):
        self._keep_typed("languages", lambda identity: identity._languages_found())

    def _languages_found(self):
        return self.languages_said or self._language_names(self.languages_spoken)

    def _keep_typed(self, name, found):
        """Keep what a user typed; emptied or typed as found it follows the profile."""
        for identity in self:
            typed = one_line(identity[name] or "")[:MAX_LINE]
            identity[f"{name}_typed"] = (
                typed if typed != (found(identity) or "") else ""
            )

    def write(self, vals):
        result = super().write(vals)
        if typed := [name for name in ("pronouns", "languages") if name in vals]:
            # What shows may be another than what was entered.
            self.invalidate_recordset(typed)
        return result

    @api.model
    def _language_names(self, codes):
        """Return the names of languages ("de,en") in the language of the reader."""
        reader = babel_locale_parse(self.env.lang)
        names = []
        for code in filter(None, (codes or "").split(",")):
            try:
                name = Locale.parse(code).get_language_name(reader)
            except (UnknownLocaleError, ValueError):
                name = reader.languages.get(code)
            names.append(name or code)
        return ", ".join(names)

    def _look_again(self):
        changed = super()._look_again()
        return changed | self.exists()._update_languages()

    def _update_languages(self):
        """Say anew which languages they speak. Returns those that changed."""
        ids = [identity.id for identity in self if not identity.is_nobody]
        if not ids:
            return self.browse()
        mentions = self.env["social.crm.mention"]
        mentions.flush_model(["identity_id", "language", "direction", "visibility"])
        since = fields.Datetime.now() - timedelta(days=DAYS)
        rows = self.env.execute_query(SQL(SPOKEN, recent=SQL(RECENT, ids, since)))
        counts = {}
        for identity_id, code, count in rows:
            if len(code) <= 3 and code.isalpha() and code not in ("und", "zxx", "mul"):
                counts.setdefault(identity_id, {})[code] = count
        fresh, changes = [], {}
        for identity in self.browse(ids):
            old, new = identity.languages_spoken, _most(counts.get(identity.id, {}))
            # Who fell silent still speaks what they spoke.
            if not new or new == old:
                continue
            fresh.append((identity.id, new))
            if old:
                row = {"identity_id": identity.id, "field": "languages_spoken"}
                rows = changes.setdefault(identity.company_id, [])
                rows.append({**row, "old": old, "new": new})
        if not fresh:
            return self.browse()
        changed, codes = map(list, zip(*fresh, strict=True))
        self.env.cr.execute(
            SQL(UPDATE_SPOKEN, ids=changed, codes=codes), log_exceptions=False
        )
        changed = self.browse(changed)
        changed.invalidate_recordset(["languages_spoken"], flush=False)
        for company, rows in changes.items():
            self.env["social.crm.identity.change"]._keep(company, None, rows)
        return changed

    def _says(self):
        """Pronouns and languages on one line, as the author says it."""
        return " · ".join(filter(None, (self.pronouns, self.languages)))

    # --- followers and age ---------------------------------------------------

    @api.depends("followers_series", "followers_count")
    @api.depends_context("lang")
    def _compute_followers_growth(self):
        """``{"points": [counts], "text"}``, False where there is nothing to compare.

        The text is "+120 in 30 days"; without a point of that time "since" its day.
        """
        today = fields.Date.context_today(self)
        for identity in self:
            series = [
                (date.fromisoformat(day), count)
                for day, count in identity.followers_series or ()
            ]
            identity.followers_growth = identity._growth(series, today)

    def _growth(self, series, today):
        older = [point for point in series if point[0] <= today - timedelta(days=MONTH)]
        base = older[-1] if older else series[0] if series else None
        # A week says nothing yet.
        if not base or (today - base[0]).days < NEAR:
            return False
        change = self.followers_count - base[1]
        sign = "+" if change > 0 else "−" if change < 0 else "±"
        number = sign + formatLang(self.env, abs(change), digits=0)
        if abs((today - base[0]).days - MONTH) <= NEAR:
            text = self.env._("%s in 30 days", number)
        else:
            day = format_date(self.env, base[0], date_format="medium")
            text = self.env._("%(number)s since %(day)s", number=number, day=day)
        points = [count for _day, count in series]
        return {"points": [*points, self.followers_count], "text": text}

    @api.depends("account_created_at")
    @api.depends_context("lang")
    def _compute_account_age(self):
        now = fields.Datetime.now()
        for identity in self:
            since = identity.account_created_at
            age = since and relativedelta(now, since)
            if not since or since > now:
                identity.account_age = False
            elif age.years > 1:
                identity.account_age = self.env._("%s years", age.years)
            elif age.years or age.months > 1:
                months = 12 * age.years + age.months
                identity.account_age = self.env._("%s months", months)
            else:
                identity.account_age = self.env._("%s days", (now - since).days)

    # --- two that turn out to be one -----------------------------------------

    def _take_over_typed(self, typed):
        for name in ("pronouns_typed", "languages_typed"):
            if typed[name] and not self[name]:
                self[name] = typed[name]
        return super()._take_over_typed(typed)


def _most(counts):
    """Codes of the languages that are more than an exception, most frequent first."""
    total = sum(counts.values())
    codes = sorted(counts, key=lambda code: (-counts[code], code))
    found = [code for code in codes if counts[code] >= SHARE * total]
    return ",".join(found[:MOST_LANGUAGES])
