"""People on the networks of ``make peers``, who post, edit and delete."""

from datetime import datetime, timezone

import requests


def utc_now(pattern):
    return datetime.now(timezone.utc).strftime(pattern)


def http_session(token=None):
    session = requests.Session()
    # The environment's proxy is for strangers, these servers are here.
    session.trust_env = False
    if token:
        session.headers["Authorization"] = f"Bearer {token}"
    return session


class MastodonCustomer:
    """A person on a server that speaks Mastodon's API."""

    network = "mastodon"

    def __init__(self, peer, person):
        self.base_url = peer["base_url"]
        self.person = person
        self.name = person["handle"].split("@")[0]
        self.greeting = f"@{peer['accounts'][0]['handle']}"
        self.session = http_session(person["access_token"])

    @staticmethod
    def login(brand):
        """What the company's account needs besides the address."""
        return {"access_token_input": brand["access_token"]}

    def _call(self, method, path, text=None):
        url = f"{self.base_url}/api/v1/statuses{path}"
        data = {"status": f"{self.greeting} {text}"} if text else None
        answer = self.session.request(method, url, data=data, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def post(self, text):
        """Say it to the company; return what ``edit`` and ``delete`` take."""
        return self._call("POST", "", text)

    def edit(self, post, text):
        self._call("PUT", f"/{post['id']}", text)

    def delete(self, post):
        self._call("DELETE", f"/{post['id']}")


class SnacCustomer(MastodonCustomer):
    """A person on snac, which deletes by the form on its own pages only."""

    def delete(self, post):
        answer = http_session().post(
            f"{self.base_url}/{self.name}/admin/action",
            data={
                "id": post["uri"],
                "actor": post["account"]["uri"],
                "action": "Delete",
            },
            auth=(self.name, self.person["password"]),
            allow_redirects=False,
            timeout=30,
        )
        assert answer.status_code == 303, answer.text


class BlueskyCustomer:
    """A person on Bluesky. Its apps edit nothing; the protocol does (putRecord)."""

    network = "bluesky"
    collection = "app.bsky.feed.post"

    def __init__(self, peer, person):
        self.base_url = peer["base_url"]
        self.did = person["did"]
        self.name = person["handle"]
        self.brand = peer["accounts"][0]
        self.session = http_session()
        login = {"identifier": person["handle"], "password": person["password"]}
        token = self._call("server.createSession", login)["accessJwt"]
        self.session = http_session(token)

    @staticmethod
    def login(brand):
        return {"handle": brand["handle"], "password_input": brand["app_password"]}

    def _call(self, name, body):
        url = f"{self.base_url}/xrpc/com.atproto.{name}"
        answer = self.session.post(url, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def _record(self, text, created_at):
        greeting = f"@{self.brand['handle']}"
        mention = {
            "index": {"byteStart": 0, "byteEnd": len(greeting.encode())},
            "features": [
                {"$type": "app.bsky.richtext.facet#mention", "did": self.brand["did"]}
            ],
        }
        return {
            "$type": self.collection,
            "text": f"{greeting} {text}",
            "createdAt": created_at,
            "facets": [mention],
        }

    def post(self, text):
        now = utc_now("%Y-%m-%dT%H:%M:%S.%fZ")
        place = {"repo": self.did, "collection": self.collection}
        record = self._record(text, now)
        made = self._call("repo.createRecord", {**place, "record": record})
        return {"rkey": made["uri"].rsplit("/", 1)[1], "created_at": now}

    def edit(self, post, text):
        place = {"repo": self.did, "collection": self.collection, "rkey": post["rkey"]}
        record = self._record(text, post["created_at"])
        self._call("repo.putRecord", {**place, "record": record})

    def delete(self, post):
        place = {"repo": self.did, "collection": self.collection, "rkey": post["rkey"]}
        self._call("repo.deleteRecord", place)


CUSTOMERS = {
    "bluesky": BlueskyCustomer,
    "mastodon": SnacCustomer,
    "mock": MastodonCustomer,
}
