"""A Mastodon server of fixed posts: ``python -m dev.integration.source POSTS``.

Hashtag timelines only. Every tag has its own POSTS posts, and tags that begin with
``same`` share theirs. Prints its port; cheap, so that the workers are what is measured.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

EPOCH = datetime.now(timezone.utc) - timedelta(days=2)
WORDS = (
    "the parcel came late again and nobody answers my mail while the box was wet so I"
    " ask for a new one and hope that it works better than the last time I tried"
).split()


def status(tag, number):
    person = number // 3
    text = " ".join(WORDS[(number * 7 + i * i) % len(WORDS)] for i in range(25))
    name = "same" if tag.startswith("same") else tag
    actor = f"https://{name}.example/users/p{person}"
    return {
        "id": str(number),
        "uri": f"https://{name}.example/posts/{number}",
        "url": f"https://{name}.example/@p{person}/{number}",
        "created_at": (EPOCH + timedelta(seconds=number)).isoformat(),
        "content": f"<p>{text} <a href='https://{name}.example/x'>link</a></p>",
        "visibility": "public",
        "language": "en",
        "favourites_count": number % 7,
        "reblogs_count": number % 3,
        "replies_count": 0,
        "in_reply_to_id": None,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "account": {
            "id": str(person),
            "acct": f"p{person}@{name}.example",
            "username": f"p{person}",
            "display_name": f"Person {person}",
            "uri": actor,
            "url": actor,
            "note": "",
            "followers_count": person,
        },
    }


def serve(posts):
    @lru_cache(maxsize=4096)
    def page(tag, low, high, limit, forward):
        first, last = max(low + 1, 1), min(high - 1, posts)
        if forward:
            numbers = range(min(first + limit - 1, last), first - 1, -1)
        else:
            numbers = range(last, max(first, last - limit + 1) - 1, -1)
        return json.dumps([status(tag, number) for number in numbers]).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):  # noqa: N802
            parts = urlsplit(self.path)
            query = {key: value[0] for key, value in parse_qs(parts.query).items()}
            found = parts.path.startswith("/api/v1/timelines/tag/")
            body = b"{}"
            if found:
                body = page(
                    parts.path.rsplit("/", 1)[1],
                    int(query.get("min_id") or query.get("since_id") or 0),
                    int(query.get("max_id") or posts + 1),
                    int(query.get("limit", 20)),
                    "min_id" in query,
                )
            head = (
                f"HTTP/1.1 {200 if found else 404} OK\r\n"
                "Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            self.wfile.write(head.encode() + body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
