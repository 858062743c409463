"""Finding who may be meant, through one index."""

from zlib import crc32

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..matching import (
    Population,
    exact_keys,
    facts_of,
    index_keys,
    place_key,
    search_keys,
)

# Of one exact key so many records are looked at: more say little.
PER_KEY = 30
# A part of a name that more have is asked for together with the town, or not at all.
MANY = 30
# Of one name so many records are looked at, those of the same town first.
NAMESAKES = 50
# So many of the records that share most, and rarest, keys are compared.
CANDIDATES = 15
# Leads without a contact beside them: no lead displaces a contact.
LEADS = 5
# A sample of the contacts tells how common a name or a town is.
SAMPLE = 5_000
EXACT_BONUS, TOWN_BONUS = 10.0, 1.0


def _hashed(key, kind):
    """Return ``key`` as the index has it: four bytes, signed. A clash costs a look."""
    number = crc32(f"{kind}{key}".encode())
    return number - (1 << 32) if number >= 1 << 31 else number


def _array(numbers):
    """Return integers as PostgreSQL writes an array: arrays of arrays it lacks."""
    return f"{{{','.join(map(str, numbers))}}}"


class SocialCrmMatchKey(models.Model):
    """The keys of a contact, or of a profile or a lead without one, a row each.

    A table of its own, as a contact must not be written when its keys are. Among ids,
    as ``_partner_facts`` takes and ``_candidates`` returns them, leads are below 0.
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
    lead_id = fields.Many2one("crm.lead", index="btree_not_null", ondelete="cascade")

    def init(self):
        # Which fields.Field has arrays?
        self.env.cr.execute(
            """
            ALTER TABLE social_crm_match_key ADD COLUMN IF NOT EXISTS keys integer[];
            CREATE INDEX IF NOT EXISTS social_crm_match_key_keys_idx
                ON social_crm_match_key USING gin (keys)
                -- What waits for the index is read by each search, row by row.
                WITH (fastupdate = off);
            -- For ``_common_keys``: ten thousand of them, not a thousand.
            ALTER TABLE social_crm_match_key ALTER COLUMN keys SET STATISTICS 1000
            """
        )

    # --- facts ---------------------------------------------------------------

    @api.model
    def _partner_facts(self, partner_ids, company_id=False):
        """Return {id: ``Facts``} of contacts; with a company, of those it may see.

        Of leads (ids below 0) only those that are open and have no contact.
        """
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
                %s
                """,
                list(partner_ids),
                shown,
                self._and_leads(
                    [-each for each in partner_ids if each < 0], company_id
                ),
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
        if not facts:
            return
        # Contacts and leads are searched for in one step, profiles apart from them.
        kind = "i" if column == "identity_id" else "p"
        # A row also without any key: it says that the record was looked at.
        rows = {
            record_id: {
                _hashed(key, kind)
                for key in {*index_keys(found), *exact_keys(found), place_key(found)}
                if key
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
        arrays = [_array(sorted(keys)) for keys in rows.values()]
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
        """Return {profile: (ids of records, best first, holders)} of {profile: Facts}.

        Two queries, whatever the number of contacts; ``holders`` says how many have an
        exact key, at most ``PER_KEY``.
        """
        is_common = self._common_keys()
        exact, names = {}, {}
        for identity, found in facts.items():
            for key in exact_keys(found):
                exact.setdefault(_hashed(key, "p"), []).append((identity, key))
            town = place_key(found)
            rare, common = set(), set()
            for key in search_keys(found):
                number = _hashed(key, "p")
                (common if is_common(key, number) else rare).add(number)
            names[identity] = rare, common, _hashed(town, "p") if town else None
        ranks = {identity: {} for identity in facts}
        holders = {identity: {} for identity in facts}
        for number, records in self._holders_of(list(exact)).items():
            for identity, key in exact[number]:
                # Leads with a contact's own address are mostly the contact's.
                contacts = sum(record > 0 for record in records)
                holders[identity][key] = contacts or len(records)
                for record in records:
                    rank = ranks[identity].get(record, 0)
                    ranks[identity][record] = rank + EXACT_BONUS + 1 / len(records)
        for identity, record, shared, is_near in self._namesakes_of(names):
            rank = ranks[identity].get(record, 0)
            ranks[identity][record] = rank + shared + TOWN_BONUS * bool(is_near)
        return {
            identity: (
                self._foremost(sorted(found, key=lambda each: (-found[each], each))),
                holders[identity],
            )
            for identity, found in ranks.items()
        }

    @api.model
    def _holders_of(self, numbers):
        """Return {key: ids of records that have it}, at most ``PER_KEY``."""
        if not numbers:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT k.key, m.record_id FROM unnest(%s::int[]) AS k(key), LATERAL (
                    -- Beside a limit PostgreSQL would read the table, not the index.
                    WITH f AS MATERIALIZED (
                        SELECT COALESCE(partner_id, -lead_id) AS record_id
                        FROM social_crm_match_key
                        WHERE keys @> ARRAY[k.key] AND identity_id IS NULL
                    )
                    SELECT record_id FROM f ORDER BY record_id DESC LIMIT %s
                ) m
                """,
                numbers,
                PER_KEY,
            )
        )
        holders = {}
        for number, record_id in rows:
            holders.setdefault(number, []).append(record_id)
        return holders

    @api.model
    def _namesakes_of(self, names):
        """Yield (profile, id of a record, share of the keys, whether of the town).

        ``names``: {profile: (rare keys, common keys, key of the town)}.
        """
        if not names:
            return
        profiles = list(names)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT n.place, m.record_id, m.keys, m.is_near
                FROM unnest(%s::text[], %s::text[], %s::int[])
                    WITH ORDINALITY AS n(rare, common, town, place),
                LATERAL (
                    (
                        SELECT COALESCE(partner_id, -lead_id) AS record_id, keys,
                               keys @> ARRAY[n.town] AS is_near
                        FROM social_crm_match_key
                        WHERE keys && n.rare::int[] AND identity_id IS NULL
                        ORDER BY is_near DESC NULLS LAST, record_id DESC LIMIT %s
                    ) UNION (
                        SELECT COALESCE(partner_id, -lead_id) AS record_id, keys, TRUE
                        FROM social_crm_match_key
                        WHERE keys @> ARRAY[n.town] AND keys && n.common::int[]
                            AND identity_id IS NULL
                        ORDER BY record_id DESC LIMIT %s
                    )
                ) m
                """,
                [_array(names[each][0]) for each in profiles],
                [_array(names[each][1]) for each in profiles],
                [names[each][2] for each in profiles],
                NAMESAKES,
                NAMESAKES,
            )
        )
        for place, record_id, keys, is_near in rows:
            rare, common, _town = names[profiles[place - 1]]
            wanted = len(rare) + len(common)
            shared = len(rare.intersection(keys)) + len(common.intersection(keys))
            yield profiles[place - 1], record_id, shared / wanted, is_near

    @api.model
    @tools.ormcache("hour")
    def _key_counts(self, hour):
        """Return ({key: contacts} of the commonest keys, contacts of any other).

        As PostgreSQL counted them in a sample, asked once an hour; the second is the
        most there are.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.most_common_elems::text::int[], s.most_common_elem_freqs,
                       c.reltuples
                FROM pg_stats s
                JOIN pg_class c ON c.oid = 'social_crm_match_key'::regclass
                WHERE s.schemaname = current_schema AND s.attname = 'keys'
                    AND s.tablename = 'social_crm_match_key'
                """
            )
        )
        if not rows or not rows[0][0]:
            return {}, 0
        [(keys, shares, size)] = rows
        # After the shares of the keys stand the least, the most and that of NULL.
        shares = [share * size for share in shares[: len(keys)]]
        return dict(zip(keys, shares, strict=True)), min(shares)

    @api.model
    def _common_keys(self):
        """Return a function that tells whether more than ``MANY`` have a key."""
        hour = fields.Datetime.now().replace(minute=0, second=0)
        counts, others = self._key_counts(hour)

        def is_common(key, number):
            # One whole word and a part of another may be anybody's.
            if "|" in key or key[0] == "=":
                return counts.get(number, others) > MANY
            return False

        return is_common

    @api.model
    def _population(self):
        """How common names and places are among the contacts, from a sample."""
        return self._population_on(fields.Date.today())

    @api.model
    @tools.ormcache("day")
    def _population_on(self, day):
        cr = self.env.cr
        cr.execute("SELECT count(*) FROM res_partner WHERE active")
        (size,) = cr.fetchone()
        size += self._count_leads()
        share = min(100.0, 100.0 * SAMPLE / max(size, 1))
        cr.execute(
            "SELECT id FROM res_partner TABLESAMPLE SYSTEM (%s) WHERE active", [share]
        )
        facts = self._partner_facts([row[0] for row in cr.fetchall()])
        return Population.from_facts(facts.values(), size)
