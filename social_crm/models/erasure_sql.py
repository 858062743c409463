"""The statements that take a person out of the tables, a batch at a time."""

# Who waits for this mention's key finds nothing any more, but stays an answer.
FORGET_PARENTS = """
    UPDATE social_crm_mention m SET parent_key = v.key
    FROM unnest(%(ids)s::int[], %(keys)s::text[]) AS v(id, key)
    WHERE m.parent_id = v.id AND m.identity_id <> %(identity)s
"""
# Work items are named after their thread.
RENAME_BRANCHES = """
    UPDATE social_crm_conversation c
    SET branch_uri = f.new || substr(c.branch_uri, length(f.old) + 1)
    FROM (
        SELECT DISTINCT ON (m.conversation_id) m.conversation_id, v.old, v.new
        FROM unnest(%(uris)s::text[], %(keys)s::text[]) AS v(old, new)
        JOIN social_crm_mention m ON m.thread_key = v.old
          AND m.company_id = %(company)s AND m.network = %(network)s
    ) f
    WHERE c.id = f.conversation_id AND c.identity_id <> %(identity)s
      AND starts_with(c.branch_uri, f.old)
"""
RENAME_THREADS = """
    UPDATE social_crm_mention m SET thread_key = v.key
    FROM unnest(%(uris)s::text[], %(keys)s::text[]) AS v(uri, key)
    WHERE m.thread_key = v.uri
      AND m.company_id = %(company)s AND m.network = %(network)s
"""
# A conversation that has lost mentions: what it says of those that are left.
RECOUNT = """
    UPDATE social_crm_conversation c SET
        mention_count = s.size, first_mention_at = s.first, last_mention_at = s.last,
        last_in_at = s.last_in, last_out_at = s.last_out,
        waiting_since = CASE WHEN c.waiting_since IS NOT NULL THEN (
            SELECT min(m.published_at) FROM social_crm_mention m
            WHERE m.conversation_id = c.id AND m.direction = 'in'
              AND m.published_at > COALESCE(s.last_out, '-infinity')) END,
        preview = (
            SELECT left(
                regexp_replace(
                    COALESCE(NULLIF(m.body, ''), m.title), '^(@[^ ]+ +)+', ''),
                %(size)s)
            FROM social_crm_mention m
            WHERE m.conversation_id = c.id AND m.visibility = c.visibility
            ORDER BY m.published_at DESC, m.id DESC LIMIT 1)
    FROM (
        SELECT conversation_id, count(*) AS size, min(published_at) AS first,
               max(published_at) AS last,
               max(published_at) FILTER (WHERE direction = 'in') AS last_in,
               max(published_at) FILTER (WHERE direction = 'out') AS last_out
        FROM social_crm_mention WHERE conversation_id = ANY(%(ids)s)
        GROUP BY conversation_id
    ) s WHERE c.id = s.conversation_id
"""
# Others spoke there, too: the first of them is who it is about now.
FIND_HEIRS = """
    SELECT DISTINCT ON (m.conversation_id) m.conversation_id, m.identity_id,
           i.partner_id
    FROM social_crm_mention m JOIN social_crm_identity i ON i.id = m.identity_id
    WHERE m.conversation_id = ANY(%(ids)s) AND m.direction = 'in'
    ORDER BY m.conversation_id, m.published_at, m.id
"""
HAND_OVER = """
    UPDATE social_crm_conversation c
    SET identity_id = v.identity, partner_id = v.partner, branch_uri = v.branch
    FROM unnest(%(ids)s::int[], %(identities)s::int[], %(partners)s::int[],
                %(branches)s::text[]) AS v(id, identity, partner, branch)
    WHERE c.id = v.id
"""
HAND_OVER_ANSWERS = """
    UPDATE social_crm_mention m SET partner_id = c.partner_id
    FROM social_crm_conversation c
    WHERE c.id = m.conversation_id AND c.id = ANY(%(ids)s) AND m.direction = 'out'
"""

# Other people's words that may name the person: the id, who wrote it, the columns.
_MINE = "%(after)s < t.id AND t.id <= %(until)s"
OTHERS = {
    "social_crm_mention": (
        ("body", "title", "url", "media", "thread_key", "parent_key"),
        "social_crm_mention t JOIN social_crm_identity a ON a.id = t.identity_id",
    ),
    "social_crm_mention_version": (
        ("body",),
        "social_crm_mention_version t"
        " JOIN social_crm_mention m ON m.id = t.mention_id"
        " JOIN social_crm_identity a ON a.id = m.identity_id",
    ),
    "social_crm_conversation": (
        ("preview", "branch_uri"),
        "social_crm_conversation t JOIN social_crm_identity a ON a.id = t.identity_id",
    ),
    "social_crm_identity": (
        (
            "name",
            "bio",
            "location",
            "pronouns_said",
            "pronouns_typed",
            "languages_said",
            "languages_typed",
            "url",
            "verified_links",
        ),
        "social_crm_identity t JOIN social_crm_identity a ON a.id = t.id",
    ),
    "social_crm_identity_change": (
        ("old", "new"),
        "social_crm_identity_change t"
        " JOIN social_crm_identity a ON a.id = t.identity_id",
    ),
    "social_crm_fact": (
        ("value", "source", "source_url"),
        "social_crm_fact t JOIN social_crm_identity a ON a.id = t.identity_id",
    ),
}


def find_others(table):
    columns, source = OTHERS[table]
    texts = ", ".join(f"t.{name}::text" for name in columns)
    return f"""
        SELECT t.id, a.handle, {texts} FROM {source}
        WHERE {_MINE} AND t.company_id = %(company)s AND a.id <> %(identity)s
          AND concat_ws(' ', {texts}) ILIKE ANY(%(patterns)s)
    """
