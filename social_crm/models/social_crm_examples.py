import io

from lxml import etree

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, file_open
from odoo.tools.convert import convert_csv_import, convert_xml_import

MANAGER = "social_crm.group_manager"
# Whose external ids name what was loaded, a company each: no add-on has this name.
MODULE = "__social_crm_examples_%s__"
FILES = ("res.partner.csv", "social_crm_demo.xml", "crm_lead.xml")
DEMO_USERS = ("demo_user_sales", "demo_user_service")
# Tables, or columns of them, whose rows end with what they are about.
HANGS_ON = {
    "crm_tag_rel.lead_id",
    "mail_followers",
    "mail_message",
    "mail_message_res_partner_rel",
    "mail_message_res_partner_starred_rel",
    "mail_notification",
    "res_partner_res_partner_category_rel.partner_id",
    "social_crm_conversation_topic_rel",
    "social_crm_identity_lead_rel",
    "social_crm_identity_todo",
    "social_crm_influence",
    "social_crm_match",
    "social_crm_match_key",
    "social_crm_match_todo",
    "social_crm_mention_topic_rel",
    "social_crm_team_member_rel",
}
# What the stories bring into being, in the order in which it can go.
SOCIAL = ("social.crm.mention", "social.crm.conversation", "social.crm.identity")
# In this order: what is left of one keeps what it stands on.
BUILT_ON = (
    "crm.lead",
    "res.partner",
    "social.crm.team",
    "social.crm.topic",
    "crm.tag",
    "res.partner.category",
)


class SocialCrmExamples(models.AbstractModel):
    """The stories of the demo for a database without demo data, to look and to learn.

    They make contacts, leads, teams and topics, so whoever loads them must be a Social
    Manager and may create contacts and leads. All else (accounts that talk to nobody,
    conversations) nobody could make by hand. No user is made, nothing is sent.
    """

    _name = "social.crm.examples"
    _description = "Social CRM Examples"

    @api.model
    def _source_name(self):
        return MODULE % self.env.company.id

    @api.model
    def _data(self, model=None):
        """The external ids of what was loaded for this company. sudo: they are ours."""
        domain = Domain("module", "=", self._source_name())
        if model:
            domain &= Domain("model", "=", model)
        return self.env["ir.model.data"].sudo().search(domain)

    @api.model
    def _records(self, model):
        """What is left of the examples of a model, archived or not."""
        # sudo: whoever asks may remove them, and was asked for that right before.
        records = self.env[model].sudo().with_context(active_test=False)
        return records.browse(self._data(model).mapped("res_id")).exists()

    @api.model
    def _is_loaded(self):
        domain = [("module", "=", self._source_name())]
        # sudo: that there are examples is no secret.
        return bool(self.env["ir.model.data"].sudo().search_count(domain, limit=1))

    @api.model
    def _has_demo_data(self):
        name = "social_crm.demo_account_mastodon"
        return bool(self.env.ref(name, raise_if_not_found=False))

    @api.model
    def _may_load(self):
        """Whether the user may load and remove examples, and they make sense here."""
        return (
            self.env.user.has_group(MANAGER)
            and self.env["res.partner"].has_access("create")
            and self.env["crm.lead"].has_access("create")
            and not self._has_demo_data()
        )

    @api.model
    def _check(self):
        if self._has_demo_data():
            raise UserError(
                self.env._(
                    "This database has the demo data: these are the same stories."
                )
            )
        if not self._may_load():
            raise AccessError(
                self.env._(
                    "Examples are for Social Managers who may create contacts and"
                    " leads. Ask one of them."
                )
            )
        # sudo: nobody writes the company here, two must only not do this at once.
        company = self.env.company.sudo()
        if not company.try_lock_for_update(allow_referencing=True):
            raise UserError(
                self.env._("Somebody is busy with the examples. Try again in a moment.")
            )

    # --- load ----------------------------------------------------------------

    @api.model
    def action_load(self):
        """Load the stories for the current company; return a sentence."""
        self._check()
        if self._is_loaded():
            raise UserError(self.env._("The examples are loaded already."))
        # Imported here: who never looks at the examples never reads their texts.
        from ..demo.loader import introduce, load

        examples = self.sudo().with_context(
            allowed_company_ids=self.env.company.ids,
            mail_auto_subscribe_no_notify=True,
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
            mail_notrack=True,
            tracking_disable=True,
        )
        names = examples._names_of_this_database()
        for name in FILES[:2]:
            examples._convert(name, names)
        examples._mark_accounts()
        load(examples.env, self._source_name(), self.env.user)
        examples._remember()
        examples._convert(FILES[2], names)
        introduce(examples.env, self._source_name())
        examples._mark()
        return self.env._(
            "The examples are here: 90 days of a maker of e-bikes that does not exist."
        )

    @api.model
    def _convert(self, name, names):
        """Load a file of the demo under our names, for this company and this user."""
        path, module = f"social_crm/demo/{name}", self._source_name()
        with file_open(path, "rb") as file:
            if name.endswith(".csv"):
                convert_csv_import(
                    self.env, module, path, file.read(), names, noupdate=True
                )
                return
            tree = etree.parse(file)
        for field in tree.findall(".//field[@ref]"):
            if names.get(field.get("ref"), True) is False:
                # A team or a stage that this database does not have.
                field.getparent().remove(field)
        source = io.BytesIO(etree.tostring(tree))
        source.name = path
        convert_xml_import(self.env, module, source, names, "init", noupdate=True)

    @api.model
    def _names_of_this_database(self):
        """Return who and what stands here for the records that the files refer to."""
        company, user = self.env.company, self.env.user
        ours = [("company_id", "in", (company.id, False))]
        crm_team = self.env["crm.team"].search(ours, limit=1)
        # Not the won one: what is won teaches the forecast, also after the examples.
        stages = self.env["crm.stage"].search(
            [("is_won", "=", False), ("team_ids", "in", (*crm_team.ids, False))]
        )
        names = {
            "base.main_company": company.id,
            "base.user_admin": user.id,
            "sales_team.team_sales_department": crm_team.id,
            **{f"{self._source_name()}.{name}": user.id for name in DEMO_USERS},
        }
        for number in range(1, 5):
            stage = stages[min(number, len(stages)) - 1] if stages else stages
            names[f"crm.stage_lead{number}"] = stage.id
        return names

    @api.model
    def _mark_accounts(self):
        self._records("social.crm.account").is_example = True

    @api.model
    def _remember(self):
        """Name all that came by the streams and has no name from the stories."""
        feeds = self._records("social.crm.feed")
        said = self.env["social.crm.mention"].search([("feed_ids", "in", feeds.ids)])
        for records in (said, said.conversation_id, said.identity_id):
            named = self._data(records._name).mapped("res_id")
            new = records.filtered(lambda record, named=named: record.id not in named)
            prefix = f"{self._source_name()}.{records._table}"
            self.env["ir.model.data"]._update_xmlids(
                [
                    {
                        "xml_id": f"{prefix}_{record.id}",
                        "record": record,
                        "noupdate": True,
                    }
                    for record in new
                ]
            )

    @api.model
    def _mark(self):
        """Nobody shall take them for customers: names and tags say what they are."""
        partners, leads = self._records("res.partner"), self._records("crm.lead")
        for records in (
            self._records("social.crm.account"),
            self._records("social.crm.team"),
            self._records("social.crm.topic"),
            # Others are shown with the name of their company.
            partners.filtered(lambda partner: not partner.parent_id),
        ):
            # In the source language: a translation would show in one language alone.
            for record in records.with_context(lang=None):
                record.name = self.env._("%s (example)", record.name)
        partners.write(
            {
                "company_id": self.env.company.id,
                "category_id": [self._tag("res.partner.category").id],
            }
        )
        values = {
            "company_id": self.env.company.id,
            "tag_ids": [self._tag("crm.tag").id],
        }
        if "iap_enrich_done" in leads._fields:
            # Else a service would be asked about their e-mail addresses.
            values["iap_enrich_done"] = True
        leads.write(values)

    @api.model
    def _tag(self, model):
        name = self.env._("Example")
        if tag := self.env[model].search([("name", "=", name)], limit=1):
            return tag
        tag = self.env[model].create({"name": name, "color": 3})
        xml_id = f"{self._source_name()}.{model.replace('.', '_')}"
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": xml_id, "record": tag, "noupdate": True}]
        )
        return tag

    # --- remove --------------------------------------------------------------

    @api.model
    def action_remove(self):
        """Remove what was loaded for the current company; return a sentence."""
        self._check()
        if not self._is_loaded():
            raise UserError(self.env._("There are no examples to remove."))
        kept = self._remove()
        if not kept:
            return self.env._("The examples are gone.")
        return self.env._(
            "The examples are gone, but for what your own records refer to: %s.",
            ", ".join(kept),
        )

    @api.model
    def _remove(self):
        """Delete the examples of the company; return the names of what stays."""
        self._remove_social()
        kept = []
        for model in BUILT_ON:
            records = self._records(model)
            free = records - self._used(records)
            free.unlink()
            kept += (records - free).mapped("display_name")
        # What stays belongs to those who use it.
        self._data().unlink()
        return kept

    @api.model
    def _remove_everywhere(self):
        """Before the add-on goes: contacts and leads stay, but the real ones."""
        accounts = self.env["social.crm.account"].with_context(active_test=False)
        for company in accounts.search([("is_example", "=", True)]).company_id:
            self.with_company(company)._remove()

    @api.model
    def _remove_social(self):
        """What nobody can make by hand: what was said, by whom, and the accounts."""
        for model in (*SOCIAL, "social.crm.feed", "social.crm.account"):
            self._records(model).unlink()

    @api.model
    def _used(self, records):
        """Return those that other records refer to, with those that these refer to."""
        used = records.browse()
        while records:
            found = records.browse(self._referred(records))
            if not found:
                break
            used |= found
            records -= found
        return used

    @api.model
    def _referred(self, records):
        """Return the ids of ``records`` that any other row of the database refers to.

        The database knows all columns that may, also those of add-ons that we do not.
        """
        self.env.flush_all()
        columns = self.env.execute_query(
            SQL(
                """
                SELECT source.relname, attribute.attname
                FROM pg_constraint AS reference
                JOIN pg_class AS source ON source.oid = reference.conrelid
                JOIN pg_attribute AS attribute
                  ON attribute.attrelid = source.oid
                 AND attribute.attnum = reference.conkey[1]
                WHERE reference.contype = 'f'
                  AND reference.confrelid = %s::regclass
                """,
                records._table,
            )
        )
        ids = set()
        for table, column in columns:
            if HANGS_ON & {table, f"{table}.{column}"}:
                continue
            own = SQL()
            if table == records._table:
                own = SQL("AND id <> ALL(%s)", records.ids)
            rows = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT %(column)s FROM %(table)s"
                    " WHERE %(column)s = ANY(%(ids)s) %(own)s",
                    column=SQL.identifier(column),
                    table=SQL.identifier(table),
                    ids=records.ids,
                    own=own,
                )
            )
            ids.update(row[0] for row in rows)
        return sorted(ids)
