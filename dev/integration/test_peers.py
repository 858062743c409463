"""From a customer's post on a real server to the contact's page in a browser, and back.

The servers of ``make peers`` run, the company's account on each is connected as its
owner would do it, a customer posts, and the scheduler of a real Odoo fetches. Chromium
shows what a user sees.
"""

import os
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from .. import peers, server
from ..paths import BUILD
from .customers import CUSTOMERS, utc_now
from .stage import (
    DESK,
    PHONE,
    browser_page,
    copied_database,
    odoo_process,
    running_peers,
    wait,
)

TEMPLATE = "social_crm_test"
DATABASE = "social_crm_peers"
LOG = BUILD / "peers-test.log"
# What a stream has to do and when.
RUNS = ["backfill_state", "next_fetch_at", "next_refresh_at"]


class Odoo:
    """The server as its administrator meets it: a page, and the calls of the page."""

    def __init__(self, base_url, page):
        self.base_url = base_url
        self.page = page

    def _post(self, path, **params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.page.request.post(self.base_url + path, data=body).json()
        assert "error" not in answer, answer["error"]
        return answer.get("result")

    def log_in(self):
        self._post(
            "/web/session/authenticate", db=DATABASE, login="admin", password="admin"
        )

    def call(self, model, method, *args, **kwargs):
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self._post(path, model=model, method=method, args=args, kwargs=kwargs)

    def create(self, model, **values):
        (record_id,) = self.call(model, "create", [values])
        return record_id

    def connect(self, customer, peer):
        """Connect the company's account; return its stream of mentions."""
        parameter = "social_crm.private_hosts"
        config = "ir.config_parameter"
        hosts = self.call(config, "get_param", parameter) or ""
        host = peer["base_url"].split("://")[1]
        host = host if ":" in host else f"{host}:80"
        self.call(config, "set_param", parameter, f"{hosts},{host}".strip(","))
        account = self.create(
            "social.crm.account",
            name=peer["title"],
            network=customer.network,
            base_url=peer["base_url"],
            **customer.login(peer["accounts"][0]),
        )
        # The scheduler comes by itself only after an hour: the test says when.
        feed = self.create(
            "social.crm.feed",
            account_id=account,
            kind="mentions",
            interval=60,
            adaptive=False,
        )
        said = self.call("social.crm.account", "action_test", [account])
        assert said["params"]["type"] == "success", said["params"]
        self.call("social.crm.account", "action_activate", [account])
        return feed

    def wait_for_scheduler(self, feed):
        """Wait until it has done all that is due of the stream."""

        def nothing_due():
            (values,) = self.call("social.crm.feed", "read", [feed], RUNS)
            now = utc_now("%Y-%m-%d %H:%M:%S")
            runs = values["next_fetch_at"], values["next_refresh_at"] or ""
            return values["backfill_state"] == "done" and min(runs) > now

        wait("The scheduler", nothing_due)

    def fetch(self, feed):
        """“Fetch now”, for edits as well."""
        now = utc_now("%Y-%m-%d %H:%M:%S")
        self.call("social.crm.feed", "write", [feed], {"next_refresh_at": now})
        self.call("social.crm.feed", "action_fetch_now", [feed])
        self.wait_for_scheduler(feed)

    def author_of(self, text):
        """The profile of who said it, once the scheduler has brought it."""
        found = self.call(
            "social.crm.mention",
            "search_read",
            [("body", "like", text)],
            ["identity_id"],
        )
        assert len(found) < 2, f"fetched more than once: {found}"
        return found and found[0]["identity_id"][0]

    def contact(self, name, identity):
        """Make the person a contact and say that the profile is theirs."""
        partner = self.create("res.partner", name=name)
        values = {"partner_id": partner}
        self.call("social.crm.identity", "write", [identity], values)
        return partner


@pytest.fixture(scope="module")
def world():
    """(Addresses of the servers that can run here, an Odoo to use them)."""
    addresses = running_peers()
    others = [name for name in peers.PEERS if name not in addresses]
    able = [name for name in others if not peers.PEERS[name].missing()]
    if not addresses and not able:
        yield {}, None
        return
    with ExitStack() as stack:
        # It starts while they do.
        stack.enter_context(copied_database(TEMPLATE, DATABASE))
        LOG.unlink(missing_ok=True)
        address = stack.enter_context(odoo_process("peers-test", DATABASE, LOG))
        if able:
            addresses |= stack.enter_context(peers.running(*able))
        page = stack.enter_context(browser_page())
        odoo = Odoo(address(), page)
        odoo.log_in()
        assert server.complaints(LOG) == []
        yield addresses, odoo


def mention_row(page, text):
    return page.locator(".o_social_timeline .o_social_mention", has_text=text)


def open_timeline(odoo, partner):
    odoo.page.goto(f"{odoo.base_url}/odoo/res.partner/{partner}")
    odoo.page.get_by_role("tab", name="Social", exact=True).click()


def take_pictures(page, name):
    """Save what is shown at two widths; a person looks at them."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        page.locator(".o_social_timeline").scroll_into_view_if_needed()
        # The form folds and unfolds.
        page.wait_for_timeout(500)
        page.screenshot(path=BUILD / f"e2e-{name}-{size['width']}.png")


@pytest.mark.parametrize("name", CUSTOMERS)
def test_a_post_its_edit_and_its_deletion_reach_the_contact(name, world):
    """A customer posts, edits and deletes; the right contact's timeline follows.

    mastodon: snac, a real server; it edits by Mastodon's API and deletes by its own
    page only. mock: all by Mastodon's API. bluesky: real servers; its own apps cannot
    edit, but any client may replace the record, and the network shows the new text.
    """
    addresses, odoo = world
    if name not in addresses:
        pytest.skip(f"{name} cannot run here: {peers.PEERS[name].missing()}")
    log_start = LOG.stat().st_size
    peer = addresses[name]
    customer, other = (CUSTOMERS[name](peer, who) for who in peer["accounts"][1:])
    # Servers that run for longer know other posts of the same people.
    tag = f"{name}{os.getpid()}"
    before = f"my parcel {tag} arrived wet"
    after = f"my parcel {tag} arrived dry after all"
    second = f"where is my invoice {tag}"
    others = f"nothing but praise {tag}"

    post = customer.post(before)
    other.post(others)
    feed = odoo.connect(customer, peer)
    odoo.wait_for_scheduler(feed)

    def author(text):
        if not (found := odoo.author_of(text)):
            # A mention that is delivered late comes with the next run.
            odoo.fetch(feed)
        return found

    identity = wait("The mention", lambda: author(before))
    partner = odoo.contact(f"Carla {name}", identity)
    other_identity = wait("The other's mention", lambda: author(others))
    stranger = odoo.contact(f"Dan {name}", other_identity)

    page = odoo.page
    open_timeline(odoo, stranger)
    expect(mention_row(page, others)).to_be_visible()
    expect(mention_row(page, before)).to_have_count(0)
    open_timeline(odoo, partner)
    expect(mention_row(page, before)).to_be_visible()
    expect(mention_row(page, before).locator(".o_social_who")).to_contain_text(
        customer.name
    )
    expect(mention_row(page, others)).to_have_count(0)

    # From here on the page is never loaded again: all that changes comes by the bus.
    page.evaluate("window.neverReloaded = true")
    customer.post(second)
    show(odoo, feed, mention_row(page, second))
    expect(mention_row(page, before)).to_have_count(1)

    customer.edit(post, after)
    row = mention_row(page, after)
    show(odoo, feed, row)
    expect(row.locator(".o_social_edited")).to_be_visible()
    expect(mention_row(page, before)).to_have_count(0)
    take_pictures(page, f"{name}-edited")

    customer.delete(post)
    tombstone = page.locator(".o_social_mention .o_social_tombstone")
    show(odoo, feed, tombstone)
    expect(tombstone).to_contain_text("Deleted")
    expect(mention_row(page, after)).to_have_count(0)
    expect(mention_row(page, second)).to_be_visible()
    take_pictures(page, f"{name}-deleted")
    assert page.evaluate("window.neverReloaded")
    (health,) = odoo.call(
        "social.crm.feed", "read", [feed], ["last_error", "bad_item_count"]
    )
    assert not health["last_error"] and not health["bad_item_count"], health
    assert server.complaints(LOG, log_start) == []


def show(odoo, feed, locator):
    """Let the scheduler fetch until the open page shows it by itself."""

    def shown():
        odoo.fetch(feed)
        try:
            # The page waits a second for more, then asks.
            expect(locator).to_have_count(1, timeout=2500)
        except AssertionError:
            return False
        return True

    wait("The open page", shown)
    expect(locator).to_be_visible()
