"""Who posts what and when while the demo runs, and how people take our answers."""

import heapq
import itertools
import random
import re
import threading
import time
from pathlib import Path

from odoo.addons.social_crm.demo.stories import (
    HASHTAGS,
    LANGUAGE_WEIGHTS,
    SEED,
    STARS,
)
from odoo.addons.social_crm.demo.texts import LANGUAGES, MOODS

from .world import Status, World

EVERY = 20, 40  # seconds between two posts
OUTAGE_AT = 300
OUTAGE_POSTS = 24
RESTORED_AFTER = 420
REACTION = 6, 24  # seconds until somebody reacts to our answer
# Who has a login for the portal goes on speaking: she may erase herself at any moment,
# and what she says then is nobody's.
CUSTOMER = "priya"
CUSTOMER_EVERY = 90, 150
CUSTOMER_KINDS = ("praise", "tour", "question")
KINDS = {
    "praise": 16,
    "tour": 12,
    "question": 13,
    "dealer": 6,
    "service": 7,
    "defect": 9,
    "delivery": 6,
    "app": 5,
    "compare": 5,
    "idea": 5,
    "comment": 12,
    "message": 5,
    "review": 10,
    "spam": 3,
}
# What people do when we have answered: by what they had said.
COMPLAINT = {"thanks": 4, "askback": 3, "angry": 2, "edit": 1, "delete": 1}
SECOND_ANSWER = {"thanks": 5, "askback": 1}
FRIENDLY = {"thanks": 3, "like": 1}
QUESTION = {"thanks": 3, "askback": 2}
FRIENDLY_KINDS = ("praise", "tour", "idea", "comment+", "thanks", "peer", "restored")
_LINE = re.compile(
    r"(?P<who>\w+) (?P<at>\d+) (?P<mood>-?[\d.]+)"
    r"(?: to (?P<to>\w+))?(?P<private> private)?: (?P<text>.+)"
)


class Director:
    """Puts actions on the clock and does them. ``speed`` 10 is ten times as fast."""

    def __init__(self, world: World, speed: float = 1.0):
        self.world = world
        self.speed = speed
        self.people = world.teller.people
        self.texts = world.teller.texts
        # Each run goes on otherwise, but always the same way.
        self.rng = random.Random(f"{SEED} {world.runs}")
        self.texts.rng = self.people.rng = self.rng
        self.wake = threading.Condition()
        self.plan = []
        self.order = itertools.count()
        self.stopped = False
        self.last_of = {}
        self._plan_all()

    def _plan_all(self):
        self.after(3, self._post)
        self.after(60, self._customer)
        for line in (
            (Path(__file__).parent / "live.txt").read_text("utf-8").splitlines()
        ):
            if match := _LINE.fullmatch(line):
                self.after(int(match["at"]), self._story, match)
        for number in range(OUTAGE_POSTS):
            seconds = OUTAGE_AT + number * 6 + self.rng.random() * 5
            self.after(seconds, self._outage)
        for number in range(OUTAGE_POSTS // 4):
            self.after(OUTAGE_AT + RESTORED_AFTER + number * 12, self._restored)

    # --- the clock -----------------------------------------------------------

    def after(self, seconds: float, action, *args) -> None:
        with self.wake:
            at = time.monotonic() + seconds / self.speed
            heapq.heappush(self.plan, (at, next(self.order), action, args))
            self.wake.notify()

    def run(self) -> None:
        while not self.stopped:
            with self.wake:
                now = time.monotonic()
                if not self.plan or self.plan[0][0] > now:
                    pause = self.plan[0][0] - now if self.plan else 1
                    self.wake.wait(min(pause, 1))
                    continue
                _at, _order, action, args = heapq.heappop(self.plan)
            action(*args)
            self.world.save()

    def stop(self) -> None:
        with self.wake:
            self.stopped = True
            self.wake.notify()

    # --- everyday ------------------------------------------------------------

    def _language(self):
        return self.rng.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0]

    def _post(self):
        """One post of somebody, and the next one planned."""
        self.after(self.rng.uniform(*EVERY), self._post)
        kind = self.rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]
        language = self._language()
        special = getattr(self, f"_{kind}", None)
        if special:
            special(language)
            return
        person = self.people.somebody(language, "mastodon")
        text = self.texts.say(kind, language)
        if kind in ("tour", "compare") or self.rng.random() < 0.3:
            text = f"{text} {self.rng.choice(HASHTAGS)}"
        else:
            text = f"{self.world.ours.handle} {text}"
        picture = ""
        if kind == "tour" or (kind == "praise" and self.rng.random() < 0.3):
            picture = str(self.rng.randrange(40))
        status = self._say(person.author, text, kind, language, picture=picture)
        if kind in ("question", "app") and self.rng.random() < 0.4:
            self.after(self.rng.uniform(15, 40), self._help, status)

    def _customer(self):
        self.after(self.rng.uniform(*CUSTOMER_EVERY), self._customer)
        person = self.people.by_slug[CUSTOMER]
        kind = self.rng.choice(CUSTOMER_KINDS)
        text = f"{self.texts.say(kind, person.language)} #velorin"
        self._say(person.author, text, kind, person.language)

    def _say(self, author, text, kind, language, parent=None, **values):
        values.setdefault("mood", MOODS.get(kind, 0.0))
        if parent:
            values.setdefault("visibility", parent.visibility)
        return self.world.add(
            author,
            text,
            kind=kind,
            language=language,
            parent=parent.uid if parent else "",
            **values,
        )

    def _to(self, status: Status, text: str, author) -> str:
        handle = self.world.authors[status.author].handle
        return text if status.author == author.uri else f"{handle} {text}"

    def _help(self, status):
        helper = self.people.helper(status.language, "mastodon")
        if status.uid in self.world.statuses and helper.author.uri != status.author:
            text = self.texts.say("peer", status.language)
            text = self._to(status, text, helper.author)
            self._say(helper.author, text, "peer", status.language, status)

    def _comment(self, language):
        """A comment below our newest public post."""
        ours = self.world.stream(
            lambda status: (
                status.author == self.world.ours.uri
                and not status.parent
                and status.visibility == "public"
            )
        )
        post = ours[0]
        person = self.people.somebody(post.language or language, "mastodon")
        kind = self.rng.choices(("comment+", "comment0", "comment-"), (4, 4, 2))[0]
        text = self.texts.say(kind, person.language)
        text = f"{self.world.ours.handle} {text}"
        self._say(person.author, text, kind, person.language, post)

    def _message(self, language):
        person = self.people.somebody(language, "mastodon")
        text = f"{self.world.ours.handle} {self.texts.say('message', language)}"
        self._say(person.author, text, "message", language, visibility="direct")

    def _spam(self, language):
        author = self.rng.choice(self.world.teller.spammers["mastodon"])
        text = f"{self.texts.say('spam', language)} #velorin #win"
        self._say(author, text, "spam", language)

    def _review(self, language):
        stars = self.rng.choices(tuple(STARS), tuple(STARS.values()))[0]
        author = self.people.reviewer(language)
        self.world.add_review(
            author,
            title=self.texts.title(language, stars),
            text=self.texts.say(f"review{stars}", language),
            stars=stars,
            language=language,
        )

    # --- stories -------------------------------------------------------------

    def _story(self, match):
        person = self.people.by_slug[match["who"]]
        parent = self.last_of.get(match["to"]) if match["to"] else None
        text = match["text"]
        if text in self.world.told:
            # Before a restart: it goes on from there.
            said = self.world.stream(
                lambda status: (
                    status.author == person.author.uri and status.text.endswith(text)
                )
            )
            self.last_of[match["who"]] = said[0] if said else None
            return
        self.world.told.append(text)
        if parent:
            text = self._to(parent, text, person.author)
        self.last_of[match["who"]] = self._say(
            person.author,
            text,
            "story",
            person.language,
            parent,
            mood=float(match["mood"]),
            visibility="direct" if match["private"] else "public",
        )

    def _outage(self):
        language = self._language()
        person = self.people.somebody(language, "mastodon")
        text = self.texts.say("outage", language)
        if self.rng.random() < 0.6:
            text = f"{self.world.ours.handle} {text}"
        else:
            text = f"{text} #velorin"
        self._say(person.author, text, "outage", language)

    def _restored(self):
        language = self._language()
        person = self.people.somebody(language, "mastodon")
        text = f"{self.texts.say('restored', language)} #velorin"
        self._say(person.author, text, "restored", language)

    # --- how people take our answers -----------------------------------------

    def answered(self, answer: Status) -> None:
        """We have said something: plan what comes back within half a minute."""
        parent = self.world.statuses.get(answer.parent)
        if not parent:
            for _number in range(self.rng.randint(2, 4)):
                self.after(self.rng.uniform(8, 60), self._comment, answer.language)
            return
        if parent.author == self.world.ours.uri:
            return
        choices = self._choices(parent, answer)
        # The same story takes the same turn.
        rng = random.Random(f"{parent.uid} {choices}")
        reaction = rng.choices(tuple(choices), tuple(choices.values()))[0]
        self.after(self.rng.uniform(*REACTION), self._react, reaction, parent, answer)

    def _choices(self, parent, answer):
        if parent.kind == "spam":
            return {"delete": 1}
        if parent.kind in FRIENDLY_KINDS or (
            parent.kind == "story" and parent.mood > 0.25
        ):
            return FRIENDLY
        above, _below = self.world.thread(answer.uid)
        earlier = [status for status in above if status.author == self.world.ours.uri]
        # Our own post on top of its comments is no answer.
        if any(status.parent for status in earlier):
            return SECOND_ANSWER
        if MOODS.get(parent.kind, parent.mood) < -0.25:
            return COMPLAINT
        return QUESTION

    def _react(self, reaction, parent, answer):
        if parent.uid not in self.world.statuses:
            return
        if reaction == "delete":
            self.world.delete(parent.uid)
        elif reaction == "edit":
            text = self.texts.say("edit", parent.language or "en")
            self.world.edit(parent.uid, f"{parent.text} {text}")
        elif reaction == "like":
            self.world.like(answer.uid)
        else:
            language = parent.language or "en"
            author = self.world.authors[parent.author]
            text = f"{self.world.ours.handle} {self.texts.say(reaction, language)}"
            self._say(author, text, reaction, language, answer)
