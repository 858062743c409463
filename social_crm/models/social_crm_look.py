import logging
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..connectors.base import SocialConnector
from ..connectors.errors import AuthError, ConnectorError, RemoteError
from ..connectors.records import Stream
from .ingest_values import MAX_NAME as MAX_AUTHOR
from .ingest_values import clean, clean_name, web_address
from .look_words import address_of, handle_of, hashtag_of

_logger = logging.getLogger(__name__)

USER = "social_crm.group_user"
ADMIN = "social_crm.group_admin"
# Which servers are asked: network=address, by commas. A feed needs no server.
SERVERS = "social_crm.look_servers"
DEFAULT_SERVERS = (
    "mastodon=https://mastodon.social, bluesky=https://public.api.bsky.app, feed"
)
MAX_NAME = 100
MAX_TEXT = 400
# Read of each source, and shown: the newest.
READ, SHOWN = 20, 4
# For everything together: a person waits, and so does a worker.
SECONDS = 12.0
TIMEOUT = (4, 8)  # seconds to connect, seconds between two bytes
# A person looks at most so often in so many seconds, per server process.
MAX_LOOKS, PER_SECONDS = 8, 60
_looks: dict[tuple[str, int], list[float]] = {}


@dataclass(frozen=True)
class Source:
    """One stream that can be read without a login, before any account exists."""

    label: str
    network: str
    stream: Stream
    connector: SocialConnector

    @property
    def base_url(self):
        """Where an account would connect to; Bluesky's open server takes no login."""
        is_login_server = self.network == "mastodon"
        return self.connector.credentials.get("base_url", "") if is_login_server else ""


class SocialCrmLook(models.AbstractModel):
    """Real posts about a name, before anything is connected. Nothing is stored."""

    _name = "social.crm.look"
    _description = "Look Before Connecting"

    @api.model
    @api.readonly
    def welcome(self):
        """Return what the empty inbox offers to this user."""
        self._check_user()
        # Those that their companies have, with their rights; a draft fetches nothing.
        connected = [("state", "!=", "draft")]
        may_load = self.env["social.crm.examples"]._may_load()
        servers = self._servers()
        return {
            "show": not (
                self.env["social.crm.account"].search_count(connected, limit=1)
                or self.env["social.crm.conversation"].search_count([], limit=1)
            ),
            "may_connect": self.env.user.has_group(ADMIN),
            "may_load_examples": may_load,
            "examples": self.env["social.crm.examples"]._is_loaded(),
            "servers": list(
                dict.fromkeys(
                    address.partition("://")[2].strip("/") or address
                    for address in servers.values()
                    if address
                )
            ),
            "reads_addresses": "feed" in servers,
        }

    @api.model
    @api.readonly
    def look(self, name):
        """Return what people say about ``name`` where no login is needed.

        ``sources`` are asked at the same time; one that fails has an ``error`` in words
        and holds up no other.
        """
        self._check_user()
        name = " ".join(name.split()) if isinstance(name, str) else ""
        if not name:
            raise UserError(self.env._("Enter what people call you."))
        if len(name) > MAX_NAME:
            raise UserError(
                self.env._("Enter a name of at most %s characters.", MAX_NAME)
            )
        sources = self._sources(name)
        if not sources:
            raise UserError(
                self.env._(
                    "Nothing can be asked for this. Enter a name with letters in it, or"
                    " ask an administrator to look at the system parameter %s.",
                    SERVERS,
                )
            )
        self._check_pause()
        found = _ask_all(sources)
        return {
            "name": name,
            "sources": [
                self._source_vals(source, *answer)
                for source, answer in zip(sources, found, strict=True)
            ],
        }

    @api.model
    def _check_user(self):
        if not self.env.user.has_group(USER):
            raise AccessError(self.env._("Only Social users may look around."))

    @api.model
    def _check_pause(self):
        """Other people's servers answer for free: nobody may use us to flood them."""
        key, now = (self.env.cr.dbname, self.env.uid), time.monotonic()
        for other, looks in list(_looks.items()):
            if now - looks[-1] >= PER_SECONDS:
                _looks.pop(other, None)
        recent = [at for at in _looks.get(key, ()) if now - at < PER_SECONDS]
        if len(recent) >= MAX_LOOKS:
            raise UserError(
                self.env._(
                    "You looked %(count)s times within a minute. The servers are asked"
                    " for free: wait a moment.",
                    count=len(recent),
                )
            )
        _looks[key] = [*recent, now]

    # --- where to look -------------------------------------------------------

    @api.model
    def _servers(self):
        """Return {network: address} of what may be asked."""
        # sudo: the parameter is no secret; users may not read parameters.
        get_param = self.env["ir.config_parameter"].sudo().get_param
        pairs = [
            part.partition("=")
            for part in get_param(SERVERS, DEFAULT_SERVERS).split(",")
        ]
        return {network.strip(): address.strip() for network, _is, address in pairs}

    @api.model
    def _sources(self, name):
        """Return the sources that may know ``name``, each with its connector."""
        servers = self._servers()
        address, handle, tag = address_of(name), handle_of(name), hashtag_of(name)
        found = []
        if tag:
            label = self.env._("#%(tag)s on Mastodon", tag=tag)
            found.append((label, "mastodon", Stream("hashtag", tag)))
        if handle:
            label = self.env._("What @%s posts on Bluesky", handle)
            found.append((label, "bluesky", Stream("own", handle)))
        elif not address:
            label = self.env._("“%s” on Bluesky", name)
            found.append((label, "bluesky", Stream("search", name)))
        if address:
            label = address.partition("://")[2].rstrip("/")
            found.append((label, "feed", Stream("feed", address)))
        return [
            Source(label, network, stream, self._connector(network, servers[network]))
            for label, network, stream in found
            if network in servers
        ]

    @api.model
    def _connector(self, network, server):
        """Make a connector without any login, in a hurry."""
        accounts = self.env["social.crm.account"]
        # An address that a person types reaches private servers only for those who may
        # connect accounts to them.
        trusted = server or self.env.user.has_group(ADMIN)
        connector = accounts._connector_class(network)(
            {"base_url": server} if server else {},
            private_hosts=accounts._private_hosts() if trusted else (),
        )
        connector.http.timeout, connector.http.tries = TIMEOUT, 1
        return connector

    # --- what is shown -------------------------------------------------------

    @api.model
    def _source_vals(self, source, posts, error):
        label, icon = self.env["social.crm.account"]._network_facts()[source.network]
        return {
            "label": source.label,
            "network": source.network,
            "network_label": label,
            "icon": icon,
            "kind": source.stream.kind,
            "query": source.stream.query,
            "base_url": source.base_url,
            "error": str(error or ""),
            "needs_login": isinstance(error, AuthError),
            "posts": [self._post_vals(post) for post in posts],
        }

    @api.model
    def _post_vals(self, post):
        author = post.author
        at = post.published_at.replace(tzinfo=None)
        text = clean(post.text, MAX_TEXT)
        return {
            "key": clean(post.uri, MAX_AUTHOR),
            "author": clean_name(author.name or author.handle, MAX_AUTHOR),
            "handle": clean_name(author.handle, MAX_AUTHOR),
            "title": clean(post.title, MAX_TEXT),
            "text": f"{text.rstrip()}…" if len(post.text) > MAX_TEXT else text,
            "language": post.language,
            "url": web_address(post.url),
            "published_at": fields.Datetime.to_string(at),
            "date": format_datetime(self.env, at, dt_format="short"),
        }


def _ask_all(sources):
    """Return (posts, what went wrong or None) of each source; all are asked at once.

    Threads, as each waits for a server. They know nothing of the database.
    """
    ends_at = time.monotonic() + SECONDS
    pool = ThreadPoolExecutor(len(sources), thread_name_prefix="social_crm_look")
    futures = [pool.submit(_ask, source, ends_at) for source in sources]
    # A name that nobody resolves is beyond the reach of our time-outs.
    wait(futures, timeout=SECONDS + 1)
    pool.shutdown(wait=False, cancel_futures=True)
    return [
        future.result()
        if future.done()
        else ((), RemoteError(f"{source.label} did not answer in time."))
        for source, future in zip(sources, futures, strict=True)
    ]


def _ask(source, ends_at):
    """Return (the newest public posts, None) or ((), what went wrong)."""
    source.connector.http.ends_at = ends_at
    try:
        page = source.connector.fetch(source.stream, None, READ)
    except ConnectorError as error:
        return (), error
    except Exception:  # noqa: BLE001
        # A fault of ours in one network must not hide what the others say.
        _logger.exception("Looking at %s failed", source.network)
        return (), RemoteError(f"{source.label}: the answer could not be read.")
    posts = [
        post
        for post in page.posts
        if post.visibility == "public"
        and not post.deleted
        and (post.text or post.title)
    ]
    posts.sort(key=lambda post: post.published_at, reverse=True)
    return tuple(posts[:SHOWN]), None
