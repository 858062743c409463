"""How a person is named in texts and addresses: by handle, key, address of the profile.

A name is a pair (part, value): ``("handle", "ann@example.social")`` or
``("uri", "https://example.social/users/ann")``, both normalised, so that two spellings
of one name are equal. Everything here takes any text in linear time.
"""

import re
import unicodedata

from .ingest_values import key_of

# What stands where a handle stood.
MASK = "@erased"
# The key of a profile of which only the handle is known, until it speaks.
BY_HANDLE = "handle:"
MAX_PIECES = 12
_TOKEN = re.compile(
    r"(?:https?|at)://[^\s<>\"'\\]+"
    r"|did:[a-z]+:[\w.:%-]+"
    # A word with an @ or a dot in it.
    r"|(?<![\w.@-])(?=[\w-]*[@.])[\w.@-]+",
    re.IGNORECASE,
)
_TAIL = ".,;:!?)]}*_~…-"


def normal_handle(handle):
    return unicodedata.normalize("NFKC", handle).strip(" @.-").casefold()


def normal_uri(uri):
    """The key of a profile, or its address: http, www and a last slash say nothing."""
    uri = key_of(uri.strip().rstrip("/")).casefold()
    scheme, sep, rest = uri.partition("://")
    if not sep:
        return uri
    scheme = "https" if scheme == "http" else scheme
    return f"{scheme}://{rest.removeprefix('www.')}"


def escape_like(text):
    """Return ``text`` as LIKE takes it for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def host_of(handle):
    """The server in @user@server, else nothing."""
    _user, sep, host = normal_handle(handle or "").partition("@")
    return host if sep else ""


def is_global(name):
    """Whether a name means the same person on every network."""
    part, value = name
    return part == "uri" or "@" in value or "." in value


def names_of(token, host=""):
    """Return the names that a word, an address or a key may stand for.

    ``host`` is the server of whoever wrote it: there @ann is short for @ann@host.
    """
    if "://" in token:
        return _names_of_address(token)
    if token[:4].casefold() == "did:":
        return {("uri", normal_uri(token))}
    handle = normal_handle(token)
    if not handle:
        return set()
    if "@" in handle:
        return {("handle", handle), ("handle", "@".join(handle.split("@")[:2]))}
    if token.startswith("@"):
        found = {("handle", handle)}
        return found | {("handle", f"{handle}@{host}")} if host else found
    return {("handle", handle)} if "." in handle else set()


def _names_of_address(address):
    """Whose profile it is, or whose post: each piece and each beginning counts."""
    scheme, _sep, rest = normal_uri(address).partition("://")
    pieces = re.split("([/?#&])", rest)[: 2 * MAX_PIECES]
    host, path, found = pieces[0], f"{scheme}://", set()
    for number in range(0, len(pieces), 2):
        piece = pieces[number]
        path += (pieces[number - 1] if number else "") + piece
        if not piece:
            continue
        found.add(("uri", path))
        if ":" in piece:
            found.add(("uri", piece))
        elif piece.startswith("@") and "@" not in piece[1:]:
            found |= {("handle", piece[1:]), ("handle", f"{piece[1:]}@{host}")}
        elif "@" in piece or "." in piece:
            found.add(("handle", normal_handle(piece)))
    return found


def names_in(text, host=""):
    """Return the names that may stand in ``text``."""
    if not text:
        return set()
    return {
        name
        for match in _TOKEN.finditer(text)
        for name in names_of(_core(match[0]), host)
    }


def mask(text, is_meant, host=""):
    """Return ``text`` with ``MASK`` for each name for which ``is_meant`` is true."""
    if not text:
        return text

    def masked(match):
        core = _core(match[0])
        if any(map(is_meant, names_of(core, host))):
            return match[0].replace(core, MASK, 1)
        return match[0]

    return _TOKEN.sub(masked, text)


def _core(token):
    """The word without the punctuation around it."""
    return token.rstrip(_TAIL).lstrip(".-") or token


class Names:
    """What one person is called."""

    def __init__(self, handles, uris):
        handles = set(map(normal_handle, filter(None, handles))) - {""}
        uris = set(map(normal_uri, filter(None, uris))) - {""}
        self.all = {("handle", handle) for handle in handles}
        self.all |= {("uri", uri) for uri in uris}
        # Where these people are meant, @ann needs no server.
        self.hosts = {host_of(handle) for handle in handles} | {""}

    def mask(self, text, host="", short=False):
        """Mask the names; with ``short`` also those without their server."""
        for server in self.hosts if short else (host,):
            text = mask(text, self.all.__contains__, server)
        return text

    def patterns(self):
        """What ILIKE looks for: finds every text that ``mask`` changes, and more."""
        found = set()
        for part, value in self.all:
            value = value.partition("://")[2] or value
            value = escape_like(value)
            if part == "uri":
                found.add(f"%{value}%")
            elif "@" not in value:
                found.add(f"%{value}%" if "." in value else f"%@{value}%")
            else:
                user = value.partition("@")[0]
                found |= {f"%@{user}%", f"%{user}@%"}
        return sorted(found)
