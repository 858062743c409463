"""A Mastodon server that has exactly as many notifications as asked for.

It answers from memory inside the measured process (``Memory``: no socket, but all of
requests and of the connector), or as a process of its own over HTTP (``serve``).
"""

import io
import json
import multiprocessing
import random
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from . import words

BASE_URL = "https://social.example"
FIRST = 10**17 * 2
HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "X-RateLimit-Limit": "300",
    "X-RateLimit-Remaining": "299",
    "X-RateLimit-Reset": "2099-01-01T00:00:00.000Z",
}
VARIANTS = 1009
BLOCK = 30  # posts of ten authors


def _content(source, texts):
    """A post as people write them: who is meant, words, often a link or a hashtag."""
    text = f"{source.choice(texts)} {source.choice(texts)}"[:165]
    parts = [
        '<span class="h-card" translate="no"><a href="https://social.example/@acme"'
        ' class="u-url mention">@<span>acme</span></a></span>',
        text,
    ]
    if source.random() < 0.3:
        path = f"{source.randrange(3000)}/{source.randrange(10**9)}"
        parts.append(
            f'<a href="https://site.example/{path}" target="_blank"'
            ' rel="nofollow noopener" translate="no"><span class="invisible">https://'
            f'</span><span class="ellipsis">site.example/{path[:12]}</span>'
            f'<span class="invisible">{path[12:]}</span></a>'
        )
    if source.random() < 0.2:
        tag = text.split()[2].strip(".!?…").lower()
        parts.append(
            f'<a href="https://social.example/tags/{tag}" class="mention hashtag"'
            f' rel="tag">#<span>{tag}</span></a>'
        )
    if source.random() < 0.3:
        parts.insert(2, "</p><p>")
    return "<p>" + " ".join(parts).replace("Be ", "Be &amp; ") + "</p>"


@lru_cache(maxsize=1)
def _variants():
    """What differs from post to post apart from numbers, as ready JSON."""
    found = []
    source = random.Random(7)
    texts = words.sentences(seed=11, count=4000)
    for _number in range(VARIANTS):
        media = []
        if source.random() < 0.15:
            media.append(
                {
                    "id": "1",
                    "type": "image",
                    "url": "https://files.example/original/a.jpg",
                    "preview_url": "https://files.example/small/a.jpg",
                    "remote_url": None,
                    "description": source.choice(texts),
                }
            )
        found.append(
            {
                "content": json.dumps(_content(source, texts)),
                "media": json.dumps(media),
                "note": json.dumps(f"<p>{source.choice(texts)}</p>"),
                "language": json.dumps(source.choice(("en", "de", "fr", "es", "nl"))),
            }
        )
    return found


# As a Mastodon 4 writes it, with every key.
ACCOUNT = (
    '{"id":"%(author)d","username":"name%(author)d","acct":"name%(author)d@%(host)s",'
    '"display_name":"Person %(author)d","locked":false,"bot":false,'
    '"discoverable":true,"indexable":false,"group":false,'
    '"created_at":"2023-04-01T00:00:00.000Z","note":%(note)s,'
    '"url":"https://%(host)s/@name%(author)d",'
    '"uri":"https://%(host)s/users/name%(author)d",'
    '"avatar":"https://files.example/accounts/avatars/%(author)d/original.png",'
    '"avatar_static":"https://files.example/accounts/avatars/%(author)d/original.png",'
    '"header":"https://files.example/headers/original/missing.png",'
    '"header_static":"https://files.example/headers/original/missing.png",'
    '"followers_count":321,"following_count":123,"statuses_count":4567,'
    '"last_status_at":"2026-01-01","hide_collections":false,"noindex":false,'
    '"emojis":[],"roles":[],"fields":[{"name":"Home","value":"<a href=\\"https://'
    'name%(author)d.example\\" rel=\\"me\\">name%(author)d.example</a>",'
    '"verified_at":"2024-01-01T00:00:00.000+00:00"},'
    '{"name":"Pronouns","value":"they","verified_at":null}]}'
)
NOTIFICATION = (
    '{"id":"%(id)d","type":"mention","created_at":"%(at)s",'
    '"group_key":"ungrouped-%(id)d","account":%(account)s,'
    '"status":{"id":"%(id)d","created_at":"%(at)s","in_reply_to_id":%(parent)s,'
    '"in_reply_to_account_id":%(parent_author)s,"sensitive":false,"spoiler_text":"",'
    '"visibility":"public","language":%(language)s,'
    '"uri":"https://%(host)s/users/name%(author)d/statuses/%(id)d",'
    '"url":"https://%(host)s/@name%(author)d/%(id)d","replies_count":%(replies)d,'
    '"reblogs_count":%(reposts)d,"favourites_count":%(likes)d,"quotes_count":0,'
    '"edited_at":null,"favourited":false,"reblogged":false,"muted":false,'
    '"bookmarked":false,"content":%(content)s,"filtered":[],"reblog":null,'
    '"account":%(account)s,"media_attachments":%(media)s,"mentions":[{"id":"1",'
    '"username":"acme","url":"https://social.example/@acme","acct":"acme"}],'
    '"tags":[],"emojis":[],"card":null,"poll":null}}'
)


class Server:
    """Notifications ``0 … count - 1``; ``first`` keeps several servers apart.

    In thirty posts there are ten authors that nobody has seen before: each writes a
    post, answers it, and writes another one. ``revision`` changes all counts.
    """

    def __init__(self, count=0, first=0):
        self.count = count
        self.first = first
        self.revision = 0
        self.ready = {}
        self._variants = _variants()
        self._start = datetime.now(timezone.utc) - timedelta(days=2)

    def prepare(self, start, end):
        """Write the JSON of these posts now, so that nobody measures it."""
        self.ready = {n: self._write(n) for n in range(start, end)}

    def notification(self, n):
        return self.ready.get(n) or self._write(n)

    def _write(self, n):
        block, place = divmod(n, BLOCK)
        author = 10_000_000 + self.first * 1_000_000 + block * 10 + place % 10
        host = f"m{author % 500}.example"
        is_answer = 10 <= place < 20
        values = self._variants[n % VARIANTS] | {
            "author": author,
            "host": host,
            "id": self._id(n),
            # 300,000 posts at most: all of them in the last two days.
            "at": f"{self._start + timedelta(seconds=n / 2):%Y-%m-%dT%H:%M:%S.}000Z",
            "parent": f'"{self._id(n - 10)}"' if is_answer else "null",
            "parent_author": f'"{author}"' if is_answer else "null",
            "likes": n % 40 + self.revision,
            "reposts": n % 9 + self.revision,
            "replies": n % 4 + self.revision,
        }
        note = self._variants[author % VARIANTS]["note"]
        values["account"] = ACCOUNT % {**values, "note": note}
        return (NOTIFICATION % values).encode()

    def _id(self, n):
        return FIRST + self.first * 10**9 + n

    def answer(self, url):
        """Return (status, body) of a GET."""
        parts = urlsplit(url)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/api/v1/notifications"):
            return 200, self._notifications(asked)
        if parts.path.endswith("/api/v2/notifications/policy"):
            return 200, b'{"for_not_following":"accept","summary":{}}'
        return 404, b'{"error":"Record not found"}'

    def _notifications(self, asked: Mapping[str, str]) -> bytes:
        """min_id: the oldest ones after it; else the newest ones. Newest first."""
        base = self._id(0)
        limit = min(int(asked.get("limit", 40)), 80)
        low = int(asked.get("min_id") or asked.get("since_id") or 0) - base + 1
        low, high = max(low, 0), self.count
        if "max_id" in asked:
            high = min(high, int(asked["max_id"]) - base)
        if "min_id" in asked:
            high = min(high, low + limit)
        numbers = range(high - 1, max(low, high - limit) - 1, -1)
        return b"[" + b",".join(map(self.notification, numbers)) + b"]"


# -- In the same process


class Memory(BaseAdapter):
    """Lets a session of requests ask a ``Server`` without a socket."""

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.calls = 0

    def send(self, request, **kwargs):
        self.calls += 1
        status, body = self.server.answer(request.url)
        answer = requests.Response()
        answer.status_code = status
        answer.headers = CaseInsensitiveDict(HEADERS)
        answer.headers["Content-Length"] = str(len(body))
        answer.raw = HTTPResponse(io.BytesIO(body), preload_content=False)
        answer.url = request.url
        answer.request = request
        return answer

    def close(self):
        pass


def memory_session(server):
    session = requests.Session()
    session.mount("https://", Memory(server))
    return session


# -- As a process of its own


def _handler(servers):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self):
            # The first part of the path says which server is meant.
            number, _slash, rest = self.path[1:].partition("/")
            status, body = servers[int(number) - 1].answer(f"/{rest}")
            self.send_response_only(status)
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    return Handler


def _serve(pipe, counts):
    servers = [Server(count, number) for number, count in enumerate(counts, 1)]
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(servers)) as httpd:
        httpd.daemon_threads = True
        pipe.send(httpd.server_address[1])
        httpd.serve_forever()


def serve(counts):
    """Start servers with so many notifications; return (process, port).

    The base address of number n is ``http://127.0.0.1:<port>/<n>``.
    """
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(theirs, counts), daemon=True)
    process.start()
    return process, ours.recv()
