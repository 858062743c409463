"""From Install to the first real post on screen, by the clock and by the keyboard.

A database with CRM and without demo data gets the add-on; then a person connects a
feed, an account on a Mastodon server and one on Bluesky, all real servers of
``make peers``, in Chromium. What is done once (installing, starting, logging in) counts
for each of the three.
"""

import os
import re
import time
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from .. import database, peers, server
from ..paths import BUILD
from .customers import CUSTOMERS
from .stage import browser_page, copied_database, odoo_process, running_peers

DATABASE = "social_crm_onboarding"
LOG = BUILD / "onboarding-test.log"
SECONDS = 180
INPUTS = 6
NETWORKS = ("feed", "mastodon", "bluesky")
TAG = f"first{os.getpid()}"


class Person:
    """Uses the dialog with the keyboard alone, and counts what they type or press."""

    def __init__(self, page):
        self.page = page
        self.inputs = 0

    def reach(self, name):
        """Press Tab until the cursor is in the field, or on the button."""
        is_there = "name => !!document.activeElement.closest(`.modal [name=${name}]`)"
        for _press in range(40):
            if self.page.evaluate(is_there, name):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"The keyboard does not reach {name}.")

    def type(self, name, value):
        self.inputs += 1
        self.reach(name)
        self.page.keyboard.type(value)

    def choose(self, name, label):
        self.inputs += 1
        self.reach(name)
        # Any letter opens the list, the arrows go through it.
        self.page.keyboard.type(label[0])
        options = self.page.locator(".o_select_menu_item")
        wanted = options.filter(has_text=label)
        expect(wanted).to_be_visible()
        for _press in range(10):
            if "focus" in wanted.get_attribute("class").split():
                break
            self.page.keyboard.press("ArrowDown")
            self.page.wait_for_timeout(50)
        self.page.keyboard.press("Enter")
        expect(options).to_have_count(0)
        expect(self.page.locator(f".modal [name={name}] input")).to_have_value(label)

    def press(self, name):
        self.inputs += 1
        self.reach(name)
        self.page.keyboard.press("Enter")


def connect_feed(person, peer):
    """The feed of what somebody posts on a real server."""
    person.choose("network", "Feed")
    person.type("query", f"{peer['base_url']}/alice")


def connect_mastodon(person, peer):
    """Get a code, allow access on the server's own page, paste the code."""
    person.type("base_url", peer["base_url"])
    with person.page.expect_popup() as opened:
        person.press("action_get_code")
    brand, server_page = peer["accounts"][0], opened.value
    server_page.fill("[name=login]", brand["handle"].split("@")[0])
    server_page.fill("[name=passwd]", brand["password"])
    server_page.click("[type=submit]")
    expect(server_page.locator("body")).to_contain_text(re.compile(r"[0-9a-f]{32}"))
    code = re.search(r"\b[0-9a-f]{32,}\b", server_page.inner_text("body"))[0]
    server_page.close()
    person.type("login_code", code)


def connect_bluesky(person, peer):
    brand = peer["accounts"][0]
    person.choose("network", "Bluesky")
    person.type("base_url", peer["base_url"])
    person.type("handle", brand["handle"])
    person.type("password_input", brand["app_password"])


CONNECT = {
    "feed": connect_feed,
    "mastodon": connect_mastodon,
    "bluesky": connect_bluesky,
}


@pytest.fixture(scope="module")
def addresses():
    """The servers that can run here; on each a customer has already spoken."""
    found = running_peers()
    names = [name for name in ("mastodon", "bluesky") if name not in found]
    names = [name for name in names if not peers.PEERS[name].missing()]
    with ExitStack() as stack:
        if names:
            found |= stack.enter_context(peers.running(*names))
        for name in ("mastodon", "bluesky"):
            if name in found:
                person = found[name]["accounts"][1]
                CUSTOMERS[name](found[name], person).post(f"my parcel {TAG}{name}")
        if "mastodon" in found:
            # The same server writes a feed for each of its people.
            found["feed"] = found["mastodon"]
        yield found


@pytest.fixture(scope="module")
def installed(addresses):
    """(Seconds from Install to the list of accounts, the page that shows it)."""
    if not addresses:
        yield 0, None
        return
    template = server.base_database(database.server())
    LOG.unlink(missing_ok=True)
    with ExitStack() as stack:
        stack.enter_context(copied_database(template, DATABASE))
        _allow(addresses.values())
        conf = server.write_conf("onboarding", database.server())
        page = stack.enter_context(browser_page())
        start = time.monotonic()
        command = ["-d", DATABASE, "-i", "social_crm", "--stop-after-init", "--no-http"]
        server.odoo(conf, *command, log=LOG)
        process = odoo_process("onboarding-test", DATABASE, LOG)
        base_url = stack.enter_context(process)()
        page.goto(f"{base_url}/web/login")
        page.fill("#login", "admin")
        page.fill("#password", "admin")
        page.click("button[type=submit]")
        page.wait_for_selector(".o_web_client")
        page.goto(f"{base_url}/odoo/social-accounts")
        page.wait_for_selector(".o_list_view")
        yield time.monotonic() - start, page


def _allow(addresses):
    """These servers are on this machine, which nobody may ask by default."""
    hosts = {peer["base_url"].split("://")[1] for peer in addresses}
    hosts = [host if ":" in host else f"{host}:80" for host in hosts]
    connection = database.server().connect(DATABASE)
    with connection.cursor() as cursor:
        query = "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
        cursor.execute(query, ["social_crm.private_hosts", ",".join(hosts)])
    connection.close()


@pytest.mark.parametrize("network", NETWORKS)
def test_first_post(network, addresses, installed, capsys):
    if network not in addresses:
        pytest.skip(f"The server for {network} cannot run here.")
    before, page = installed
    text = f"{TAG}{'mastodon' if network == 'feed' else network}"
    page.goto(page.url.split("/odoo")[0] + "/odoo/social-accounts")
    start = time.monotonic()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_selector(".modal .o_form_view")
    person = Person(page)
    CONNECT[network](person, addresses[network])
    person.press("action_test")
    expect(page.locator(".modal .o_social_preview", has_text=text)).to_be_visible()
    page.screenshot(path=BUILD / f"onboarding-{network}.png")
    person.press("action_start")
    expect(page.locator(".modal")).to_have_count(0)
    inbox = page.locator(".o_action_manager .o_list_view")
    # The feed and the account bring the same words: what counts is whose row it is.
    name = page.get_by_title(network.title(), exact=True)
    row = inbox.get_by_role("row").filter(has_text=text).filter(has=name)
    expect(row).to_be_visible()
    seconds = time.monotonic() - start
    with capsys.disabled():
        print(
            f"\n{network}: first post after {before + seconds:.0f} s ({before:.0f} s of"
            f" them until the accounts are on screen), {person.inputs} inputs"
        )
    assert before + seconds < SECONDS
    assert person.inputs <= INPUTS
    assert server.complaints(LOG) == []
