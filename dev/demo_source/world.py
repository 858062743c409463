"""What there is on the small network: people, posts, reviews; kept over a restart."""

import hashlib
import json
import os
import threading
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from odoo.addons.social_crm.connectors.records import Author
from odoo.addons.social_crm.demo.stories import Storyteller

PUBLIC = ("public", "unlisted")


@dataclass(frozen=True)
class Status:
    """A post. ``mood`` and ``kind`` tell the director how its author will react."""

    uid: str
    author: str  # its uri
    text: str
    at: datetime
    language: str = ""
    parent: str = ""  # its uid
    visibility: str = "public"
    edited_at: datetime | None = None
    picture: str = ""
    kind: str = ""
    mood: float = 0.0
    likes: int = 0
    reposts: int = 0


@dataclass(frozen=True)
class Review:
    uid: str
    author: str
    name: str
    title: str
    text: str
    stars: int
    at: datetime
    language: str = ""


@dataclass
class World:
    """All of it. Whoever reads or changes it holds ``lock``."""

    began: datetime
    file: Path | None = None
    statuses: dict[str, Status] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)
    authors: dict[str, Author] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)  # idempotency key: uid
    told: list[str] = field(default_factory=list)  # lines of live.txt
    last: int = 0
    runs: int = 0

    def __post_init__(self):
        self.lock = threading.RLock()
        self.changed = False
        self.live = set()
        self.gone = set()
        self.teller = Storyteller(self.began)
        self._tell_history()
        self._load()
        self.runs += 1

    @property
    def ours(self) -> Author:
        return self.teller.people.ours["mastodon"]

    def account_id(self, author: Author) -> str:
        if author.uri == self.ours.uri:
            return "1"
        digest = hashlib.md5(author.uri.encode(), usedforsecurity=False).hexdigest()
        return str(int(digest[:12], 16))

    # --- what was before -----------------------------------------------------

    def _tell_history(self):
        """The same stories as in the demo data: they may be answered, too."""
        kinds = {}
        for said in self.teller.tell():
            if said.network != "mastodon":
                continue
            post = said.post
            self.authors[post.author.uri] = post.author
            kind, mood = kinds.setdefault(post.uri, (said.kind, said.mood or 0.0))
            self.statuses[post.uid] = Status(
                uid=post.uid,
                author=post.author.uri,
                text=post.text,
                at=post.published_at,
                language=post.language,
                parent=post.parent_uid,
                visibility="direct" if post.visibility == "private" else "public",
                edited_at=post.edited_at,
                kind=kind,
                mood=mood,
                likes=post.metrics.get("likes", 0),
                reposts=post.metrics.get("reposts", 0),
            )
            if post.deleted:
                del self.statuses[post.uid]
        for person in self.teller.people.by_slug.values():
            if person.network == "mastodon":
                self.authors[person.author.uri] = person.author
        for author in (self.ours, *self.teller.spammers["mastodon"]):
            self.authors[author.uri] = author
        self.last = max(map(int, self.statuses))

    # --- what happens --------------------------------------------------------

    def next_id(self) -> str:
        """Ids grow with time, and never go back."""
        self.last = max(self.last + 1, int(_now().timestamp() * 1000) << 16)
        return str(self.last)

    def add(self, author: Author, text: str, **values) -> Status:
        with self.lock:
            self.authors.setdefault(author.uri, author)
            status = Status(self.next_id(), author.uri, text, _now(), **values)
            self.statuses[status.uid] = status
            self.live.add(status.uid)
            self.changed = True
            return status

    def edit(self, uid: str, text: str) -> None:
        with self.lock:
            if status := self.statuses.get(uid):
                self.statuses[uid] = replace(status, text=text, edited_at=_now())
                self.live.add(uid)
                self.changed = True

    def delete(self, uid: str) -> Status | None:
        with self.lock:
            status = self.statuses.pop(uid, None)
            if status:
                self.live.discard(uid)
                self.gone.add(uid)
                self.changed = True
            return status

    def like(self, uid: str) -> None:
        with self.lock:
            if status := self.statuses.get(uid):
                self.statuses[uid] = replace(status, likes=status.likes + 1)

    def add_review(self, author: Author, **values) -> Review:
        with self.lock:
            review = Review(
                self.next_id(), author.uri, author.name, at=_now(), **values
            )
            self.reviews.append(review)
            self.changed = True
            return review

    # --- what is asked for ---------------------------------------------------

    def thread(self, uid: str) -> tuple[list[Status], list[Status]]:
        """Return what stands above a post and what stands below it."""
        above, status = [], self.statuses[uid]
        while status := self.statuses.get(status.parent):
            above.insert(0, status)
        below, wanted = [], {uid}
        for uid in sorted(self.statuses, key=int):
            if self.statuses[uid].parent in wanted:
                wanted.add(uid)
                below.append(self.statuses[uid])
        return above, below

    def is_mention(self, status: Status) -> bool:
        return status.author != self.ours.uri and self.ours.handle in status.text

    def stream(self, wanted) -> list[Status]:
        """Return posts that are ``wanted``, newest first."""
        found = [status for status in self.statuses.values() if wanted(status)]
        return sorted(found, key=lambda status: int(status.uid), reverse=True)

    # --- kept over a restart -------------------------------------------------

    def _load(self):
        if not self.file or not self.file.exists():
            return
        state = json.loads(self.file.read_text("utf-8"))
        if state["began"] != self.began.isoformat():
            return  # the demo began again
        for values in state["statuses"]:
            status = Status(**_moments(values))
            self.statuses[status.uid] = status
            self.live.add(status.uid)
        self.reviews = [Review(**_moments(values)) for values in state["reviews"]]
        for uid in state["gone"]:
            self.gone.add(uid)
            self.statuses.pop(uid, None)
        self.sent, self.told = state["sent"], state["told"]
        self.runs = state["runs"]
        self.last = max(self.last, state["last"])
        self.teller.texts.said.update(
            status.text for status in self.statuses.values() if status.uid in self.live
        )

    def save(self) -> None:
        with self.lock:
            if not self.file or not self.changed:
                return
            state = {
                "began": self.began.isoformat(),
                "last": self.last,
                "runs": self.runs,
                "sent": self.sent,
                "told": self.told,
                "gone": sorted(self.gone),
                "statuses": [
                    asdict(self.statuses[uid]) for uid in sorted(self.live, key=int)
                ],
                "reviews": [asdict(review) for review in self.reviews],
            }
            self.changed = False
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(state, default=datetime.isoformat), "utf-8")
        os.replace(part, self.file)


def _moments(values):
    return {
        name: datetime.fromisoformat(value)
        if value and name in ("at", "edited_at")
        else value
        for name, value in values.items()
    }


def _now():
    return datetime.now(timezone.utc)
