"""What to ask for, from what a person typed: a name, an address or a handle."""

import re
from urllib.parse import urlsplit

from ..connectors.text import absolute_url

# Everybody may have a name below it: the page there is not their own.
BLUESKY_HOST = ".bsky.social"
_HOST = r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]"
_ADDRESS = re.compile(rf"{_HOST}(?::\d+)?(?:[/?]\S*)?")
_HANDLE = re.compile(_HOST)
# A part of a host's name that is shorter is mostly "co" or "com".
SHORT = 3


def address_of(name):
    """Return the web address that ``name`` is, "" when it is none."""
    if "://" in name:
        return absolute_url(name)
    if not _ADDRESS.fullmatch(name) or name.lower().endswith(BLUESKY_HOST):
        return ""
    return absolute_url(f"https://{name}")


def handle_of(name):
    """Return the handle on Bluesky that ``name`` is or may be: a host's name, or ""."""
    address = address_of(name)
    parts = urlsplit(address)
    if address and parts.path.strip("/"):
        return ""
    host = (parts.hostname or name.removeprefix("@")).removeprefix("www.").lower()
    return host if _HANDLE.fullmatch(host) else ""


def hashtag_of(name):
    """Return the hashtag under which people speak of ``name``, "" when there is none.

    Letters and digits, joined, at least one of them a letter: networks take no other.
    """
    user, _at, server = name.removeprefix("@").partition("@")
    host = urlsplit(address_of(user)).hostname or ("" if server else handle_of(user))
    word = _brand_of(host.lower()) if host else user
    tag = "".join(char for char in word.lower() if char.isalnum())
    return tag if any(char.isalpha() for char in tag) else ""


def _brand_of(host):
    """Return what a host's name is about: "acme" of www.acme.co.uk."""
    is_given = host.endswith(BLUESKY_HOST)
    names = host.removeprefix("www.").removesuffix(BLUESKY_HOST).split(".")
    names = names if is_given else names[:-1]
    long = [name for name in names if len(name) > SHORT]
    return long[-1] if long else max(names, key=len, default="")
