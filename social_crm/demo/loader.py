"""Brings the stories into the database, the way pages of a network come in."""

import random
from collections import defaultdict
from datetime import timedelta, timezone

from odoo import fields
from odoo.tools import SQL

from .people import PERSONAS
from .stories import SEED, tell

# Events that are stored together: in the order in which they happened.
CHUNK = 200
# Our own posts first: comments on them look for them.
FEED_ORDER = ("own", "mentions", "hashtag", "search", "messages", "feed")
RECENT = timedelta(days=7)
TABLES = (
    "social_crm_identity",
    "social_crm_conversation",
    "social_crm_mention",
    "social_crm_mention_source",
)
# Whose work it is, by what is said; the rest is the service team's.
TEAM_OF = {
    "praise": "marketing",
    "tour": "marketing",
    "idea": "marketing",
    "press": "marketing",
    "job": "marketing",
    "spam": "marketing",
    "comment+": "marketing",
    "compare": "sales",
    "dealer": "sales",
}
TEAM_OF_STORY = {
    "prospect": "sales",
    "prospect-fr": "sales",
    "prospect-it": "sales",
    "fleet": "sales",
    "school": "sales",
    "rental": "sales",
    "ontario": "sales",
    "vlog": "marketing",
    "press": "marketing",
    "fan": "marketing",
    "fan-de": "marketing",
    "idea": "marketing",
}
# Few follow her, many ask her.
VIP = "anke"
USER_OF = {"service": "service", "marketing": None, "sales": "sales"}


def load(env, module="social_crm", user=None):
    """Store 90 days of stories for the demo accounts; once only.

    ``module`` is whose external ids name the accounts, contacts and teams of the
    stories; what they name in turn gets one there. ``user`` does the work of people who
    have none (by default the administrator).
    """
    env = env(
        context={
            **env.context,
            "tracking_disable": True,
            "mail_create_nosubscribe": True,
            "mail_notrack": True,
        }
    )
    Loader(env, module, user or env.ref("base.user_admin")).load()


def introduce(env, module="social_crm"):
    """Say who the people of the stories are, when their leads are there, too.

    Nothing was sold to them in Odoo: that they are customers, a user says.
    """
    names = [("module", "=", module), ("model", "=", "social.crm.identity")]
    people = env["social.crm.identity"].browse(
        env["ir.model.data"].search(names).mapped("res_id")
    )
    people._look_again()
    people = people.with_context(tracking_disable=True)
    known = people.filtered(lambda person: person.author_kind == "prospect")
    known.author_kind_manual = "customer"
    if vip := env.ref(f"{module}.demo_identity_{VIP}", raise_if_not_found=False):
        vip.with_context(tracking_disable=True).is_vip = True


class Loader:
    def __init__(self, env, module, user):
        self.env = env
        self.module = module
        self.user = user
        self.rng = random.Random(SEED)
        account = self._ref("account_mastodon")
        # Kept by the account: whoever tells the stories again tells the same ones.
        self.now = account.create_date.replace(tzinfo=timezone.utc)
        self.company = account.company_id

    def load(self):
        events = tell(self.now)
        if self._mentions([events[0].post.uri]):
            return
        for start in range(0, len(events), CHUNK):
            self._ingest(events[start : start + CHUNK])
            if start in (0, 4 * CHUNK):
                self._count()
        self._count()
        self._link(events)
        mentions = self._mentions([said.post.uri for said in events])
        self._set_moods(events, mentions)
        self._name_stories(events, mentions)
        self._hand_out(events, mentions)

    def _count(self):
        """Tell PostgreSQL how many rows there are by now.

        Nobody else can: they are not committed. Where examples came and went before, it
        would take the tables for empty and seek each row among all others (measured:
        200 s instead of 6).
        """
        self.env.flush_all()
        for name in TABLES:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(name)))

    def _ref(self, name):
        return self.env.ref(f"{self.module}.demo_{name}")

    def _ingest(self, events):
        """Store events; what changes an earlier one of them goes into the next page."""
        while events:
            pages, later, seen = defaultdict(list), [], set()
            for said in events:
                if said.post.uri in seen:
                    later.append(said)
                else:
                    seen.add(said.post.uri)
                    pages[said.network, said.feed].append(said.post)
            for network, kind in sorted(
                pages, key=lambda key: (key[0], FEED_ORDER.index(key[1]))
            ):
                feed = self._ref(f"feed_{network}_{kind}")
                posts = pages[network, kind]
                self.env["social.crm.mention"]._ingest(feed, posts)
            events = later

    def _mentions(self, uris):
        return self.env["social.crm.mention"].search_fetch(
            [("company_id", "=", self.company.id), ("uri", "in", uris)],
            ["uri", "conversation_id", "identity_id", "direction", "published_at"],
        )

    def _link(self, events):
        """Say which profile is which contact, and what kind of people they are."""
        names = {name: slug for slug, (name, *_rest) in PERSONAS.items()}
        authors = [said.post.author for said in events if said.network != "feed"]
        uris = {author.uri for author in authors if author.name in names}
        for identity in self._identities(list(uris)):
            slug = names[identity.name]
            _name, _language, network, basis = PERSONAS[slug]
            if network != identity.network:
                continue
            self._name(f"demo_identity_{slug}", identity)
            if basis:
                partner = self._ref(f"partner_{slug}")
                identity._link(partner, basis)
        networks = {said.network for said in events}
        accounts = [self._ref(f"account_{network}") for network in networks]
        ours = self._identities([account.own_uri for account in accounts])
        ours.author_kind = "ours"

    def _identities(self, uris):
        return self.env["social.crm.identity"].search(
            [("company_id", "=", self.company.id), ("uri", "in", uris)]
        )

    def _name(self, name, record):
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"{self.module}.{name}", "record": record, "noupdate": True}]
        )

    def _set_moods(self, events, mentions):
        """Moods of mentions, and of conversations: that of the last thing they said."""
        mood_of = {said.post.uri: said.mood for said in events}
        by_mood = defaultdict(self.env["social.crm.mention"].browse)
        last = {}
        for mention in mentions.sorted("published_at"):
            mood = mood_of[mention.uri]
            if mood is None or mention.direction == "out":
                continue
            by_mood[mood] |= mention
            last[mention.conversation_id] = mood
        for mood, said in by_mood.items():
            said.write({"sentiment": mood, "sentiment_label": _label(mood)})
        by_label = defaultdict(self.env["social.crm.conversation"].browse)
        for conversation, mood in last.items():
            by_label[_label(mood)] |= conversation
        for label, conversations in by_label.items():
            conversations.write({"mood": label})

    def _name_stories(self, events, mentions):
        """Let leads and tickets of the demo refer to the conversations of stories.

        Those with the person who began it: demo_conversation_STORY, then …_2, …_3.
        """
        by_uri = {mention.uri: mention for mention in mentions}
        beginner, named = {}, defaultdict(list)
        for said in events:
            mention = by_uri.get(said.post.uri)
            if not said.story or not mention or mention.direction == "out":
                continue
            who = beginner.setdefault(said.story, mention.identity_id)
            conversation = mention.conversation_id
            if mention.identity_id != who or conversation in named[said.story]:
                continue
            named[said.story].append(conversation)
            number = len(named[said.story])
            name = f"demo_conversation_{said.story.replace('-', '_')}"
            self._name(name if number == 1 else f"{name}_{number}", conversation)
        self.named = {
            conversation
            for conversations in named.values()
            for conversation in conversations
        }

    def _hand_out(self, events, mentions):
        """Teams for all; of the recent conversations some are taken, some are done."""
        team_of = {}
        by_uri = {mention.uri: mention for mention in mentions}
        for said in events:
            mention = by_uri.get(said.post.uri)
            if mention and mention.conversation_id and mention.direction == "in":
                team = TEAM_OF_STORY.get(said.story) or TEAM_OF.get(said.kind)
                team_of.setdefault(mention.conversation_id, team or "service")
        by_team = defaultdict(self.env["social.crm.conversation"].browse)
        for conversation, team in team_of.items():
            by_team[team] |= conversation
        since = fields.Datetime.now() - RECENT
        for name, conversations in by_team.items():
            team = self._ref(f"team_{name}")
            conversations.write({"team_id": team.id})
            self._work(
                conversations.filtered(
                    # What leads and tickets are about stays as the story left it.
                    lambda conversation: (
                        conversation.last_mention_at >= since
                        and conversation not in self.named
                    )
                ),
                USER_OF[name],
            )

    def _work(self, conversations, login):
        """What a busy team has done with its inbox by now."""
        name = f"{self.module}.demo_user_{login}"
        user = login and self.env.ref(name, raise_if_not_found=False) or self.user
        values = {
            "taken": {"user_id": user.id, "state": "open", "unread": False},
            "done": {"state": "done", "unread": False, "waiting_since": False},
            "seen": {"unread": False},
            "new": {},
        }
        groups = defaultdict(conversations.browse)
        for conversation in conversations.sorted("id"):
            waits = conversation.state in ("new", "open")
            weights = (3, 3, 1, 3) if waits else (0, 2, 3, 0)
            # What somebody said in the last day is mostly still to be read.
            fresh = conversation.last_mention_at > fields.Datetime.now() - timedelta(1)
            if waits and fresh:
                weights = (1, 0, 0, 5)
            groups[self.rng.choices(tuple(values), weights)[0]] |= conversation
        for name, group in groups.items():
            if values[name]:
                group.write(values[name])


def _label(mood):
    if mood > 0.25:
        return "positive"
    return "negative" if mood < -0.25 else "neutral"
