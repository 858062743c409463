"""A person nobody could take for another, and a search of the whole database."""

from odoo.tools import SQL

from .common import SocialCase, author

# Nothing that a person is called, and nothing that the person said, is anything else.
LOGIN = "zwiebelfisch"
HANDLE = f"@{LOGIN}@example.social"
OLD_HANDLE = "@brezelkoenig@example.social"
NAME = "Hildegund Xanthippe"
SAID = "My purple kettle whistles Wagner at exactly four in the morning"
WROTE_FIRST = "My crimson kettle hums Verdi at exactly five in the evening"
PERSON = author(LOGIN, handle=HANDLE, name=NAME, bio="Kettles of Zirndorf, Hrabowski")
TRACES = (
    LOGIN,
    "brezelkoenig",
    "Xanthippe",
    "kettle whistles Wagner",
    "kettle hums Verdi",
    "Hrabowski",
)
# Tables that may name somebody, and why that is no trace of what we were told.
ALLOWED = {
    # The dictionary of this very test, when it is translated.
}


class EraseCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.identities = cls.env["social.crm.identity"].with_context(active_test=False)
        cls.suppressions = cls.env["social.crm.suppression"]
        cls.manager = cls.user("boss", "social_crm.group_manager,base.group_user")

    def person(self, login=LOGIN, company=None):
        company = company or self.company
        return self.identities.search(
            [("uri", "=", author(login).uri), ("company_id", "=", company.id)]
        )

    def run_cron(self):
        """What the scheduler does, but that nothing here may commit."""
        self.patch(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda self, processed=0, remaining=None: 60.0,
        )
        self.env["social.crm.identity"]._cron_erase()

    def find_traces(self, traces=TRACES):
        """Return (table, column, trace, row) of all that names the person anywhere."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT c.table_name, array_agg(c.column_name::text)
            FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
              AND (c.data_type IN ('text', 'character varying', 'character', 'json',
                                   'jsonb', 'bytea', 'ARRAY', 'xml', 'tsvector')
                   OR c.data_type = 'USER-DEFINED')
            GROUP BY c.table_name
            """
        )
        found = []
        for table, columns in self.env.cr.fetchall():
            if table in ALLOWED:
                continue
            for column in columns:
                found += self._find_in(table, column, traces)
        return found

    def _find_in(self, table, column, traces):
        name = SQL.identifier(column)
        kind = self.env.execute_query(
            SQL(
                "SELECT data_type FROM information_schema.columns"
                " WHERE table_name = %s AND column_name = %s",
                table,
                column,
            )
        )[0][0]
        text = SQL("%s::text", name)
        if kind == "bytea":
            text = SQL("encode(%s, 'escape')", name)
        patterns = [f"%{trace}%" for trace in traces]
        rows = self.env.execute_query(
            SQL(
                "SELECT left(%s, 300) FROM %s WHERE %s ILIKE ANY(%s)",
                text,
                SQL.identifier(table),
                text,
                patterns,
            )
        )
        return [(table, column, row[0]) for row in rows]

    def find_in_files(self, traces=TRACES):
        """The same for the files of the attachments that there are."""
        found = []
        for attachment in self.env["ir.attachment"].sudo().search([]):
            content = (attachment.raw or b"").decode("utf-8", "ignore").casefold()
            found += [trace for trace in traces if trace.casefold() in content]
        return found
