"""The inbox as the web client opens it, and the numbers on the cards of the teams.

An agent in three of eight teams, two companies, private messages, and a third of all
conversations open: what the office finds after a bad week.
"""

import json
import random
import time

from lxml import etree

from odoo.fields import Command
from odoo.service.model import call_kw

from ..console import say
from . import runtime

MODEL = "social.crm.conversation"
NAMED = ("many2one", "many2many")
WARM = 5
FIGURES = {
    "list": "inbox_p95_ms",
    "cards": "team_cards_p95_ms",
    "reading": "reading_p95_ms",
}
# What the widget of a row adds, see inbox_row.js.
ROW = (
    "identity_id",
    "author_name",
    "network",
    "network_icon",
    "visibility",
    "mood",
    "state",
    "unread",
    "waiting_since",
    "last_mention_at",
    "last_out_at",
    "user_id",
)


def run(database, rounds=5, calls=30):
    with runtime.environment(database) as env:
        user, conversations = _office(env)
        env.cr.commit()
    with runtime.environment(database, user) as env:
        arguments, ids = _arguments(env)
    works = {
        "list": lambda env: _list(env, arguments),
        "cards": _cards,
        "reading": lambda env: _reading(env, random.choice(ids)),
    }
    spent = {name: [] for name in works}
    for _number in range(rounds):
        for name, work in works.items():
            times = [_call(database, user, work) for _n in range(calls)]
            spent[name].append(times[WARM:])
    found = {}
    for name, key in FIGURES.items():
        p95 = [runtime.percentile(times, 0.95) for times in spent[name]]
        half = runtime.median([runtime.median(times) for times in spent[name]])
        found[key] = 1000 * runtime.median(p95)
        say(f"  {name:6} median {half * 1000:6.1f} ms, p95 {found[key]:6.1f} ms")
    say(f"  {conversations:,} conversations")
    return found


def _office(env):
    """Spread the conversations over teams, states and companies; return the agent."""
    teams = env["social.crm.team"].create(
        [{"name": f"Team {n}", "company_id": env.company.id} for n in range(8)]
    )
    group = env.ref("social_crm.group_user")
    agent = env["res.users"].create(
        {"name": "Agent", "login": "inbox_agent", "group_ids": [Command.link(group.id)]}
    )
    teams[:3].write({"member_ids": [Command.link(agent.id)]})
    other = env["res.company"].create({"name": "The other company"})
    env.flush_all()
    env.cr.execute(
        """
        UPDATE social_crm_conversation SET
            -- The ninth of nine has no team.
            team_id = (%s::int[])[1 + id %% 9],
            company_id = CASE WHEN id %% 5 = 0 THEN %s ELSE company_id END,
            visibility = CASE WHEN id %% 50 = 0 THEN 'private' ELSE 'public' END,
            state = CASE WHEN id %% 10 > 2 THEN 'done'
                         WHEN id %% 2 = 0 THEN 'new' ELSE 'open' END,
            waiting_since = CASE WHEN id %% 10 > 2 THEN NULL ELSE last_in_at END,
            unread = id %% 10 < 2
        """,
        [teams.ids, other.id],
    )
    count = env.cr.rowcount
    env.cr.execute("ANALYZE social_crm_conversation")
    return agent.id, count


def _arguments(env):
    """What the list asks for when the menu is clicked: its columns, its filters."""
    model = env[MODEL]
    view = env.ref("social_crm.social_crm_conversation_view_inbox")
    views = model.get_views([(view.id, "list")])["views"]
    arch = etree.fromstring(views["list"]["arch"])
    names = [*(node.get("name") for node in arch.iter("field")), *ROW]
    domain = [
        ("state", "in", ("new", "open")),
        "|",
        ("user_id", "=", env.uid),
        ("user_id", "=", False),
    ]
    display = {"fields": {"display_name": {}}}
    arguments = {
        "domain": domain,
        "specification": {
            name: display if model._fields[name].type in NAMED else {} for name in names
        },
        "order": arch.get("default_order"),
        "limit": 80,
        "count_limit": int(arch.get("count_limit", 10_000)) + 1,
    }
    return arguments, model.search(domain, limit=1000).ids


def _list(env, arguments):
    page = call_kw(env[MODEL], "web_search_read", [], arguments)
    if len(page["records"]) != arguments["limit"]:
        raise RuntimeError("the page is not full")
    return page


def _cards(env):
    names = ("name", "open_count", "unassigned_count")
    options = {"domain": [], "specification": dict.fromkeys(names, {})}
    return call_kw(env["social.crm.team"], "web_search_read", [], options)


def _reading(env, conversation_id):
    """A conversation of the list, as a key brings it to the reading pane."""
    return call_kw(env[MODEL], "social_read", [[conversation_id]], {})


def _call(database, user, work):
    begin = time.perf_counter()
    with runtime.environment(database, user) as env:
        json.dumps(work(env), default=str)
    return time.perf_counter() - begin
