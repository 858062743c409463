"""What was said about Velorin in the 90 days before a moment: seeded, always the same.

The result are the records that connectors return, so that the add-on stores them the
way it stores what a network says.
"""

import random
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from ..connectors.records import Author, Post
from .people import REVIEWS, People
from .strangers import STRANGERS
from .texts import FOLDER, LANGUAGES, MOODS, Texts

SEED = "velorin"
DAYS = 90
LANGUAGE_WEIGHTS = (34, 25, 16, 14, 11)
NETWORK_WEIGHTS = {"mastodon": 60, "bluesky": 40}
# How many of a kind, and how often we answer.
EVERYDAY = {
    "praise": (300, 0.15, "ans+"),
    "tour": (140, 0.08, "ans+"),
    "question": (200, 0.5, "ans0"),
    "dealer": (90, 0.6, "ans0"),
    "service": (110, 0.65, "ans-"),
    "defect": (165, 0.6, "ans-"),
    "delivery": (110, 0.7, "ans-"),
    "app": (90, 0.5, "ans-"),
    "compare": (80, 0.4, "ans0"),
    "idea": (75, 0.3, "ans+"),
    "job": (12, 0, ""),
    "press": (8, 0, ""),
}
SPAM, MESSAGES, REVIEW_COUNT, OUR_POSTS, OUTAGE = 60, 80, 260, 28, 130
STARS = {5: 45, 4: 22, 3: 12, 2: 9, 1: 12}
OUTAGE_DAYS_AGO = 23
EDITS, DELETIONS = 8, 4
# People speak by day.
HOURS = (1, 1, 0, 0, 0, 1, 3, 6, 8, 7, 6, 6, 8, 7, 6, 6, 7, 9, 9, 8, 8, 7, 5, 2)
HASHTAGS = ("#velorin", "#velorin #ebike", "#ebike #velorin", "#velorin #cargobike")
# How the threads call us on Mastodon; elsewhere the handle is written in full.
SHORT_HANDLE = re.compile(r"(?<!\w)@velorin\b(?![@.]\w)")
SPAMMERS = ("E-Bike Outlet 24", "Win A Ride", "Leo Crypto Coach", "Deals4Wheels")


@dataclass(frozen=True)
class Said:
    """One event: something said, edited or deleted at ``at``.

    ``feed`` is the kind of stream that brings it; ``kind`` the section of the texts;
    ``story`` the thread of ``threads.txt`` that it belongs to.
    """

    network: str
    feed: str
    at: object
    post: Post
    mood: float | None = None
    kind: str = ""
    story: str = ""
    language: str = ""


def tell(now):
    """Return all events of the 90 days before ``now`` (aware UTC), oldest first."""
    return Storyteller(now).tell()


class Storyteller:
    def __init__(self, now):
        self.now = now.replace(second=0, microsecond=0)
        self.rng = random.Random(SEED)
        self.texts = Texts(self.rng, self.now.year)
        self.people = People(self.rng, self.texts, self.now)
        self.spammers = self._make_spammers()
        self.events = []
        self.number = 0

    def tell(self):
        self._threads()
        for kind, (count, answered, answer) in EVERYDAY.items():
            for _number in range(count):
                self._everyday(kind, answered, answer)
        for _number in range(MESSAGES):
            self._message()
        for _number in range(REVIEW_COUNT):
            self._review()
        for _number in range(SPAM):
            self._spam()
        for number in range(OUR_POSTS):
            self._our_post(self._moment(), "own", number)
        self._outage()
        self._edit_and_delete()
        for stranger in STRANGERS:
            self._speak(stranger)
        self._count_replies()
        return sorted(self.events, key=lambda said: (said.at, said.post.uri))

    # --- small things --------------------------------------------------------

    def _language(self):
        return self.rng.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0]

    def _network(self):
        return self.rng.choices(
            tuple(NETWORK_WEIGHTS), tuple(NETWORK_WEIGHTS.values())
        )[0]

    def _moment(self, days=DAYS):
        """A moment of the last days, more in the recent ones."""
        ago = days * self.rng.random() ** 1.15
        day = self.now - timedelta(days=ago)
        hour = self.rng.choices(range(24), HOURS)[0]
        at = day.replace(hour=hour, minute=self.rng.randrange(60))
        if at > self.now - timedelta(minutes=5):
            at -= timedelta(days=1)
        return at

    def _later(self, at, hours):
        """Some time after ``at``, None when that is still to come."""
        at += timedelta(hours=hours * self.rng.lognormvariate(0, 0.7) + 0.05)
        at = at.replace(second=self.rng.randrange(60))
        return at if at < self.now - timedelta(minutes=4) else None

    def _mood(self, kind):
        mood = MOODS.get(kind)
        if mood is None:
            return None
        return round(max(-1, min(1, mood + self.rng.choice((-0.1, 0, 0, 0.1)))), 1)

    def _make_spammers(self):
        spammers = {"mastodon": [], "bluesky": []}
        for name in SPAMMERS:
            user = name.lower().replace(" ", "").replace("-", "")
            for network in spammers:
                uri = f"did:plc:demo{user}"
                url = f"https://bsky.example/profile/{user}.bsky.example"
                handle = f"{user}.bsky.example"
                if network == "mastodon":
                    uri = f"https://free.example/users/{user}"
                    url, handle = (
                        f"https://free.example/@{user}",
                        f"@{user}@free.example",
                    )
                spammers[network].append(Author(uri, uri, handle, name, url))
        return spammers

    # --- one post ------------------------------------------------------------

    def _say(self, author, at, text, like=None, parent=None, **values):
        """Note that ``author`` said ``text``; ``like`` gives the rest."""
        post = parent.post if parent else None
        at = at.replace(microsecond=0)
        said = replace(like, at=at, **values)
        network, private = said.network, said.feed == "messages"
        own = author == self.people.ours[network]
        self.number += 1
        millis = int(at.timestamp() * 1000)
        if network == "mastodon":
            # As the network makes them: they grow with time.
            uid = str((millis << 16) + self.number)
            uri, url = f"{author.uri}/statuses/{uid}", f"{author.url}/{uid}"
        else:
            key = f"{millis:x}{self.number:04x}"
            uid = uri = f"at://{author.uri}/app.bsky.feed.post/{key}"
            url = f"{author.url}/post/{key}"
        said = replace(
            said,
            post=Post(
                uid=uid,
                uri=uri,
                author=author,
                text=self._address(text, network, author, post, private),
                url=url,
                published_at=at,
                kind="message" if private else "comment" if parent else "post",
                parent_uid=post.uid if post else "",
                parent_uri=post.uri if post else "",
                parent_is_own=bool(post and post.is_own),
                thread_uri=(post.thread_uri or post.uri) if post else "",
                visibility="private" if private else "public",
                metrics={} if private else self._metrics(said),
                language=said.language,
                is_own=own,
            ),
        )
        self.events.append(said)
        return said

    def _address(self, text, network, author, parent=None, private=False):
        """Say to whom it is said, as the network shows it."""
        ours = self.people.ours[network].handle
        if network != "mastodon":
            return text
        text = SHORT_HANDLE.sub(ours, text)
        to = ours if private else ""
        if parent and parent.author != author:
            to = parent.author.handle
        return text if not to or to in text else f"{to} {text}"

    def _metrics(self, said):
        fame = 1.6 if said.kind == "own" else 0.4 if said.kind in MOODS else 0
        likes = int(self.rng.lognormvariate(fame, 1.1)) if said.kind else 0
        return {"likes": likes, "reposts": likes // self.rng.randint(3, 9)}

    def _answer(self, said, kind, hours=5):
        """Our answer to ``said``, None when it is not yet time."""
        at = self._later(said.at, hours)
        if not at:
            return None
        name = (said.post.author.name or said.post.author.handle).split()[0]
        text = self.texts.say(kind, said.language, name=name)
        author = self.people.ours[said.network]
        return self._say(author, at, text, said, said, kind=kind, mood=None)

    def _react(self, answer, author, kinds, weights, hours=7):
        """How the person takes our answer."""
        at = self._later(answer.at, hours)
        if at:
            kind = self.rng.choices(kinds, weights)[0]
            text = self.texts.say(kind, answer.language)
            self._say(
                author, at, text, answer, answer, kind=kind, mood=self._mood(kind)
            )

    # --- what happens --------------------------------------------------------

    def _everyday(self, kind, answered, answer_kind):
        language, network = self._language(), self._network()
        if not self._has(kind, language):
            language = "en"
        at = self._moment()
        person = self.people.somebody(language, network)
        text = self.texts.say(kind, language)
        to_us = kind not in ("tour", "compare") and self.rng.random() < 0.65
        handle = self.people.ours[network].handle
        if not handle.startswith("@"):
            handle = f"@{handle}"
        if to_us and self.rng.random() < 0.7:
            text = f"{handle} {text}"
        elif to_us:
            text = f"{text} {handle}"
        else:
            text = f"{text} {self.rng.choice(HASHTAGS)}"
        feed = "mentions" if to_us else "hashtag" if network == "mastodon" else "search"
        like = Said(network, feed, at, None, self._mood(kind), kind, "", language)
        said = self._say(person.author, at, text, like)
        if kind in ("question", "app") and self.rng.random() < 0.25:
            self._help(said)
        if self.rng.random() < answered:
            answer = self._answer(said, answer_kind)
            if answer and answer_kind == "ans-" and self.rng.random() < 0.5:
                kinds = ("thanks", "askback", "angry")
                self._react(answer, person.author, kinds, (5, 3, 2), 14)
            elif answer and kind in ("question", "dealer") and self.rng.random() < 0.4:
                self._react(answer, person.author, ("thanks", "askback"), (4, 1))

    def _has(self, kind, language):
        return bool(self.texts.sections[language].get(kind))

    def _help(self, said):
        """A fan is faster than we are."""
        helper = self.people.helper(said.language, said.network)
        at = self._later(said.at, 1.5)
        if at and helper.author != said.post.author:
            text = self.texts.say("peer", said.language)
            mood = self._mood("peer")
            help_ = self._say(
                helper.author, at, text, said, said, kind="peer", mood=mood
            )
            if self.rng.random() < 0.5:
                self._react(help_, said.post.author, ("thanks",), (1,), 2)

    def _message(self):
        # Bluesky's messages are out of the connector's reach.
        language, network = self._language(), "mastodon"
        person = self.people.somebody(language, network)
        at = self._moment()
        mood = self._mood("message")
        like = Said(network, "messages", at, None, mood, "message", "", language)
        said = self._say(person.author, at, self.texts.say("message", language), like)
        if self.rng.random() < 0.75:
            answer = self._answer(said, "ans_message", 4)
            if answer and self.rng.random() < 0.6:
                kinds = ("thanks", "askback")
                self._react(answer, person.author, kinds, (4, 1), 4)

    def _review(self):
        language, at = self._language(), self._moment().replace(microsecond=0)
        stars = self.rng.choices(tuple(STARS), tuple(STARS.values()))[0]
        kind = f"review{stars}"
        text = self.texts.say(kind, language)
        self.number += 1
        uri = f"{REVIEWS}/reviews/{self.number}"
        post = Post(
            uid=uri,
            uri=uri,
            author=self.people.reviewer(language),
            text=text,
            title=self.texts.title(language, stars),
            url=uri,
            published_at=at,
            kind="review",
            rating=float(stars),
            language=language,
        )
        mood = self._mood(kind)
        self.events.append(Said("feed", "feed", at, post, mood, kind, "", language))

    def _speak(self, stranger):
        at = self.now - timedelta(hours=stranger.hours)
        feed = "search" if stranger.network == "bluesky" else "hashtag"
        like = Said(stranger.network, feed, at, None, 0.0, language=stranger.language)
        self._say(stranger.author(), at, stranger.text, like)

    def _spam(self):
        language, network = self._language(), self._network()
        author = self.rng.choice(self.spammers[network])
        text = self.texts.say("spam", language) + " #velorin #ebike #win"
        feed = "hashtag" if network == "mastodon" else "search"
        at = self._moment()
        like = Said(network, feed, at, None, self._mood("spam"), "spam", "", language)
        self._say(author, at, text, like)

    def _our_post(self, at, kind, number=0, language=None, network=None, comments=None):
        """A post of ours; each comment opens a branch of its own."""
        rng = self.rng
        language = language or ("en" if number % 2 else self._language())
        network = network or self._network()
        like = Said(network, "own", at, None, None, kind, "", language)
        text = f"{self.texts.say(kind, language)} #velorin"
        ours = self._say(self.people.ours[network], at, text, like)
        for _number in range(rng.randint(3, 12) if comments is None else comments):
            moment = self._later(at, 9)
            if not moment:
                continue
            person = self.people.somebody(language, network)
            section = rng.choices(("comment+", "comment0", "comment-"), (5, 4, 2))[0]
            comment = self._say(
                person.author,
                moment,
                self.texts.say(section, language),
                replace(like, feed="mentions"),
                ours,
                kind=section,
                mood=self._mood(section),
            )
            self._branch(comment, section)
        return ours

    def _branch(self, comment, section):
        if section == "comment0" and self.rng.random() < 0.3:
            self._help(comment)
        if section != "comment+" and self.rng.random() < 0.6:
            answer = self._answer(comment, "ans0" if section == "comment0" else "ans-")
            if answer and self.rng.random() < 0.4:
                kinds = ("thanks", "askback")
                self._react(answer, comment.post.author, kinds, (3, 2))

    def _outage(self):
        """The app's server falls over one afternoon, and everybody is locked out."""
        rng = self.rng
        start = self.now - timedelta(days=OUTAGE_DAYS_AGO)
        start = start.replace(hour=15, minute=10)
        posts = {
            (language, network): self._our_post(
                start + timedelta(minutes=24 + 3 * number),
                "own_outage",
                language=language,
                network=network,
                comments=0,
            )
            for number, (language, network) in enumerate(
                (language, network)
                for language in LANGUAGES
                for network in NETWORK_WEIGHTS
            )
        }
        for _number in range(OUTAGE):
            language, network = self._language(), self._network()
            at = start + timedelta(minutes=min(rng.expovariate(1 / 32), 170))
            ours = posts[language, network]
            commented = at > ours.at and rng.random() < 0.5
            person = self.people.somebody(language, network)
            text = self.texts.say("outage", language)
            if not commented:
                text = f"{text} #velorin"
            feed = "mentions" if commented else "hashtag"
            feed = "search" if feed == "hashtag" and network == "bluesky" else feed
            mood = self._mood("outage")
            like = Said(network, feed, at, None, mood, "outage", "", language)
            said = self._say(person.author, at, text, like, ours if commented else None)
            if rng.random() < 0.35:
                self._answer(said, "ans_outage", 0.4)
            if rng.random() < 0.3:
                kind = "restored"
                self._say(
                    person.author,
                    start + timedelta(minutes=rng.randint(172, 300)),
                    self.texts.say(kind, language),
                    said,
                    said,
                    kind=kind,
                    mood=self._mood(kind),
                )

    # --- stories told line by line -------------------------------------------

    def _threads(self):
        lines = (FOLDER / "threads.txt").read_text("utf-8").splitlines()
        for line in lines:
            if line.startswith("== "):
                name, language, network, ago = line[3:].split(" | ")
                number, unit = ago.split()[:2]
                unit = "hours" if unit.startswith("hour") else "days"
                start = self.now - timedelta(**{unit: int(number)})
                thread = _Thread(self, name, language, network, start)
            elif line and not line.startswith("#"):
                thread.line(line)

    # --- afterwards ----------------------------------------------------------

    def _edit_and_delete(self):
        """Some think again: they edit, or take it back."""
        old = self.now - timedelta(days=1)
        answered = {said.post.parent_uri for said in self.events}
        angry = [
            said
            for said in self.events
            if said.kind in ("service", "defect", "delivery")
            and said.at < old
            and said.post.uri not in answered
        ]
        for said in self.rng.sample(angry, EDITS + DELETIONS)[:EDITS]:
            at = said.at + timedelta(hours=self.rng.randint(1, 20))
            text = f"{said.post.text} {self.texts.say('edit', said.language)}"
            post = replace(said.post, text=text, edited_at=at)
            self.events.append(replace(said, at=at, post=post, mood=0.0))
            angry.remove(said)
        for said in self.rng.sample(angry, DELETIONS):
            at = said.at + timedelta(hours=self.rng.randint(1, 20))
            post = replace(said.post, deleted=True)
            self.events.append(replace(said, at=at, post=post))

    def _count_replies(self):
        replies = Counter(said.post.parent_uri for said in self.events)
        for number, said in enumerate(self.events):
            if said.post.metrics:
                metrics = {**said.post.metrics, "replies": replies[said.post.uri]}
                post = replace(said.post, metrics=metrics)
                self.events[number] = replace(said, post=post)


class _Thread:
    """Reads the lines of one story of ``threads.txt``."""

    def __init__(self, teller, name, language, network, start):
        self.teller = teller
        self.start = start
        self.like = Said(network, "", start, None, None, "story", name, language)
        self.feed = ""
        self.last = {"public": None, "private": None}
        self.last_of = {}

    def line(self, line):
        head, _colon, text = line.partition(": ")
        who, *words = head.split()
        hours = next(float(word[:-1]) for word in words if word.endswith("h"))
        moods = [word for word in words if word.lstrip("-").replace(".", "").isdigit()]
        at = self.start + timedelta(hours=hours, minutes=len(text) % 50)
        at = min(at, self.teller.now - timedelta(minutes=6))
        mood = float(moods[0]) if moods else None
        people = self.teller.people
        if who == "us":
            author = people.ours[self.like.network]
        else:
            author = people.by_slug[who].author
        if "edits" in words or "deletes" in words:
            self._change(who, at, text, mood)
            return
        way = "private" if "private" in words else "public"
        parent = None if "new" in words else self.last[way] or self.last["public"]
        feed = "messages" if way == "private" else self._feed(text, parent)
        like = replace(self.like, feed=feed, mood=mood)
        said = self.teller._say(author, at, text, like, parent)
        self.last[way] = self.last_of[who] = said

    def _feed(self, text, parent):
        if parent and parent.feed != "messages":
            return parent.feed
        if "@velorin" in text:
            return "mentions"
        return "hashtag" if self.like.network == "mastodon" else "search"

    def _change(self, who, at, text, mood):
        said = self.last_of[who]
        post = replace(said.post, deleted=True)
        if text:
            text = self.teller._address(text, said.network, said.post.author)
            post = replace(said.post, text=text, edited_at=at)
        mood = said.mood if mood is None else mood
        self.teller.events.append(replace(said, at=at, post=post, mood=mood))


def current(events):
    """Return {uri: Post} of what is still there after all events."""
    posts = {}
    for said in events:
        if said.post.deleted:
            posts.pop(said.post.uri, None)
        else:
            posts[said.post.uri] = said.post
    return posts
