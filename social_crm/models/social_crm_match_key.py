"""Finding who may be meant, through one index."""

from zlib import crc32

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..matching import Population, exact_keys, facts_of, index_keys, search_keys

# Of one key so many records are looked at: a key that more have says little.
PER_KEY = 30
# So many of the records that share most, and rarest, keys are compared.
CANDIDATES = 15
# A sample of the contacts tells how common a name or a town is.
SAMPLE = 5_000
EXACT_BONUS = 10.0


def _hashed(key, kind):
    """Return ``key`` as the index has it: four bytes, signed. A clash costs a look."""
    number = crc32(f"{kind}{key}".encode())
    return number - (1 << 32) if number >= 1 << 31 else number


class SocialCrmMatchKey(models.Model):
    """The keys of a contact or of a profile without one, a row each.

    A table of its own, as a contact must not be written when its keys are.
    """

    _name = "social.crm.match.key"
    _description = "Matching Keys"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", index="btree_not_null", ondelete="cascade"
    )
    identity_id = fields.Many2one(
        "social.crm.identity", index="btree_not_null", ondelete="cascade"
    )

    def init(self):
        # Which fields.Field has arrays?
        self.env.cr.execute(
            """
            ALTER TABLE social_crm_match_key ADD COLUMN IF NOT EXISTS keys integer[];
            CREATE INDEX IF NOT EXISTS social_crm_match_key_keys_idx
                ON social_crm_match_key USING gin (keys)
            """
        )

    # --- facts ---------------------------------------------------------------

    @api.model
    def _partner_facts(self, partner_ids, company_id=False):
        """Return {id: ``Facts``} of contacts; with a company, of those it may see."""
        partners = self.env["res.partner"]
        partners.flush_model()
        self.env["social.crm.identity"].flush_model(["partner_id", "handle"])
        shown = SQL("TRUE")
        if company_id:
            shown = SQL(
                "p.active AND (p.company_id IS NULL OR p.company_id = %s)"
                # We are nobody's match.
                " AND p.id NOT IN (SELECT partner_id FROM res_company)",
                company_id,
            )
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT p.id, p.name, p.email AS emails, p.phone AS phones,
                       p.website AS urls, p.city, p.zip, p.lang AS language,
                       s.code AS state, c.code AS country,
                       COALESCE(p.company_name, f.name) AS company, p.is_company,
                       (SELECT array_agg(i.network || ':' || i.handle)
                        FROM social_crm_identity i WHERE i.partner_id = p.id) AS handles
                FROM res_partner p
                LEFT JOIN res_partner f ON f.id = p.parent_id
                LEFT JOIN res_country_state s ON s.id = p.state_id
                LEFT JOIN res_country c ON c.id = p.country_id
                WHERE p.id = ANY(%s) AND %s
                """,
                list(partner_ids),
                shown,
            )
        )
        self._complete_facts(rows)
        return {row["id"]: facts_of(self._prepare_facts(row)) for row in rows}

    @api.model
    def _complete_facts(self, rows):
        """Add to the rows of contacts what stands in other tables, for all at once."""

    @api.model
    def _prepare_facts(self, row):
        """Return what ``facts_of`` takes; another add-on may know more of a contact."""
        if row["is_company"]:
            row = {**row, "company": row["name"]}
        return row

    # --- keeping the keys ----------------------------------------------------

    @api.model
    def _store(self, column, facts):
        """Write the keys of records, {id: ``Facts``}, instead of what they had."""
        kind = column[0]
        # A row also without any key: it says that the record was looked at.
        rows = {
            record_id: {
                _hashed(key, kind) for key in index_keys(found) | exact_keys(found)
            }
            for record_id, found in facts.items()
        }
        name = SQL.identifier(column)
        self.env.cr.execute(
            SQL(
                "DELETE FROM social_crm_match_key WHERE %s = ANY(%s)",
                name,
                list(facts),
            )
        )
        arrays = [f"{{{','.join(map(str, sorted(keys)))}}}" for keys in rows.values()]
        self.env.cr.execute(
            SQL(
                "INSERT INTO social_crm_match_key (%s, keys)"
                " SELECT v.id, v.keys::int[] FROM unnest(%s, %s) AS v(id, keys)",
                name,
                list(rows),
                arrays,
            )
        )

    @api.model
    def _sharing(self, partner_ids):
        """Return ids of profiles without a contact that share a key with these."""
        facts = self._partner_facts(partner_ids)
        keys = set()
        for found in facts.values():
            keys |= search_keys(found) | exact_keys(found)
        hashes = [_hashed(key, "i") for key in keys]
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    "SELECT identity_id FROM social_crm_match_key"
                    " WHERE keys && %s::int[] AND identity_id IS NOT NULL",
                    hashes,
                )
            )
        ]

    # --- searching -----------------------------------------------------------

    @api.model
    def _candidates(self, facts):
        """Return {profile: (ids of contacts, best first, holders)} of {profile: Facts}.

        One query, whatever the number of contacts; ``holders`` says how many have an
        exact key, at most ``PER_KEY``.
        """
        wanted = {}
        for identity, found in facts.items():
            for key in exact_keys(found) | search_keys(found):
                wanted.setdefault(_hashed(key, "p"), []).append((identity, key))
        hits = {}
        for number, partner_id in self.env.execute_query(
            SQL(
                """
                SELECT k.key, m.partner_id FROM unnest(%s::int[]) AS k(key), LATERAL (
                    -- Beside a limit PostgreSQL would read the table, not the index.
                    WITH f AS MATERIALIZED (
                        SELECT partner_id FROM social_crm_match_key
                        WHERE keys @> ARRAY[k.key]
                    )
                    SELECT partner_id FROM f LIMIT %s
                ) m
                """,
                list(wanted),
                PER_KEY,
            )
        ):
            hits.setdefault(number, []).append(partner_id)
        weights = {identity: {} for identity in facts}
        holders = {identity: {} for identity in facts}
        for number, partner_ids in hits.items():
            for identity, key in wanted[number]:
                weight = 1 / len(partner_ids)
                if ":" in key:
                    weight += EXACT_BONUS
                    holders[identity][key] = len(partner_ids)
                ranks = weights[identity]
                for partner_id in partner_ids:
                    ranks[partner_id] = ranks.get(partner_id, 0) + weight
        return {
            identity: (
                sorted(ranks, key=lambda each: (-ranks[each], each))[:CANDIDATES],
                holders[identity],
            )
            for identity, ranks in weights.items()
        }

    @api.model
    @tools.ormcache()
    def _population(self):
        """How common names and places are among the contacts, from a sample."""
        cr = self.env.cr
        cr.execute("SELECT count(*) FROM res_partner WHERE active")
        (size,) = cr.fetchone()
        share = min(100.0, 100.0 * SAMPLE / max(size, 1))
        cr.execute(
            "SELECT id FROM res_partner TABLESAMPLE SYSTEM (%s) WHERE active", [share]
        )
        facts = self._partner_facts([row[0] for row in cr.fetchall()])
        return Population.from_facts(facts.values(), size)
