"""The one way out: HTTP for all connectors, careful with strangers and with secrets."""

import json
import logging
import os
import random
import time
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import quote, quote_plus, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.exceptions import HTTPError, NewConnectionError

from .errors import (
    AuthError,
    ConnectorError,
    Gone,
    NotFound,
    RateLimited,
    Rejected,
    RemoteError,
    UnsafeUrl,
)
from .guard import (
    SAFE_METHODS,
    GuardedAdapter,
    UnknownName,
    Watch,
    check_literal,
    guarded_adapter,
    origin_of,
)
from .records import Quota
from .text import one_line

_logger = logging.getLogger(__name__)

USER_AGENT = "social_crm (Social CRM for Odoo)"
MAX_REDIRECTS = 5
# A limit without a date: the window of Mastodon and Bluesky.
DEFAULT_WAIT = timedelta(minutes=5)
MAX_WAIT = timedelta(days=1)
# What may follow a redirect to another origin; anything else could be a secret.
HARMLESS_HEADERS = ("accept", "content-type", "if-", "user-agent")


@dataclass(frozen=True)
class Response:
    """One answer. ``url`` is where it came from after redirects.

    ``moved_to`` is where the first of them, as far as they are permanent, lead.
    ``lost_login`` says that they led to another origin, where no login was sent.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    method: str = "GET"
    moved_to: str = ""
    lost_login: bool = False

    @property
    def text(self) -> str:
        """The body as the server's charset says, UTF-8 where it says nothing."""
        content_type = self.headers.get("Content-Type", "")
        charset = requests.utils.get_encoding_from_headers(
            {"content-type": content_type if "charset" in content_type.lower() else ""}
        )
        try:
            return self.content.decode(charset or "utf-8-sig", "replace")
        except LookupError:
            return self.content.decode("utf-8-sig", "replace")

    def json(self, expect: type | tuple[type, ...] = object):
        """Return the parsed body. Raises RemoteError unless it is an ``expect``."""
        try:
            value = json.loads(self.content.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            problem = "that is not valid JSON"
        else:
            if isinstance(value, expect):
                return value
            problem = "of another kind than expected"
        host = urlsplit(self.url).hostname
        error = RemoteError(
            f"{host} sent an answer {problem}. It will be asked again later.",
            maybe_sent=self.method not in SAFE_METHODS,
        )
        error.status = self.status
        raise error from None


@dataclass(frozen=True)
class _Call:
    method: str
    url: str
    params: object = None
    json: object = None
    data: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: bool = True

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE_METHODS


class Http:
    """Requests to networks, each safe against private addresses, floods and delays.

    ``timeout`` is seconds to connect and seconds between two bytes; ``max_seconds``
    bounds one request with its redirects and tries. ``private_hosts`` ("host:port") are
    the only private addresses allowed. ``secrets`` never appear in an error.
    """

    tries = 3
    backoff = 0.5  # seconds before the second try, doubled for each further one
    max_seconds = 60.0
    # Monotonic time after which nothing more is asked: for several requests together.
    ends_at: float | None = None

    def __init__(
        self,
        session: requests.Session | None = None,
        private_hosts: Iterable[str] = (),
        secrets: Iterable[str | None] = (),
        timeout: tuple[float, float] = (5, 20),
        max_bytes: int = 10_000_000,
    ):
        self.private_hosts = frozenset(host.strip().lower() for host in private_hosts)
        self.timeout = timeout
        self.max_bytes = max_bytes
        self.quota: Quota | None = None
        self.moved_to = ""  # the origin that answered for good instead, last
        self._secrets: set[str] = set()
        self._environment: dict[tuple, dict] = {}
        self.add_secrets(secrets)
        if session is None:
            session = requests.Session()
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session = session

    def add_secrets(self, secrets: Iterable[str | None]) -> None:
        """Mask these, too, in whatever the network says."""
        for secret in filter(None, secrets):
            self._secrets |= {secret, quote(secret, safe=""), quote_plus(secret)}

    def request(
        self,
        method: str,
        url: str,
        *,
        params=None,
        json=None,
        data=None,
        headers: Mapping[str, str] | None = None,
        retry: bool | None = None,
        accept: Iterable[int] = (),
        max_bytes: int | None = None,
    ) -> Response:
        """Return the answer, or raise the ConnectorError that fits its status.

        ``retry`` None repeats only GET and HEAD. Statuses in ``accept`` are returned.
        """
        call = _Call(method.upper(), url, params, json, data, dict(headers or {}))
        retry = call.is_safe if retry is None else retry
        deadline = time.monotonic() + self.max_seconds
        if self.ends_at is not None:
            deadline = min(deadline, self.ends_at)
            if time.monotonic() > deadline:
                raise RemoteError(f"{origin_of(url)[1]} did not answer in time.")
        for attempt in range(1, self.tries + 1):
            try:
                response = self._follow(call, deadline, max_bytes or self.max_bytes)
                return self._check(response, accept)
            except RemoteError as error:
                pause = self.backoff * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
                final = not retry or isinstance(error, NotFound)
                late = time.monotonic() + pause > deadline
                if final or late or attempt == self.tries:
                    raise
                _logger.info("%s Trying again in %.1f s.", error, pause)
            time.sleep(pause)
        raise AssertionError("no try was made")

    # -- One try

    def _follow(self, call: _Call, deadline: float, max_bytes: int) -> Response:
        """Send, and follow redirects by hand: each address is checked anew."""
        moved_to, is_permanent, lost_login = "", True, False
        for _hop in range(MAX_REDIRECTS + 1):
            response = self._send(call, deadline, max_bytes)
            location = response.headers.get("Location")
            if response.status not in (301, 302, 303, 307, 308) or not location:
                return replace(response, moved_to=moved_to, lost_login=lost_login)
            before, call = call, _redirected(call, response, location)
            lost_login = lost_login or len(call.headers) < len(before.headers)
            is_permanent = is_permanent and response.status in (301, 308)
            moved_to = call.url if is_permanent else moved_to
            if is_permanent and _root_of(before.url) != _root_of(call.url):
                self.moved_to = _root_of(call.url)
        raise RemoteError(f"{origin_of(call.url)[1]} redirects in circles.")

    def _send(self, call: _Call, deadline: float, max_bytes: int) -> Response:
        prepared = self._prepare(call)
        session, host = self._session, origin_of(prepared.url)[1]
        settings = {**self._settings(prepared.url), **self._guard(prepared.url)}
        if select_proxy(prepared.url, settings["proxies"]):
            # The proxy resolves the name, so only what is plain to see can be refused.
            check_literal(prepared.url, self.private_hosts)
        watch = Watch(deadline - time.monotonic())
        try:
            with (
                watch,
                session.send(prepared, allow_redirects=False, **settings) as answer,
            ):
                self.quota = _quota(answer.headers) or self.quota
                content = _read(answer, call.method, max_bytes, watch)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise _network_error(error, host, call, watch.expired) from None
        return Response(
            answer.status_code, prepared.url, answer.headers, content, call.method
        )

    def _prepare(self, call: _Call) -> requests.PreparedRequest:
        origin_of(call.url)
        request = requests.Request(
            call.method,
            call.url,
            params=call.params,
            json=call.json,
            data=call.data,
            headers={
                "User-Agent": USER_AGENT,
                **call.headers,
                "Accept-Encoding": "gzip, deflate",  # what _read unpacks in bounds
            },
            auth=_keep_auth,
        )
        try:
            prepared = self._session.prepare_request(request)
        except (requests.RequestException, ValueError):
            raise UnsafeUrl("This is not a valid web address.") from None
        if not call.cookies:
            prepared.headers.pop("Cookie", None)
        return prepared

    def _settings(self, url: str) -> dict:
        """Return what the environment says: proxies, certificates. Once a server."""
        origin = origin_of(url)
        if origin not in self._environment:
            self._environment[origin] = self._session.merge_environment_settings(
                url, {}, True, None, None
            )
        return self._environment[origin]

    def _guard(self, url: str) -> dict:
        """Have the session connect through our adapter, unless it brings its own."""
        if type(self._session.get_adapter(url)) not in (HTTPAdapter, GuardedAdapter):
            return {"timeout": self.timeout}
        adapter = guarded_adapter(os.getpid(), self.private_hosts, self.timeout)
        for prefix in ("https://", "http://"):
            self._session.mount(prefix, adapter)
        return {}  # the adapter knows its time-out

    # -- What the answer means

    def _check(self, response: Response, accept: Iterable[int]) -> Response:
        """Return a good answer, raise the error that fits a bad one."""
        status = response.status
        if 200 <= status < 300 or status in accept:
            return response
        code, said = _error_text(response)
        # Masked before it is shortened: half a secret is one, too.
        said = self._mask(said)[:300].rstrip(" .")
        said = f": {said}." if said else "."
        host = urlsplit(response.url).hostname
        error: ConnectorError
        if status in (401, 403, 422) and response.lost_login:
            error = AuthError(_has_moved(response.url))
            error.has_moved = True
        elif status == 401:
            error = AuthError(f"{host} does not accept the login{said} Log in again.")
        elif status == 403:
            error = AuthError(f"{host} says that a permission is missing{said}")
        elif status == 404:
            error = NotFound(f"{host} has nothing at this address{said}")
        elif status == 410:
            error = Gone(f"{host} says that this was taken away for good{said}")
        elif status == 429 or (status == 503 and "Retry-After" in response.headers):
            retry_at = _retry_at(response.headers)
            until = f"{retry_at:%Y-%m-%d %H:%M:%S} UTC"
            error = RateLimited(f"{host} asks to wait until {until}{said}", retry_at)
        elif status >= 500:
            error = RemoteError(
                f"{host} has a problem of its own (status {status}){said}",
                maybe_sent=response.method not in SAFE_METHODS,
            )
        else:
            error = Rejected(f"{host} refuses the request (status {status}){said}")
        error.status, error.code = status, self._mask(code)[:100]
        raise error

    def _mask(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def _redirected(call: _Call, response: Response, location: str) -> _Call:
    """Return the call to make next (RFC 9110, 15.4)."""
    url = urljoin(response.url, location)
    origin, target = origin_of(response.url), origin_of(url)
    if origin[0] == "https" and target[0] != "https":
        raise UnsafeUrl(f"{origin[1]} redirects to an address without encryption.")
    if target != origin and response.status != 303 and call.method not in SAFE_METHODS:
        error = UnsafeUrl(_has_moved(url))
        error.has_moved = True
        raise error
    call = replace(call, url=url, params=None)
    if (response.status == 303 and call.method != "HEAD") or (
        response.status in (301, 302) and call.method == "POST"
    ):
        call = replace(call, method="GET", json=None, data=None)
    if target == origin:
        return call
    headers = {
        name: value
        for name, value in call.headers.items()
        if name.lower().startswith(HARMLESS_HEADERS)
    }
    return replace(call, headers=headers, cookies=False)


def _root_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _has_moved(url: str) -> str:
    """Return what to say when a login or data would have to go to another origin."""
    return (
        f"The address now is {_root_of(url)}. Nothing secret was sent there: enter the"
        " new address if you trust it."
    )


def _keep_auth(request):
    """Keep requests from adding logins of a .netrc file or of the address."""
    return request


# -- What came back


def _read(answer, method: str, max_bytes: int, watch: Watch) -> bytes:
    """Return the unpacked body. Raises RemoteError when it is cut off or too large."""
    host = urlsplit(answer.url).hostname
    maybe_sent = method not in SAFE_METHODS
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    inflate = None
    if encoding in ("gzip", "x-gzip", "deflate"):
        inflate = _Inflate()
    elif encoding not in ("identity", ""):
        raise RemoteError(f"{host} packed its answer in an unknown way.", maybe_sent)
    received, content = 0, bytearray()
    while chunk := answer.raw.read(65536, decode_content=False):
        received += len(chunk)
        content += inflate(chunk, max_bytes + 1 - len(content)) if inflate else chunk
        if len(content) > max_bytes or received > max_bytes:
            raise RemoteError(
                f"The answer of {host} is larger than {max_bytes} bytes.", maybe_sent
            )
    length = answer.headers.get("Content-Length", "")
    has_body = method != "HEAD" and answer.status_code not in (204, 304)
    cut_off = has_body and length.isdecimal() and received < int(length)
    if watch.expired or cut_off or (inflate and received and not inflate.complete):
        raise OSError("cut off")
    return bytes(content)


class _Inflate:
    """Unpacks gzip and both kinds of "deflate", never more than asked for."""

    def __init__(self):
        self._zlib = None

    def __call__(self, chunk: bytes, max_bytes: int) -> bytes:
        content = b""
        while chunk and len(content) < max_bytes:
            if self._zlib is None or self._zlib.eof:
                # Low nibble 8 begins a zlib stream, 31 a gzip member, else raw deflate.
                known = chunk[0] == 31 or chunk[0] & 15 == 8
                self._zlib = zlib.decompressobj(47 if known else -15)
            try:
                content += self._zlib.decompress(chunk, max_bytes - len(content))
            except zlib.error:
                raise OSError("not what the header says") from None
            chunk = self._zlib.unconsumed_tail or self._zlib.unused_data
        return content

    @property
    def complete(self) -> bool:
        return self._zlib is not None and self._zlib.eof


def _network_error(error: Exception, host: str, call: _Call, late: bool) -> RemoteError:
    """Return a sentence of ours: the library's text holds whole addresses."""
    unsure = call.method not in SAFE_METHODS
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if late or isinstance(error, requests.Timeout):
        problem = "did not answer in time"
        unsure = unsure and not isinstance(error, requests.ConnectTimeout)
    elif isinstance(error, requests.exceptions.SSLError):
        problem, unsure = "has no valid certificate, or speaks no safe TLS", False
    elif isinstance(error, requests.exceptions.ProxyError):
        problem, unsure = "cannot be reached through the outgoing proxy", False
    elif isinstance(reason, UnknownName):
        problem, unsure = "is unknown: there is no server of this name", False
    elif isinstance(reason, NewConnectionError):
        problem, unsure = "cannot be reached: it is down, or has another address", False
    else:
        problem = "broke the connection off"
    return RemoteError(f"{host} {problem}.", maybe_sent=unsure)


def _error_text(response: Response) -> tuple[str, str]:
    """Return (code, text) of the network's own error, ("", "") if it sent a page."""
    try:
        body = json.loads(response.content[:100_000])
    except (ValueError, RecursionError):
        return "", ""
    errors = body.get("errors") if isinstance(body, dict) else body
    if isinstance(errors, list) and errors:
        body = errors[0]
    if not isinstance(body, dict):
        return "", one_line(body) if isinstance(body, str) else ""
    if isinstance(body.get("error"), dict):
        body = body["error"]
    names = ("error_description", "message", "detail", "description", "error", "title")
    found = [body[name] for name in names if isinstance(body.get(name), str)]
    text = one_line(found[0]) if found else ""
    codes = (body.get(name) for name in ("error", "code", "error_code", "status"))
    code = next((str(code) for code in codes if isinstance(code, str | int)), "")
    return one_line(code), text


def _number(value: str | None) -> int | None:
    value = (value or "").partition(",")[0].partition(";")[0].strip()
    if not value.isdecimal() or len(value) > 15:
        return None
    return min(int(value), 2**31 - 1)


def _moment(value: str | None) -> datetime | None:
    """Read seconds from now, a Unix time, an ISO time or an HTTP date."""
    now = datetime.now(timezone.utc)
    value = (value or "").strip()
    try:
        seconds = float(value)
    except ValueError:
        for read in (datetime.fromisoformat, parsedate_to_datetime):
            with suppress(ValueError, TypeError, OverflowError, OSError):
                moment = read(value.replace("Z", "+00:00"))
                if moment.tzinfo is None:
                    moment = moment.replace(tzinfo=timezone.utc)
                return moment.astimezone(timezone.utc)
        return None
    with suppress(ValueError, OverflowError, OSError):
        if seconds < 1e9:
            return now + timedelta(seconds=seconds)
        if seconds > 1e11:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, timezone.utc)
    return None


RESET_HEADERS = ("X-RateLimit-Reset", "RateLimit-Reset")


def _retry_at(headers: Mapping[str, str]) -> datetime:
    """Return when to ask again: always ahead, never more than a day."""
    now = datetime.now(timezone.utc)
    for name in ("Retry-After", *RESET_HEADERS):
        moment = _moment(headers.get(name))
        if moment and moment > now - timedelta(minutes=1):
            return min(max(moment, now + timedelta(seconds=1)), now + MAX_WAIT)
    return now + DEFAULT_WAIT


def _quota(headers: Mapping[str, str]) -> Quota | None:
    """Return what the network says of its limit, None if it says nothing."""
    for prefix in ("X-RateLimit-", "RateLimit-"):
        limit = _number(headers.get(f"{prefix}Limit"))
        remaining = _number(headers.get(f"{prefix}Remaining"))
        if limit is not None or remaining is not None:
            return Quota(limit, remaining, _moment(headers.get(f"{prefix}Reset")))
    return None
