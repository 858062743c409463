"""Where requests may go: only to addresses that were checked, for a bounded time."""

import ipaddress
import socket
import threading
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from .errors import UnsafeUrl

SAFE_METHODS = ("GET", "HEAD")
PORTS = {"http": 80, "https": 443}
MAX_ADDRESSES = 4  # tried per host, each with the full connect time-out
# Refused on top of what ``ipaddress`` knows, which differs between versions of Python:
# IETF protocols and Oracle's metadata, Azure's metadata, site-local, segment routing.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "168.63.129.16/32", "fec0::/10", "5f00::/16")
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def origin_of(url: str) -> tuple[str, str, int]:
    """Return (scheme, host, port). Raises UnsafeUrl."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or set(host) & set(" %\\") or parts.scheme not in PORTS:
        raise UnsafeUrl("Only addresses that begin with https:// or http:// are read.")
    if parts.username is not None:
        raise UnsafeUrl("The address must not hold a user name or a password.")
    return parts.scheme, host.rstrip("."), port or PORTS[parts.scheme]


def _is_listed(host: str, port: int, private_hosts: frozenset[str]) -> bool:
    host = f"[{host}]" if ":" in host else host
    return f"{host.lower().rstrip('.')}:{port}" in private_hosts


def check_literal(url: str, private_hosts: frozenset[str]) -> None:
    """Refuse what is private without asking anyone: localhost and plain addresses."""
    _scheme, host, port = origin_of(url)
    if _is_listed(host, port, private_hosts):
        return
    if host == "localhost" or host.endswith(".localhost"):
        raise _private(host)
    address = host
    with suppress(OSError):
        # 127.1, 0x7f000001 and 2130706433 are addresses, too.
        address = socket.inet_ntoa(socket.inet_aton(host))
    with suppress(ValueError):
        ipaddress.ip_address(address)
        _check_address(address, host)


def _check_address(address: str, host: str) -> None:
    if not is_public(ipaddress.ip_address(address)):
        raise _private(host)


def is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if ip.version == 6:
        # Some IPv6 addresses only wrap an IPv4 address.
        if ip.ipv4_mapped:
            return is_public(ip.ipv4_mapped)
        if ip in NAT64:
            return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if ip.sixtofour and not is_public(ip.sixtofour):
            return False
    special = ip.is_multicast or ip.is_reserved or any(ip in net for net in NOT_PUBLIC)
    return ip.is_global and not special


def _private(host: str) -> UnsafeUrl:
    return UnsafeUrl(
        f"{host} is an address in a private network. An administrator may allow it in"
        " the system parameter social_crm.private_hosts."
    )


class Watch:
    """Cuts the connection when the time is over, however slowly bytes still drip."""

    current = threading.local()

    def __init__(self, seconds: float):
        self.sock = None
        self.expired = False
        self._timer = threading.Timer(max(seconds, 0), self._cut)
        self._timer.daemon = True

    def __enter__(self):
        self.current.watch = self
        self._timer.start()
        return self

    def __exit__(self, *exc_info):
        self._timer.cancel()
        self.current.watch = None

    def _cut(self):
        self.expired = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    @classmethod
    def attach(cls, sock):
        """Tell the watch of this thread which connection it is about."""
        watch = getattr(cls.current, "watch", None)
        if watch:
            watch.sock = sock
            if watch.expired:
                watch._cut()


class _Watched:
    """A connection that a watch may cut."""

    def getresponse(self, *args, **kwargs):
        Watch.attach(self.sock)
        return super().getresponse(*args, **kwargs)


class UnknownName(NewConnectionError):
    """There is no server of that name."""


class _Pinned(_Watched):
    """A connection that goes only to an address that was checked."""

    private_hosts: frozenset[str] = frozenset()
    used = False

    def _new_conn(self):
        host, self.used = self.host, False
        try:
            found = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise UnknownName(self, "The name is unknown.") from None
        addresses = list(dict.fromkeys(item[4][0] for item in found))
        if not _is_listed(host, self.port, self.private_hosts):
            for address in addresses:
                _check_address(address, host)
        error = NewConnectionError(self, "The name has no address.")
        for address in addresses[:MAX_ADDRESSES]:
            # TLS goes on to use the name, only the connection takes the address.
            self._dns_host = address
            try:
                return super()._new_conn()
            except HTTPError as problem:
                error = problem
            finally:
                self._dns_host = host
        raise error

    def request(self, method, *args, **kwargs):
        if self.used and method not in SAFE_METHODS:
            # The server may be closing it right now, and then nobody could tell whether
            # this request was heard. http.client opens a new one.
            self.close()
        return super().request(method, *args, **kwargs)

    def getresponse(self, *args, **kwargs):
        self.used = True
        return super().getresponse(*args, **kwargs)


class GuardedAdapter(HTTPAdapter):
    """Connects only where a request may go, and never without a time-out."""

    def __init__(self, private_hosts: frozenset[str], timeout: tuple[float, float]):
        self._private_hosts = private_hosts
        self._timeout = timeout
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        made = super().init_poolmanager(*args, **kwargs)
        listed = {"private_hosts": self._private_hosts}
        self.poolmanager.pool_classes_by_scheme = _pool_classes(_Pinned, listed)
        return made

    def proxy_manager_for(self, proxy, **kwargs):
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):  # which brings its own connections
            manager.pool_classes_by_scheme = _pool_classes(_Watched, {})
        return manager

    def send(self, request, stream=False, timeout=None, **kwargs):
        return super().send(request, stream, timeout or self._timeout, **kwargs)


def _pool_classes(mixin: type, attributes: dict) -> dict[str, type]:
    """Return connection pools whose connections are also a ``mixin``."""
    http = type("_Http", (mixin, HTTPConnection), attributes)
    https = type("_Https", (mixin, HTTPSConnection), attributes)
    return {
        "http": type("_HttpPool", (HTTPConnectionPool,), {"ConnectionCls": http}),
        "https": type("_HttpsPool", (HTTPSConnectionPool,), {"ConnectionCls": https}),
    }


@lru_cache(maxsize=32)
def guarded_adapter(
    pid: int, private_hosts: frozenset, timeout: tuple
) -> GuardedAdapter:
    """One pool of connections a process: a forked child must not share its parent's."""
    return GuardedAdapter(private_hosts, timeout)
