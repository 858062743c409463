"""One small server that speaks for all three networks, in fair and in foul weather."""

import base64
import socket
from datetime import datetime, timedelta, timezone

from .connector_contract import Answer, ServerCase
from .test_connector_mastodon import BRAND

CODE = "c0de-of-the-server"
TOKEN = "t0ken-of-the-server"
PASSWORD = "pass-word-1"
DID = "did:plc:brand"
APP_PASSWORD_WANTED = "brand-2fa.example"


def _iso(date):
    return date.isoformat().replace("+00:00", "Z")


def nobody_there() -> str:
    """Return an address at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


class FakeNetworks(ServerCase):
    """``self.server`` has one account on each network; ``self.answers`` overrides.

    It is named in ``private_hosts``. Each network has ``POSTS`` posts, the newest of
    today, one a day.
    """

    POSTS = 8
    CREDENTIALS = {
        "bluesky": {"handle": "brand.example", "password": PASSWORD},
        "feed": {},
        "mastodon": {"access_token": TOKEN},
    }

    def setUp(self):
        super().setUp()
        self.answers = {}

    def prepare(self, differs: dict) -> dict[str, str]:
        """Let the server answer as ``differs`` says; return what else is in it."""
        gone = nobody_there()
        self.hosts = [self.server.host, gone.removeprefix("http://")]
        given = {}
        for name, value in differs.items():
            if name.startswith("/"):
                self.answers[name] = value
            else:
                given[name] = value.replace("{gone}", gone)
                given[name] = given[name].replace("{}", self.server.url)
        return given

    def respond(self, request):
        method = f"answer_{request.path.strip('/').replace('/', '_').replace('.', '_')}"
        if answer := self.answers.get(request.path):
            return answer
        if request.path.startswith("/api/v1/timelines/tag/"):
            method = "answer_tag"
        answer = getattr(self, method, lambda _request: Answer(404))(request)
        return answer if isinstance(answer, Answer) else Answer(200, answer)

    def moments(self):
        # Seen from when it is asked, however long the tests before took.
        now = datetime.now(timezone.utc).replace(microsecond=0)
        return [now - timedelta(days=number) for number in range(self.POSTS)]

    # -- Mastodon

    def answer_api_v1_apps(self, _request):
        return {"client_id": "id", "client_secret": "client-s3cret"}

    def answer_oauth_token(self, request):
        if request.form["code"] != CODE:
            return Answer(400, {"error": "invalid_grant"})
        return {"access_token": TOKEN}

    def _needs_token(self, request):
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"error": "The access token is invalid"})
        return None

    def answer_api_v1_accounts_verify_credentials(self, request):
        return self._needs_token(request) or BRAND

    def answer_api_v1_notifications(self, request):
        return self._needs_token(request) or [
            {"id": str(100 - number), "type": "mention", "status": status}
            for number, status in enumerate(self._statuses("Hello @brand"))
        ]

    def answer_tag(self, _request):
        return self._statuses("All about #acme")

    def _statuses(self, text):
        carol = "https://far.example/users/carol"
        return [
            {
                "id": str(100 - number),
                "uri": f"{carol}/statuses/{number}",
                "url": f"{carol}/{number}",
                "account": {
                    "id": "7",
                    "username": "carol",
                    "acct": "carol@far.example",
                    "display_name": "Carol",
                    "url": carol,
                    "uri": carol,
                },
                "created_at": _iso(date),
                "content": f"<p>{text} &lt;b&gt;{number}&lt;/b&gt;</p>",
                "visibility": "public",
            }
            for number, date in enumerate(self.moments())
        ]

    # -- Bluesky

    def answer_xrpc_com_atproto_server_createSession(self, request):
        sent = request.json
        if sent["identifier"] == APP_PASSWORD_WANTED:
            return Answer(401, {"error": "AuthFactorTokenRequired", "message": "Code"})
        if sent["password"] != PASSWORD:
            message = "Invalid identifier or password"
            return Answer(401, {"error": "AuthenticationRequired", "message": message})
        return {"accessJwt": TOKEN, "refreshJwt": "refresh", "did": DID}

    def answer_xrpc_app_bsky_actor_getProfile(self, _request):
        return {"did": DID, "handle": "brand.example", "displayName": "Brand"}

    def answer_xrpc_app_bsky_notification_listNotifications(self, _request):
        views = [{**view, "reason": "mention"} for view in self._views()]
        return {"notifications": views}

    def answer_xrpc_app_bsky_feed_getPosts(self, _request):
        return {"posts": self._views()}

    def _views(self):
        return [
            {
                "uri": f"at://did:plc:carol/app.bsky.feed.post/k{number}",
                "cid": f"cid{number}",
                "author": {"did": "did:plc:carol", "handle": "carol.example"},
                "record": {"text": f"Hello <b>{number}</b>", "createdAt": _iso(date)},
                "indexedAt": _iso(date),
            }
            for number, date in enumerate(self.moments())
        ]

    # -- Feeds and pages

    def answer_feed_xml(self, _request):
        items = "".join(
            f"<item><link>{self.server.url}/{number}</link><title>News</title>"
            f"<description>Hello &amp;lt;b&amp;gt;{number}&amp;lt;/b&amp;gt;"
            "</description>"
            f"<pubDate>{date:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for number, date in enumerate(self.moments())
        )
        return f'<rss version="2.0"><channel><title>N</title>{items}</channel></rss>'

    def answer_page(self, _request):
        return "<html><title>A page</title><p>Nothing to follow.</p></html>"

    def answer_private(self, _request):
        return Answer(403, "Members only")

    def answer_members_xml(self, request):
        login = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return Answer(401, "Who are you?", {"WWW-Authenticate": "Basic"})
        return self.answer_feed_xml(request)


# What a person may get wrong: (name, network, what differs from what works, what to
# change, a part of the sentence). ``answers`` are given by the server, {} is its
# address, and ``gone`` one where nothing listens.
WRONG_INPUTS = (
    (
        "typo in the server",
        "mastodon",
        {"base_url": "https://mastodn.invalid"},
        "base_url",
        "mastodn.invalid is unknown",
    ),
    (
        "typo in the server of a feed",
        "feed",
        {"query": "https://blogg.invalid/feed.xml"},
        "query",
        "blogg.invalid is unknown",
    ),
    (
        "wrong password",
        "bluesky",
        {"password": "wrong"},
        "password",
        "does not know this handle with this password",
    ),
    (
        "wrong password of a feed",
        "feed",
        {"query": "{}/members.xml", "username": "me", "password": "wrong"},
        "password",
        "does not accept the login",
    ),
    (
        "feed that wants a password",
        "feed",
        {"query": "{}/members.xml"},
        "username",
        "only with a user name and a password",
    ),
    (
        "page without a feed",
        "feed",
        {"query": "{}/page", "/feed.xml": Answer(404)},
        "query",
        "is not a feed",
    ),
    (
        "private page",
        "feed",
        {"query": "{}/private"},
        "query",
        "it is private",
    ),
    (
        "private account: no right to read its mentions",
        "mastodon",
        {
            "/api/v1/notifications": Answer(
                403, {"error": "This action is outside the authorized scopes"}
            )
        },
        "access_token",
        "a permission is missing",
    ),
    (
        "private account: deactivated",
        "bluesky",
        {
            "/xrpc/app.bsky.actor.getProfile": Answer(
                401, {"error": "AccountDeactivated", "message": "Deactivated"}
            )
        },
        "handle",
        "deactivated or suspended",
    ),
    (
        "private account: it blocks ours",
        "bluesky",
        {
            "kind": "own",
            "query": "carol.example",
            "/xrpc/app.bsky.feed.getAuthorFeed": Answer(
                400, {"error": "BlockedByActor", "message": "Blocked"}
            ),
        },
        "query",
        "it blocks ours",
    ),
    (
        "expired code",
        "mastodon",
        {"access_token": "", "code": "an-old-one"},
        "code",
        "does not accept the code",
    ),
    (
        "server down",
        "mastodon",
        {"base_url": "{gone}"},
        "base_url",
        "cannot be reached",
    ),
    (
        "server down, of a feed",
        "feed",
        {"query": "{gone}/feed.xml"},
        "query",
        "cannot be reached",
    ),
    (
        "server with a problem",
        "bluesky",
        {"/xrpc/com.atproto.server.createSession": Answer(502)},
        "base_url",
        "a problem of its own",
    ),
    (
        "second factor",
        "bluesky",
        {"handle": APP_PASSWORD_WANTED},
        "password",
        "Use an app password",
    ),
)
