"""Old posts of an account that has changed hands, as a page brings them late.

No query where no account was split, or a page has nothing from before; else some for
each conversation that is to be told apart.
"""


def respect_splits(page):
    """Give what ``page``, a ``PageIngest``, has stored to whoever had the account."""
    identities = page.env["social.crm.identity"]
    splits = identities._splits()
    late = {
        row.identity_id
        for row in page.new
        if row.identity_id in splits and row.at < splits[row.identity_id]
    }
    if not late:
        return
    # The page was written by SQL.
    page.env.invalidate_all(flush=False)
    for account in identities.browse(sorted(late)):
        account._apply_splits(len(page.new))
        # Their contact follows, as with any other link.
        (account | account.split_ids)._follow_partner()
    page.env.flush_all()
    ids = [row.id for row in page.new]
    left = set(page.env["social.crm.mention"].browse(ids).exists().ids)
    page.new = [row for row in page.new if row.id in left]
    page.touched = [row for row in page.touched if not row.new or row.id in left]
