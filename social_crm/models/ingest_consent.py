"""Answers of people whom we have asked for permission, as a page brings them.

Where nobody was asked, or nothing in a page is short enough to be an answer, this costs
no query; else one for the page.
"""

from .consent_words import plain_answer

# Streams that bring what is said to us, not only about us.
TO_US = ("mentions", "comments", "reviews", "messages")


def recognise_answers(page):
    """Give the consents what ``page``, a ``PageIngest``, has new for them."""
    consents = page.env["social.crm.consent"]
    if page.network not in consents._asked_networks(page.company_id):
        return
    said = [
        {
            "identity_id": row.identity_id,
            "mention_id": row.id,
            "text": row.post.text,
            "at": row.at,
            "to_us": _is_to_us(row, page.feed.kind),
        }
        for row in page.new
        if not row.is_own
        and not page.suppressed.is_hidden(row)
        and plain_answer(row.post.text)
    ]
    if said:
        consents._recognise(said)


def _is_to_us(row, kind):
    """Whether it answers us for certain: a yes to somebody else is none to us."""
    if row.is_private or row.post.parent_is_own:
        return True
    if row.parent:
        return row.parent.is_own
    return not row.parent_key and kind in TO_US
