from datetime import datetime, timedelta, timezone

from odoo.tests import TransactionCase, new_test_user

from ..connectors.base import SocialConnector
from ..connectors.policy import Policy
from ..connectors.records import Author, Page, Post

NOW = datetime.now(timezone.utc).replace(microsecond=0)


class MemoryConnector(SocialConnector):
    """A network in memory: a list of posts, oldest first; the cursor is an index."""

    code = "mastodon"
    label = "Memory"
    icon = "fa-mastodon"
    capabilities = frozenset(("fetch", "backfill", "edits"))
    credential_fields = ("base_url", "access_token")
    stream_kinds = ("mentions",)
    login_field = "access_token"
    policy = Policy(source="tests")
    max_length = 500

    def __init__(self, credentials=None, session=None, private_hosts=()):
        super().__init__(credentials or {}, session, private_hosts)
        self.posts = []
        self.error = None
        self.bad_items = ()
        self.calls = []
        self.gone = {}

    def _raise(self):
        if self.error:
            raise self.error

    def verify(self):
        self._raise()
        return author("brand")

    def fetch(self, stream, cursor=None, limit=40):
        self.calls.append(("fetch", cursor))
        self._raise()
        start = int(cursor) if cursor else max(len(self.posts) - limit, 0)
        page = self.posts[start : start + limit]
        end = start + len(page)
        return Page(tuple(page), str(end), end < len(self.posts), self.bad_items)

    def backfill(self, stream, cursor=None, limit=40):
        self.calls.append(("backfill", cursor))
        self._raise()
        end = int(cursor) if cursor else len(self.posts)
        start = max(end - limit, 0)
        return Page(tuple(reversed(self.posts[start:end])), str(start), start > 0)

    def refresh(self, uids):
        self.calls.append(("refresh", tuple(uids)))
        by_uid = {item.uid: item for item in self.posts}
        return tuple(self.gone.get(uid) or by_uid[uid] for uid in uids)


def author(login, **values):
    values = {"handle": f"@{login}@example.social", "name": login.title()} | values
    return Author(uid=login, uri=f"https://example.social/users/{login}", **values)


def post(uid, by="ann", text=None, minutes=None, **values):
    """A post; ``minutes`` ago, by default in the order of numeric uids."""
    if minutes is None:
        minutes = 0 if not str(uid).isdigit() else max(5000 - int(uid), 0)
    return Post(
        **{
            "uid": str(uid),
            "uri": f"https://example.social/posts/{uid}",
            "author": by if isinstance(by, Author) else author(by),
            "text": f"Text of {uid}" if text is None else text,
            "url": f"https://example.social/@x/{uid}",
            "published_at": NOW - timedelta(minutes=minutes),
        }
        | values
    )


class SocialCase(TransactionCase):
    """An account with one stream over a network in memory."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, no_reset_password=True)
        )
        cls.company = cls.env.company
        cls.account, cls.feed = cls._make_feed(cls.company)
        cls.connector = MemoryConnector()
        connector = cls.connector
        cls.classPatch(
            type(cls.env["social.crm.account"]),
            "_connector",
            lambda self, session=None: connector,
        )
        cls.mentions = cls.env["social.crm.mention"]
        cls.conversations = cls.env["social.crm.conversation"]

    @classmethod
    def _make_feed(cls, company, **values):
        account = cls.env["social.crm.account"].create(
            {"name": "Acme", "network": "mastodon", "company_id": company.id}
        )
        account.own_uri = author("brand").uri
        feed = cls.env["social.crm.feed"].create(
            {"account_id": account.id, "kind": "mentions", **values}
        )
        return account, feed

    def ingest(self, *posts, feed=None, silent=False):
        return self.mentions._ingest(feed or self.feed, posts, silent=silent)

    def mention(self, uid):
        return self.mentions.search(
            [("uri", "=", f"https://example.social/posts/{uid}")]
        )

    def activate(self):
        self.account.tested_at = NOW.replace(tzinfo=None)
        self.account.action_activate()

    @classmethod
    def user(cls, login, groups, **values):
        return new_test_user(cls.env, login, groups, **values)
