"""Networks & policies: what each network's rules allow, and how long we keep it."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..connectors.policy import ALL_BASES, Policy
from .social_crm_identity import BASES

KINDS = [
    ("post", "Posts"),
    ("comment", "Comments"),
    ("review", "Reviews"),
    ("message", "Messages"),
    ("answer", "Answers"),
]
UNITS = [
    ("network", "As the network says, else 24 months"),
    ("days", "Days"),
    ("months", "Months"),
    ("forever", "Without end"),
]
DEFAULT_MONTHS = 24
# No month is longer.
MONTH = 31
# Counted for the screen at most so far.
MOST = 100_000


class SocialCrmNetwork(models.Model):
    """A network as a company uses it; what its rules say comes from the connector."""

    _name = "social.crm.network"
    _description = "Network"
    _order = "network, id"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    network = fields.Selection(
        selection="_selection_network", required=True, readonly=True
    )
    may_link = fields.Selection(
        [("yes", "Yes"), ("opt_in", "Only with permission"), ("no", "No")],
        "May be linked to a contact",
        compute="_compute_policy",
    )
    bases = fields.Char("Reasons it accepts", compute="_compute_policy")
    clause = fields.Text("What its rules say", compute="_compute_policy")
    source = fields.Char("Where they say it", compute="_compute_policy")
    keep_words = fields.Char("How long content may be kept", compute="_compute_policy")
    deleted_words = fields.Char("What its authors delete", compute="_compute_policy")
    request_words = fields.Char("When a person asks", compute="_compute_policy")
    attribution = fields.Char("When shown elsewhere", compute="_compute_policy")
    price_words = fields.Char("Price", compute="_compute_policy")
    retention_ids = fields.One2many("social.crm.retention", "network_id", "Kept for")
    kept_words = fields.Char("We keep it", compute="_compute_kept_words")
    due_words = fields.Char("Tonight", compute="_compute_due_words")
    ask_word = fields.Char(
        "Word that means yes",
        translate=True,
        help="What the person answers to give permission, besides a plain yes.",
    )
    ask_text = fields.Text(
        "Words to ask with",
        translate=True,
        help="{handle}, {name}, {company} and {word} are filled in. Empty: our own"
        " words. They are taken in the language of the person, if translated.",
    )

    _network_uniq = models.UniqueIndex("(company_id, network)")

    @api.model
    def _selection_network(self):
        return self.env["social.crm.account"]._selection_network()

    @api.depends("network")
    def _compute_display_name(self):
        labels = dict(self._selection_network())
        for record in self:
            record.display_name = labels.get(record.network) or record.network

    # --- rows ----------------------------------------------------------------

    @api.model
    def _sync(self):
        """Make a row for each company and network, and one for each kind of mention."""
        networks = self.sudo()
        companies = self.env["res.company"].sudo().search(Domain.TRUE)
        pairs = networks._read_group([], ["company_id", "network"])
        known = {(company.id, network) for company, network in pairs}
        networks.create(
            [
                {"company_id": company.id, "network": code}
                for company in companies
                for code, _label in self._selection_network()
                if (company.id, code) not in known
            ]
        )

    @api.model_create_multi
    def create(self, vals_list):
        lines = [(0, 0, {"kind": kind}) for kind, _label in KINDS]
        return super().create([{"retention_ids": lines, **vals} for vals in vals_list])

    @api.model
    def _of(self, company, network):
        """Return the row of a company and a network."""
        domain = [("company_id", "=", company.id), ("network", "=", network)]
        return self.sudo().search(domain) or self.sudo().create(
            {"company_id": company.id, "network": network}
        )

    # --- the rules in words --------------------------------------------------

    @api.model
    def _policy(self, network):
        """The rules of a network; without its add-on, those of nobody."""
        try:
            return self.env["social.crm.account"]._connector_class(network).policy
        except KeyError:
            return Policy()

    @api.model
    def _bases(self, policy):
        """Return the reasons that are enough for a link."""
        stated = ("stated", "given") if policy.may_link == "opt_in" else ALL_BASES
        return () if policy.may_link == "no" else policy.link_bases or stated

    @api.depends("network")
    def _compute_policy(self):
        names = dict(BASES)
        for record in self:
            policy = self._policy(record.network)
            record.may_link = policy.may_link
            accepted = self._bases(policy)
            record.bases = (
                self.env._("Any")
                if set(ALL_BASES) <= set(accepted)
                else ", ".join(names[name] for name in names if name in accepted)
            )
            record.clause = policy.clause
            record.source = policy.source
            record.keep_words = (
                self.env._("At most %s days", policy.keep_days)
                if policy.keep_days is not None
                else self.env._("As long as you decide")
            )
            record.deleted_words = (
                self.env._("May be kept here, marked as deleted")
                if policy.keep_deleted
                else self.env._("Is deleted here, too")
            )
            record.request_words = (
                self.env._("Must be deleted")
                if policy.delete_on_request
                else self.env._("Is deleted when you erase the profile")
            )
            record.attribution = policy.attribution
            record.price_words = (
                self.env._("%s US dollars for each fetched post", policy.price_per_read)
                if policy.price_per_read
                else self.env._("Free")
            )

    @api.depends("retention_ids.unit", "retention_ids.number")
    def _compute_kept_words(self):
        for record in self:
            words = {line.kind: line.words for line in record.retention_ids}
            usual = set(words.values())
            if len(usual) == 1:
                record.kept_words = usual.pop()
                continue
            labels = dict(KINDS)
            record.kept_words = ", ".join(
                f"{labels[line.kind]}: {line.words}" for line in record.retention_ids
            )

    @api.depends("retention_ids.due_count")
    def _compute_due_words(self):
        for record in self:
            counts = record.retention_ids.mapped("due_count")
            # Of rows that are not stored yet, too.
            count = sum(counts)
            record.due_words = (
                self.env._("Nothing is old enough")
                if not count
                else self.env._("More than %s mentions would be deleted", f"{MOST:,}")
                if any(each > MOST for each in counts)
                else self.env._("%s mentions would be deleted", f"{count:,}")
            )


class SocialCrmRetention(models.Model):
    """How long one kind of mention of one network is kept."""

    _name = "social.crm.retention"
    _description = "How Long Mentions Are Kept"
    _order = "network_id, id"
    _rec_name = "kind"

    network_id = fields.Many2one(
        "social.crm.network",
        "Rules",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="network_id.company_id", store=True)
    network = fields.Selection(related="network_id.network", store=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    unit = fields.Selection(UNITS, "Keep", required=True, default="network")
    number = fields.Integer("How many", default=DEFAULT_MONTHS)
    words = fields.Char("That is", compute="_compute_words")
    due_count = fields.Integer("Old enough now", compute="_compute_due_count")

    _kind_uniq = models.UniqueIndex("(network_id, kind)")
    _check_number = models.Constraint(
        "CHECK (number BETWEEN 1 AND 36500)",
        "Keep it at least one day or month, at most 36500.",
    )

    @api.constrains("unit", "number", "network_id")
    def _check_network_allows(self):
        labels = dict(KINDS)
        for line in self:
            limit = self.env["social.crm.network"]._policy(line.network).keep_days
            if limit is None or line.unit == "network":
                continue
            days = line.number * (MONTH if line.unit == "months" else 1)
            if line.unit == "forever" or days > limit:
                raise ValidationError(
                    self.env._(
                        "%(network)s allows to keep content for at most %(limit)s days."
                        " Choose fewer for “%(kind)s”, or “As the network says”.",
                        network=line.network_id.display_name,
                        limit=limit,
                        kind=labels[line.kind],
                    )
                )

    @api.depends("unit", "number", "network")
    def _compute_words(self):
        for line in self:
            limit = self.env["social.crm.network"]._policy(line.network).keep_days
            if line.unit == "forever":
                line.words = self.env._("Without end")
            elif line.unit == "days":
                line.words = self.env._("%s days", line.number)
            elif line.unit == "months":
                line.words = self.env._("%s months", line.number)
            elif limit is not None:
                line.words = self.env._("%s days", limit)
            else:
                line.words = self.env._("%s months", DEFAULT_MONTHS)

    @api.depends("unit", "number")
    def _compute_due_count(self):
        self.due_count = 0
        self.env["social.crm.mention"].flush_model()
        for line in self.filtered("network"):
            cutoff = self._cutoffs(
                line.company_id.id, line.network, {line.kind: (line.unit, line.number)}
            )[line.kind]
            if cutoff:
                query = SQL(
                    "SELECT count(*) FROM (SELECT FROM social_crm_mention"
                    " WHERE company_id = %s AND network = %s AND kind = %s"
                    " AND published_at < %s LIMIT %s) m",
                    line.company_id.id,
                    line.network,
                    line.kind,
                    cutoff,
                    MOST + 1,
                )
                line.due_count = self.env.execute_query(query)[0][0]

    # --- limits --------------------------------------------------------------

    @tools.ormcache("company_id", "network")
    def _rules(self, company_id, network):
        """Return ((kind, unit, number), …), what people have chosen."""
        domain = [("company_id", "=", company_id), ("network", "=", network)]
        rows = self.sudo().search(domain)
        return tuple((row.kind, row.unit, row.number) for row in rows)

    @api.model
    def _cutoffs(self, company_id, network, rules=None):
        """Return {kind: moment}: what was said before it is not kept, None: all is.

        ``rules`` is {kind: (unit, number)}, by default what is stored. The network's
        own limit holds whatever was chosen before it changed.
        """
        if rules is None:
            found = self._rules(company_id, network)
            rules = {kind: (unit, number) for kind, unit, number in found}
        limit = self.env["social.crm.network"]._policy(network).keep_days
        now = fields.Datetime.now()
        oldest = None if limit is None else now - timedelta(days=limit)
        cutoffs = {}
        for kind, _label in KINDS:
            unit, number = rules.get(kind, ("network", 0))
            if unit == "days":
                cutoff = now - timedelta(days=number)
            elif unit == "months":
                cutoff = now - relativedelta(months=number)
            elif unit == "forever" or oldest:
                cutoff = None
            else:
                cutoff = now - relativedelta(months=DEFAULT_MONTHS)
            cutoffs[kind] = max(filter(None, (cutoff, oldest)), default=None)
        return cutoffs

    @api.model
    def _oldest(self, company_id, network):
        """The moment before which nothing of the network is kept; None: all is."""
        cutoffs = self._cutoffs(company_id, network).values()
        return min(cutoffs) if all(cutoffs) else None

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()


class ResCompany(models.Model):
    # A concern, a file.
    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["social.crm.network"]._sync()
        return companies
