"""How many statements our marks add to the lists and cards of other apps.

As the web client asks for them, by users with own documents only, for a page of 10 and
one of 80: contacts, the pipeline, tickets. Each page is read with and without what is
ours, with empty caches. Leads and tickets are made for it and rolled back.
"""

from contextlib import contextmanager
from unittest.mock import patch

from lxml import etree

from odoo.fields import Command
from odoo.models import BaseModel

from ..console import say
from . import runtime

SIZES = (10, 80)
DISPLAY = {"fields": {"display_name": {}}}
SCREENS = {
    "contacts": ("base.view_partner_tree", "list"),
    "pipeline": ("crm.crm_case_kanban_view_leads", "kanban"),
    "tickets": ("helpdesk_mgmt.view_helpdesk_ticket_kanban", "kanban"),
}


def run(database):
    found = {}
    with runtime.environment(database) as env:
        for name, records in _records(env).items():
            extra = [_extra(env, name, records[:size]) for size in SIZES]
            found[name] = extra
            say(f"  {name:9} {extra[0]} more for 10 records, {extra[1]} for 80")
    return {
        "screen_extra_queries": max(map(max, found.values())),
        "screen_extra_growth": max(last - first for first, last in found.values()),
    }


def _records(env):
    """Pages whose contacts have all said something, each with the user who opens it."""
    groups = ["sales_team.group_sale_salesman", "helpdesk_mgmt.group_helpdesk_user_own"]
    seller, helper = env["res.users"].create(
        [
            {
                "name": group,
                "login": group,
                "group_ids": [Command.link(env.ref(group).id)],
            }
            for group in groups
        ]
    )
    spoke = [("social_last_at", ">=", "2000-01-01")]
    contacts = env["res.partner"].search(spoke, limit=SIZES[-1], order="id")
    # Some are companies: their people count, too.
    contacts[::5].is_company = True
    leads = env["crm.lead"].create(
        [
            {"name": "Deal", "partner_id": contact.id, "user_id": seller.id}
            for contact in contacts
        ]
    )
    tickets = env["helpdesk.ticket"].create(
        [
            {
                "name": "Ticket",
                "description": "x",
                "partner_id": contact.id,
                "user_id": helper.id,
            }
            for contact in contacts
        ]
    )
    env.flush_all()
    return {
        "contacts": contacts.with_user(seller),
        "pipeline": leads.with_user(seller),
        "tickets": tickets.with_user(helper),
    }


def _extra(env, name, records):
    if len(records) not in SIZES:
        raise RuntimeError(f"{name}: only {len(records)} records")
    view, kind = SCREENS[name]
    arch = etree.fromstring(records.get_view(env.ref(view).id, kind)["arch"])
    specification = {}
    for node in arch.xpath("//field[not(ancestor::field)]"):
        field = records._fields[node.get("name")]
        if field.type != "properties":
            specification[field.name] = DISPLAY if field.relational else {}
    plain = {
        key: value
        for key, value in specification.items()
        if not key.startswith("social_")
    }
    if len(plain) == len(specification):
        raise RuntimeError(f"{name}: nothing of ours is on it")
    ours = _statements(env, records, specification)
    with _without_badge(env):
        return ours - _statements(env, records, plain)


def _statements(env, records, specification):
    for _warm in range(2):
        env.invalidate_all()
        before = env.cr.sql_log_count
        records.web_read(specification)
    return env.cr.sql_log_count - before


@contextmanager
def _without_badge(env):
    """The badge of a contact comes by a hook, not by a field of ours."""
    hook = "_compute_application_statistics_hook"
    classes = type(env["res.partner"]).mro()
    ours = next(cls for cls in classes if hook in vars(cls) and _is_ours(cls))
    after = classes[classes.index(ours) + 1 :]
    theirs = next(vars(cls)[hook] for cls in after if hook in vars(cls))
    with patch.object(ours, hook, theirs):
        yield


def _is_ours(cls):
    return issubclass(cls, BaseModel) and ".social_crm." in cls.__module__
