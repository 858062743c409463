"""The statements that tell apart two people who had one account."""

# What was said before ``until``, to who had the account then.
REPOINT = """
    WITH r AS MATERIALIZED (
        SELECT id FROM social_crm_mention
        WHERE identity_id = %(account)s AND published_at < %(until)s
        ORDER BY id LIMIT %(size)s
    )
    UPDATE social_crm_mention m SET identity_id = %(part)s FROM r WHERE m.id = r.id
"""
CHOOSE = """
    UPDATE social_crm_mention SET identity_id = %(part)s
    WHERE id = ANY(%(ids)s) AND identity_id = %(account)s
"""
# Of somebody who was erased: what a page brings once more.
DROP = """
    DELETE FROM social_crm_mention
    WHERE identity_id = %(account)s AND published_at < %(until)s
    RETURNING conversation_id
"""
FIND_WORK = """
    SELECT DISTINCT c.id FROM social_crm_mention m
    JOIN social_crm_conversation c ON c.id = m.conversation_id
    WHERE m.identity_id = %(part)s AND c.identity_id = %(account)s
"""
# Of one conversation to another: what ``voice`` said there, and our answers to it,
# those without a parent by their date.
MOVE_WORDS = """
    UPDATE social_crm_mention m SET conversation_id = %(target)s
    WHERE m.conversation_id = %(source)s AND (
        m.identity_id = %(voice)s
        OR m.direction = 'out' AND COALESCE(
            (SELECT p.identity_id = %(voice)s FROM social_crm_mention p
             WHERE p.id = m.parent_id AND p.direction = 'in'),
            m.published_at >= %(since)s AND m.published_at < %(until)s))
"""
FIRST_VOICE = """
    SELECT identity_id FROM social_crm_mention
    WHERE conversation_id = %(source)s AND direction = 'in'
    ORDER BY published_at, id LIMIT 1
"""
HAS_VOICE = """
    SELECT 1 FROM social_crm_mention
    WHERE conversation_id = %(source)s AND identity_id = %(voice)s LIMIT 1
"""
EMPTY = """
    SELECT id FROM social_crm_conversation c WHERE id = ANY(%(ids)s) AND NOT EXISTS (
        SELECT FROM social_crm_mention m WHERE m.conversation_id = c.id)
"""
# Until when whose words are not the account's own: {account: moment}.
SPLITS = """
    SELECT id, max(until) FROM (
        SELECT split_of_id AS id, split_until AS until FROM social_crm_identity
        WHERE split_of_id IS NOT NULL AND split_until IS NOT NULL
        UNION ALL
        SELECT id, split_closed_before FROM social_crm_identity
        WHERE split_closed_before IS NOT NULL
    ) s GROUP BY id
"""
