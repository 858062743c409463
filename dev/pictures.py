"""Take the pictures of README and docs from the running demo: ``make pictures``.

``make demo`` must run. Arguments name single pictures.
"""

import re
import shutil
import sys

from playwright.sync_api import sync_playwright

from .console import Failure, main, say
from .demo import DATABASE
from .odoo_client import Client
from .paths import BUILD, ROOT

FOLDER = ROOT / "docs" / "pictures"
DESCRIPTION = ROOT / "social_crm" / "static" / "description"
DESKTOP = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
SOCIAL = ".o_notebook .nav-link[name=social_crm]"
LOOK = ("#o_social_look_name", "velorin\n")  # typed into it
CONNECT = ".o_control_panel button:has-text('Connect')"
# name: (size, path or (model, name of the record), what to click)
PICTURES = {
    "inbox": (DESKTOP, "social-inbox", ()),
    "inbox-phone": (PHONE, "social-inbox", ()),
    "look": (DESKTOP, "social-look", (LOOK,)),
    "connect": (DESKTOP, "social-accounts", (CONNECT,)),
    "health": (DESKTOP, "social-health", ()),
    "contact": (DESKTOP, ("res.partner", "Emma Hughes"), (SOCIAL,)),
    "contact-phone": (PHONE, ("res.partner", "Emma Hughes"), (SOCIAL,)),
    "lead": (DESKTOP, ("crm.lead", "14 courier bikes for Bristol"), (SOCIAL,)),
    "ticket": (DESKTOP, ("helpdesk.ticket", "Front brake went soft"), (SOCIAL,)),
    "pipeline": (DESKTOP, "crm", ()),
    "account": (DESKTOP, ("social.crm.account", "Velorin on Mastodon"), ()),
    "profiles": (DESKTOP, "social-profiles", ()),
    "who": (DESKTOP, "social-who", ()),
}


def take(names):
    conf = (BUILD / "demo.conf").read_text() if (BUILD / "demo.conf").exists() else ""
    port = re.search(r"http_port = (\d+)", conf)
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not port or not browser:
        raise Failure("Start make demo first, and install Chromium.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port.group(1)}"
    client = Client(url, DATABASE, "admin", "admin")
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--font-render-hinting=none"]
        )
        for name in names or PICTURES:
            size, where, clicks = PICTURES[name]
            page = chromium.new_context(viewport=size).new_page()
            _open(page, url, _path(client, where), clicks)
            page.screenshot(path=FOLDER / f"{name}.png")
            if name == "inbox":
                # The Apps screen shows it, too.
                shutil.copy(FOLDER / f"{name}.png", DESCRIPTION)
            page.context.close()
            say(f"  {name}")
        chromium.close()


def _path(client, where):
    if isinstance(where, str):
        return where
    model, name = where
    ids = client.call(model, "search", [("name", "ilike", name)], limit=1)
    return f"{model}/{ids[0]}"


def _open(page, url, path, clicks):
    page.goto(f"{url}/web/login")
    page.fill("#login", "admin")
    page.fill("#password", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_web_client")
    page.goto(f"{url}/odoo/{path}")
    page.wait_for_selector(".o_action_manager > *")
    for selector in clicks:
        if not isinstance(selector, str):
            selector, text = selector
            page.locator(selector).press_sequentially(text)
            continue
        page.locator(selector).first.click()
        page.locator(selector).first.scroll_into_view_if_needed()
    # Pictures and live parts come after the page.
    page.wait_for_timeout(2500)


if __name__ == "__main__":
    main(lambda: take(sys.argv[1:]))
