"""Networks that show something to everybody, as a look at them needs."""

from .connector_contract import Answer, ServerCase
from .test_connector_bluesky import post_view
from .test_connector_mastodon import status

RSS = """<rss version="2.0"><channel><title>Bike news</title><link>https://n.example/</link>
<item><title>Acme Bikes opens a shop</title><link>https://n.example/1</link>
<guid>https://n.example/1</guid><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate>
<description>In Ghent, on Saturday.</description></item></channel></rss>"""


class LookServerCase(ServerCase):
    """The server is the Mastodon, the Bluesky and the website of the test.

    ``answers`` (by path) replace what it says.
    """

    def setUp(self):
        super().setUp()
        self.answers = {}
        self.set_param("private_hosts", self.server.host)
        self.ask("mastodon", "bluesky", "feed")

    def set_param(self, name, value):
        self.env["ir.config_parameter"].set_param(f"social_crm.{name}", value)

    def ask(self, *networks):
        """Let these be asked, and only here."""
        url = self.server.url
        pairs = [name if name == "feed" else f"{name}={url}" for name in networks]
        self.set_param("look_servers", ", ".join(pairs))

    def respond(self, request):
        if request.path in self.answers:
            return self.answers[request.path]
        if request.path == "/api/v1/timelines/tag/acmebikes":
            texts = ("The new Acme is quiet", "Who repairs Acme bikes?")
            return Answer(200, [status(9 - n, text) for n, text in enumerate(texts)])
        if request.path == "/xrpc/app.bsky.feed.searchPosts":
            return Answer(200, {"posts": [post_view("1", "My Acme never rusts")]})
        if request.path == "/xrpc/app.bsky.feed.getAuthorFeed":
            return Answer(200, {"feed": [{"post": post_view("2", "We open at nine")}]})
        if request.path == "/feed.xml":
            return Answer(200, RSS, {"Content-Type": "application/rss+xml"})
        return Answer(200, [])

    @property
    def paths(self):
        return sorted(request.path for request in self.server.requests)
