"""What the small network answers over HTTP.

Mastodon's documentation, "REST API": instance, accounts, notifications, timelines,
search, statuses. Besides: the feed of reviews and the pictures.
"""

import hashlib
import json
import re
import time
from datetime import timezone
from html import escape
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape as xml
from xml.sax.saxutils import quoteattr

from odoo.addons.social_crm.demo.people import OUR_HOST, REVIEWS, slug_of

from . import TOKEN, pictures
from .world import PUBLIC, Status

MAX_BODY = 100_000
MAX_PAGE = 40
WINDOW, CALLS = 300, 300  # seconds, calls: Mastodon's own limit
MAX_REVIEWS = 200
_HANDLE = re.compile(r"@\w+@[\w-]+(?:\.[\w-]+)+")
_TAG = re.compile(r"#(\w+)")


class Failed(Exception):
    """Answer with this status and this sentence."""

    def __init__(self, status, error):
        super().__init__(error)
        self.status = status


def route(method, pattern, login=True):
    def mark(function):
        function.route = method, re.compile(pattern), login
        return function

    return mark


class Handler(BaseHTTPRequestHandler):
    """One request. ``server`` has world, director and the count of calls."""

    protocol_version = "HTTP/1.1"
    server_version = "demo-source"
    timeout = 60

    def log_message(self, *args):
        pass

    def do_GET(self):
        self._answer("GET")

    def do_POST(self):
        self._answer("POST")

    def do_DELETE(self):
        self._answer("DELETE")

    def _answer(self, method):
        parts = urlsplit(self.path)
        self.params = parse_qs(parts.query)
        self.body = self._read_body()
        for function in ROUTES:
            wanted, pattern, login = function.route
            match = pattern.fullmatch(parts.path)
            if wanted == method and match:
                try:
                    if login:
                        self._check_login()
                    groups = [unquote(group) for group in match.groups()]
                    with self.server.world.lock:
                        answer = function(self, *groups)
                except Failed as failed:
                    self._send_json({"error": str(failed)}, failed.status)
                else:
                    if answer is not None:
                        self._send_json(answer)
                return
        self._send_json({"error": "Record not found"}, 404)

    def _read_body(self):
        length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY)
        body = self.rfile.read(length)
        if "json" in self.headers.get("Content-Type", ""):
            try:
                return json.loads(body or b"{}")
            except ValueError:
                return {}
        return {name: values[-1] for name, values in parse_qs(body.decode()).items()}

    def _check_login(self):
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Failed(401, "The access token is invalid")
        if self.server.count_call() < 0:
            raise Failed(429, "Too many requests")

    def _send_json(self, value, status=200):
        body = json.dumps(value, ensure_ascii=False).encode()
        self._send(body, "application/json; charset=utf-8", status)

    def _send(self, body, content_type, status=200, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        reset = time.gmtime(self.server.window_end())
        self.send_header("X-RateLimit-Limit", str(CALLS))
        self.send_header("X-RateLimit-Remaining", str(max(self.server.calls_left, 0)))
        self.send_header(
            "X-RateLimit-Reset", time.strftime("%Y-%m-%dT%H:%M:%SZ", reset)
        )
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    # --- reading -------------------------------------------------------------

    @route("GET", r"/api/v[12]/instance", login=False)
    def instance(self):
        return {
            "domain": OUR_HOST,
            "title": "The demo's town square",
            "version": "4.3.0",
            "description": "A network of people who do not exist.",
            "configuration": {"statuses": {"max_characters": 500}},
        }

    @route("GET", r"/api/v1/accounts/verify_credentials")
    def verify_credentials(self):
        return self._account(self.server.world.ours)

    @route("GET", r"/api/v1/accounts/(\d+)")
    def account(self, uid):
        return self._account(self._author(uid))

    @route("GET", r"/api/v1/accounts/(\d+)/statuses")
    def account_statuses(self, uid):
        author = self._author(uid)
        return self._page(
            lambda status: status.author == author.uri and status.visibility in PUBLIC
        )

    @route("GET", r"/api/v2/notifications/policy")
    def policy(self):
        kinds = ("not_following", "not_followers", "new_accounts", "private_mentions")
        return {f"for_{kind}": "accept" for kind in kinds}

    @route("GET", r"/api/v1/notifications")
    def notifications(self):
        world = self.server.world
        types, excluded = self._all("types[]"), self._all("exclude_types[]")
        if "mention" in excluded or (types and "mention" not in types):
            return []
        return [
            {
                # Notifications have ids of their own.
                "id": str(int(status.uid) + 7),
                "type": "mention",
                "created_at": _time(status.at),
                "account": self._account(world.authors[status.author]),
                "status": self._status(status),
            }
            for status in self._select(world.is_mention, 7)
        ]

    @route("GET", r"/api/v1/timelines/tag/([^/]+)", login=False)
    def tag(self, tag):
        tag = tag.lower()
        return self._page(
            lambda status: (
                status.visibility == "public"
                and tag in map(str.lower, _TAG.findall(status.text))
            )
        )

    @route("GET", r"/api/v2/search")
    def search(self):
        words = self._one("q").lower()
        if not words:
            raise Failed(422, "Validation failed: q can't be blank")
        statuses = self._page(
            lambda status: (
                status.visibility == "public" and words in status.text.lower()
            )
        )
        return {"accounts": [], "statuses": statuses, "hashtags": []}

    @route("GET", r"/api/v1/statuses")
    def statuses(self):
        found = map(self.server.world.statuses.get, self._all("id[]")[:MAX_PAGE])
        return [self._status(status) for status in found if status]

    @route("GET", r"/api/v1/statuses/(\d+)")
    def status(self, uid):
        return self._status(self._find(uid))

    @route("GET", r"/api/v1/statuses/(\d+)/context")
    def context(self, uid):
        self._find(uid)
        above, below = self.server.world.thread(uid)
        return {
            "ancestors": [self._status(status) for status in above],
            "descendants": [self._status(status) for status in below],
        }

    # --- writing -------------------------------------------------------------

    @route("POST", r"/api/v1/statuses")
    def post(self):
        world, body = self.server.world, self.body
        text = str(body.get("status") or "").strip()
        if not text:
            raise Failed(422, "Validation failed: Text can't be blank")
        key = self.headers.get("Idempotency-Key")
        if key and world.sent.get(key) in world.statuses:
            return self._status(world.statuses[world.sent[key]])
        parent = str(body.get("in_reply_to_id") or "")
        if parent:
            self._find(parent)
        status = world.add(
            world.ours,
            text,
            parent=parent,
            visibility=body.get("visibility") or "public",
            language=body.get("language") or "en",
            kind="answer" if parent else "own",
        )
        if key:
            world.sent[key] = status.uid
        self.server.director.answered(status)
        return self._status(status)

    @route("DELETE", r"/api/v1/statuses/(\d+)")
    def delete(self, uid):
        status = self._find(uid)
        if status.author != self.server.world.ours.uri:
            raise Failed(403, "This action is not allowed")
        answer = self._status(status)
        self.server.world.delete(uid)
        return answer

    # --- feed and pictures ---------------------------------------------------

    @route("GET", r"/reviews\.xml", login=False)
    def reviews(self):
        body = self._reviews_xml().encode()
        tag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        if self.headers.get("If-None-Match") == tag:
            self._send(b"", "application/atom+xml", 304, [("ETag", tag)])
        else:
            self._send(
                body, "application/atom+xml; charset=utf-8", 200, [("ETag", tag)]
            )

    @route("GET", r"/", login=False)
    def page(self):
        link = '<link rel="alternate" type="application/atom+xml" href="/reviews.xml">'
        body = f"<!DOCTYPE html><title>Bike reviews</title>{link}<h1>Bike reviews</h1>"
        self._send(body.encode(), "text/html; charset=utf-8")

    @route("GET", r"/avatars/(\w+)\.png", login=False)
    def avatar(self, seed):
        self._send(pictures.avatar(seed), "image/png")

    @route("GET", r"/pictures/(\w+)\.png", login=False)
    def picture(self, seed):
        self._send(pictures.photo(seed), "image/png")

    # --- parts ---------------------------------------------------------------

    def _one(self, name):
        return (self.params.get(name) or [""])[0]

    def _all(self, name):
        return self.params.get(name) or []

    def _find(self, uid) -> Status:
        status = self.server.world.statuses.get(uid)
        if not status:
            raise Failed(404, "Record not found")
        return status

    def _author(self, uid):
        world = self.server.world
        for author in world.authors.values():
            if world.account_id(author) == uid:
                return author
        raise Failed(404, "Record not found")

    def _page(self, wanted):
        return [self._status(status) for status in self._select(wanted)]

    def _select(self, wanted, shift=0):
        """One page, newest first; ``min_id`` gives the page next to that id."""
        limit = self._one("limit")
        limit = min(int(limit) if limit.isdigit() else 20, MAX_PAGE)
        bounds = {name: self._one(name) for name in ("max_id", "min_id", "since_id")}
        ids = {name: int(text) for name, text in bounds.items() if text.isdigit()}
        above = max(ids.get("min_id", 0), ids.get("since_id", 0))
        below = ids.get("max_id", 1 << 90)
        found = [
            status
            for status in self.server.world.stream(wanted)
            if above < int(status.uid) + shift < below
        ]
        return found[-limit:] if "min_id" in ids and found else found[:limit]

    def _account(self, author):
        world = self.server.world
        ours = author.uri == world.ours.uri
        name, _at, host = author.handle.lstrip("@").partition("@")
        return {
            "id": world.account_id(author),
            "username": name,
            "acct": name if ours else f"{name}@{host}",
            "display_name": author.name,
            "url": author.url,
            "uri": author.uri,
            "note": escape(author.bio),
            "avatar": f"{self.server.base_url}/avatars/{picture_of(author.uri)}.png",
            "bot": author.is_bot,
            "followers_count": author.metrics.get("followers", 12),
            "following_count": author.metrics.get("following", 40),
            "statuses_count": author.metrics.get("posts", 30),
            "created_at": _time(author.created_at) if author.created_at else None,
            "fields": [],
            "emojis": [],
        }

    def _status(self, status: Status):
        world = self.server.world
        author = world.authors[status.author]
        parent = world.statuses.get(status.parent)
        answered = world.authors[parent.author] if parent else None
        content, mentions, tags = self._content(status.text)
        media = []
        if status.picture:
            url = f"{self.server.base_url}/pictures/{status.picture}.png"
            media = [
                {
                    "id": f"9{status.picture}",
                    "type": "image",
                    "url": url,
                    "preview_url": url,
                    "description": "An e-bike in front of hills",
                }
            ]
        return {
            "id": status.uid,
            "uri": f"{author.uri}/statuses/{status.uid}",
            "url": f"{author.url}/{status.uid}",
            "created_at": _time(status.at),
            "edited_at": _time(status.edited_at) if status.edited_at else None,
            "account": self._account(author),
            "content": content,
            "spoiler_text": "",
            "sensitive": False,
            "visibility": status.visibility,
            "language": status.language,
            "in_reply_to_id": status.parent or None,
            "in_reply_to_account_id": answered and world.account_id(answered),
            "replies_count": sum(
                other.parent == status.uid for other in world.statuses.values()
            ),
            "reblogs_count": status.reposts,
            "favourites_count": status.likes,
            "media_attachments": media,
            "mentions": mentions,
            "tags": tags,
            "emojis": [],
            "reblog": None,
            "poll": None,
            "card": None,
        }

    def _content(self, text):
        """Return HTML, mentions and tags, as the network makes them from text."""
        handles = {
            author.handle: author for author in self.server.world.authors.values()
        }
        mentions = {}

        def link_handle(match):
            author = handles.get(match[0])
            if not author:
                return match[0]
            account = self._account(author)
            mentions[author.uri] = {
                name: account[name] for name in ("id", "username", "url", "acct")
            }
            return (
                f'<span class="h-card"><a href="{author.url}" class="u-url mention">'
                f"@<span>{account['username']}</span></a></span>"
            )

        def link_tag(match):
            return (
                f'<a href="https://{OUR_HOST}/tags/{match[1].lower()}"'
                f' class="mention hashtag" rel="tag">#<span>{match[1]}</span></a>'
            )

        # Handles first, but tags must not be looked for in what they became.
        parts, end = [], 0
        for match in _HANDLE.finditer(text):
            parts.append(_TAG.sub(link_tag, _html(text[end : match.start()])))
            parts.append(link_handle(match))
            end = match.end()
        parts.append(_TAG.sub(link_tag, _html(text[end:])))
        tags = [
            {"name": tag.lower(), "url": f"https://{OUR_HOST}/tags/{tag.lower()}"}
            for tag in dict.fromkeys(_TAG.findall(text))
        ]
        return f"<p>{''.join(parts)}</p>", list(mentions.values()), tags

    def _reviews_xml(self):
        entries = []
        for review in self.server.world.reviews[-MAX_REVIEWS:][::-1]:
            url = f"{REVIEWS}/reviews/{review.uid}"
            entries.append(
                f"""  <entry xml:lang={quoteattr(review.language)}>
    <id>{url}</id>
    <title>{xml(review.title)}</title>
    <link href="{url}"/>
    <published>{_time(review.at)}</published>
    <updated>{_time(review.at)}</updated>
    <author><name>{xml(review.name)}</name>
      <uri>{REVIEWS}/people/{slug_of(review.name)}</uri></author>
    <r:rating>{review.stars}</r:rating>
    <content type="text">{xml(review.text)}</content>
  </entry>
"""
            )
        newest = self.server.world.reviews[-1:]
        updated = newest[0].at if newest else self.server.world.began
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<feed xmlns="http://www.w3.org/2005/Atom"'
            ' xmlns:r="https://reviews.velorin.example/ns">\n'
            f"  <id>{REVIEWS}/</id>\n  <title>Bike reviews: Velorin</title>\n"
            f'  <link href="{REVIEWS}/"/>\n  <updated>{_time(updated)}</updated>\n'
            f"{''.join(entries)}</feed>\n"
        )


def picture_of(uri: str) -> str:
    """The name of the picture of a profile; the same as SQL's ``md5(uri)``."""
    return hashlib.md5(uri.encode(), usedforsecurity=False).hexdigest()


def _html(text):
    return escape(text, quote=False).replace("\n", "<br>")


def _time(moment):
    text = moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


ROUTES = [member for member in vars(Handler).values() if hasattr(member, "route")]
