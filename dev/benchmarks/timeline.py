"""The first page of timelines, as the web client asks for it, large and small.

A call is the server's part of one request: a new transaction with empty caches, the
rules of a plain user, the answer as JSON. Both databases take turns, so that whatever
else the machine does meets both.
"""

import json
import random
import time

from odoo.fields import Command
from odoo.service.model import call_kw

from ..console import say
from . import runtime, table

LIMIT = 30
WARM = 20
OTHERS = ("company", "lead", "heavy")
PATIENCE = 240  # seconds


def run(large, small, rounds=5, calls=200):
    """``large`` and ``small`` are [database, number of mentions]."""
    sides = {name: _Side(*side) for name, side in (("large", large), ("small", small))}
    spent, begin = {}, time.monotonic()
    for number in range(rounds):
        if time.monotonic() - begin > PATIENCE:
            break  # far beyond every goal: more rounds would not tell more
        for name, times in _round(sides, number, calls).items():
            spent.setdefault(name, []).append(times)
    p95 = {
        name: runtime.median([runtime.percentile(times, 0.95) for times in rounds])
        for name, rounds in spent.items()
    }
    half = {
        name: runtime.median([runtime.median(times) for times in rounds])
        for name, rounds in spent.items()
    }
    for name in sorted(p95, key=str):
        side, kind, user = name
        say(
            f"  {side:6} {kind:8} {user:6} median {half[name] * 1000:6.1f} ms,"
            f" p95 {p95[name] * 1000:6.1f} ms"
        )

    def worst(values, side, kinds):
        return max(t for (s, k, _user), t in values.items() if s == side and k in kinds)

    contact = ("contact",)
    return {
        "timeline_p95_ms": 1000 * worst(p95, "large", contact),
        "timeline_median_ms": 1000 * worst(half, "large", contact),
        # The same user on both sides; the worse of the two ratios.
        "timeline_growth": max(
            p95["large", "contact", user] / p95["small", "contact", user]
            for user in ("seller", "agent")
        ),
        "timeline_company_p95_ms": 1000 * worst(p95, "large", OTHERS),
    }


def _round(sides, number, calls):
    choice = random.Random(number)
    spent = {}
    plan = [("large", "contact"), ("small", "contact")] * calls
    # Many equal calls: fewer will do.
    plan += [("large", kind) for kind in OTHERS for _n in range(calls // 4)]
    for user in ("seller", "agent"):
        for count, (name, kind) in enumerate(plan):
            if kind == "lead" and user == "agent":
                continue  # has no rights on leads
            side = sides[name]
            seconds = side.call(kind, user, choice)
            if count >= WARM:
                spent.setdefault((name, kind, user), []).append(seconds)
    return spent


class _Side:
    def __init__(self, database, mentions):
        self.database = database
        self.numbers = table.shape(mentions)
        with runtime.environment(database) as env:
            self.users = {
                # The least rights of all: own documents, public mentions.
                "seller": self._user(env, "seller", "sales_team.group_sale_salesman"),
                "agent": self._user(env, "agent", "social_crm.group_user"),
            }
            self.lead = self._lead(env)
            env.cr.commit()

    def _user(self, env, login, group):
        groups = [env.ref(group).id, env.ref("base.group_user").id]
        values = {"name": login, "login": login, "group_ids": [Command.set(groups)]}
        return env["res.users"].create(values).id

    def _lead(self, env):
        """A lead of the company, with profiles and conversations of its own as well."""
        first, often = table.FIRST_CONTACT, self.numbers["often"]
        strangers = range(self.numbers["contacts"] + 1, self.numbers["contacts"] + 4)
        lead = env["crm.lead"].create(
            {
                "name": "A large order",
                "partner_id": first + 1,
                "user_id": self.users["seller"],
                "social_identity_ids": [Command.set(strangers)],
            }
        )
        env.cr.execute(
            "UPDATE social_crm_conversation SET lead_id = %s WHERE id IN (SELECT"
            " conversation_id FROM social_crm_mention WHERE partner_id = %s"
            " ORDER BY id LIMIT 5)",
            [lead.id, first + often],
        )
        return lead.id

    def call(self, kind, user, choice):
        """Return seconds of one first page of 30."""
        first, numbers = table.FIRST_CONTACT, self.numbers
        model, record_id = {
            "company": ("res.partner", first + 1),
            "heavy": ("res.partner", first + 2),
            "lead": ("crm.lead", self.lead),
            # One of those who said enough to fill a page.
            "contact": (
                "res.partner",
                first + choice.randint(numbers["people"] + 2, numbers["often"]),
            ),
        }[kind]
        begin = time.perf_counter()
        with runtime.environment(self.database, self.users[user]) as env:
            page = call_kw(
                env[model], "social_timeline", [[record_id]], {"limit": LIMIT}
            )
            json.dumps(page)
        seconds = time.perf_counter() - begin
        if len(page["items"]) != LIMIT:
            raise RuntimeError(f"{len(page['items'])} items of {model} {record_id}")
        return seconds
