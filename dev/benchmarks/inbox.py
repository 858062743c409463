"""The inbox as the web client opens it, and the numbers on the cards of the teams.

An agent in three of eight teams, two companies, private messages, and a third of all
conversations open: what the office finds after a bad week.
"""

import json
import time

from lxml import etree

from odoo.fields import Command
from odoo.service.model import call_kw

from ..console import say
from . import runtime

MODEL = "social.crm.conversation"
NAMED = ("many2one", "many2many")
WARM = 5


def run(database, rounds=5, calls=30):
    with runtime.environment(database) as env:
        user, conversations = _office(env)
        env.cr.commit()
    with runtime.environment(database, user) as env:
        arguments = _arguments(env)
    spent = {"list": [], "cards": []}
    for _number in range(rounds):
        for name, work in (("list", _list), ("cards", _cards)):
            times = [_call(database, user, work, arguments) for _n in range(calls)]
            spent[name].append(times[WARM:])
    found = {}
    for name, key in (("list", "inbox_p95_ms"), ("cards", "team_cards_p95_ms")):
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
    views = model.get_views([(False, "list")])["views"]
    arch = etree.fromstring(views["list"]["arch"])
    names = dict.fromkeys(node.get("name") for node in arch.iter("field"))
    display = {"fields": {"display_name": {}}}
    return {
        "domain": [
            ("state", "in", ("new", "open")),
            "|",
            ("user_id", "=", env.uid),
            ("user_id", "=", False),
        ],
        "specification": {
            name: display if model._fields[name].type in NAMED else {} for name in names
        },
        "limit": 80,
        "count_limit": int(arch.get("count_limit", 10_000)) + 1,
    }


def _list(env, arguments):
    page = call_kw(env[MODEL], "web_search_read", [], arguments)
    if len(page["records"]) != arguments["limit"]:
        raise RuntimeError("the page is not full")
    return page


def _cards(env, _arguments):
    names = ("name", "open_count", "unassigned_count")
    options = {"domain": [], "specification": dict.fromkeys(names, {})}
    return call_kw(env["social.crm.team"], "web_search_read", [], options)


def _call(database, user, work, arguments):
    begin = time.perf_counter()
    with runtime.environment(database, user) as env:
        json.dumps(work(env, arguments), default=str)
    return time.perf_counter() - begin
