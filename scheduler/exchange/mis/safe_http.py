"""HTTP calls to other servers, safe from SSRF: only to checked public addresses, within a time."""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore2 as httpcore

MOST_URL = 2048
"""The most characters of an address."""

PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
"""All allocated unicast addresses (RFC 4291, 2.4); mapped and translated IPv4 lie outside."""

NOT_A_SERVER = tuple(map(ipaddress.ip_network, ("192.88.99.0/24", "2002::/16")))
"""Relays from IPv4 to IPv6 and back (RFC 3068, RFC 3056), behind which any address may stand."""

Resolve = Callable[[str, int], list[str]]
"""From a host and a port to its IP addresses."""


class Refused(ValueError):
    """The address must not be called; trying again is useless."""


class Failed(Exception):
    """There was no complete answer; a later try may work."""


@dataclass(frozen=True)
class Reply:
    """A server's response; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, and not to a private network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found not in PUBLIC_IPV6:
        return False
    inside = any(found in network for network in NOT_A_SERVER if network.version == found.version)
    return found.is_global and not found.is_multicast and not inside


def _resolved(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


class Outgoing:
    """Makes the calls.

    A name is resolved once for each call. If any of its addresses is not public, the call is
    refused; otherwise the connection goes to exactly those addresses, so that changing the name
    between check and call gains nothing. Redirects are not followed, and proxies from the
    environment are not used.

    Args:
        allowed: origins such as http://127.0.0.1:8081 that are called without these checks.
        resolve: resolves a name to addresses.
        trust: the trusted certificates; by default, those of the system.
    """

    def __init__(
        self,
        allowed: Collection[str] = (),
        resolve: Resolve = _resolved,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed)
        self._resolve = resolve
        self._trust = trust

    def check(self, url: str) -> None:
        """Check an address without calling or resolving it.

        Raises:
            Refused: it must not be called; the message says why.
        """
        self._parsed(url)

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds: float = 10,
        most_bytes: int = 64 * 1024,
    ) -> Reply:
        """Call an address and read the response, whatever its status.

        Args:
            method: GET, POST or another.
            url: an address that begins with https:, or one of an allowed origin.
            headers: headers in addition to those of every call.
            body: the body of the call.
            seconds: the most seconds for the whole call; connecting may take half of them.
            most_bytes: the size of the largest response.

        Raises:
            Refused: the address must not be called.
            Failed: there was no response, or it was late or too large.
        """
        parsed = self._parsed(url)
        until = time.monotonic() + seconds
        allowed = self._origin(parsed) in self._allowed
        network = _Network(self._resolve, until, free=allowed)
        every = {"Accept-Encoding": "identity", "User-Agent": "schoolrota", **(headers or {})}
        limits = {"connect": seconds / 2, "read": seconds, "write": seconds, "pool": seconds}
        try:
            with (
                httpcore.ConnectionPool(self._trust, network_backend=network) as pool,
                pool.stream(
                    method,
                    url,
                    headers=[(name.encode(), value.encode()) for name, value in every.items()],
                    content=body,
                    extensions={"timeout": limits},
                ) as answer,
            ):
                return Reply(
                    answer.status,
                    {
                        name.decode("latin-1").lower(): value.decode("latin-1")
                        for name, value in answer.headers
                    },
                    _read(answer.iter_stream(), most_bytes),
                )
        except (httpcore.TimeoutException, TimeoutError):
            raise Failed("It did not answer in time.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise Failed(f"It could not be reached ({type(error).__name__}).") from None

    def _parsed(self, url: str) -> SplitResult:
        try:
            found = urlsplit(url)
            port = found.port
        except ValueError:
            raise Refused("The address cannot be understood.") from None
        if len(url) > MOST_URL or not url.isascii() or not url.isprintable() or " " in url:
            raise Refused("The address is too long, or has characters that are not allowed.")
        if found.username is not None or found.password is not None:
            raise Refused("The address contains a name or a password. Maybe leave them out?")
        if not found.hostname:
            raise Refused("The address names no host.")
        if self._origin(found) in self._allowed:
            return found
        if found.scheme != "https" or port not in (None, 443):
            raise Refused("The address must begin with https: and use its usual port, 443.")
        try:
            literal = ipaddress.ip_address(found.hostname)
        except ValueError:
            return found
        if not is_public(str(literal)):
            raise Refused("The address leads into a private network.")
        return found

    @staticmethod
    def _origin(parsed: SplitResult) -> str:
        return f"{parsed.scheme}://{parsed.netloc}".lower()


class _Network(httpcore.NetworkBackend):
    """Connects to checked addresses only, and keeps a call within its time."""

    def __init__(self, resolve: Resolve, until: float, *, free: bool) -> None:
        self._resolve = resolve
        self._until = until
        self._free = free
        self._below = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first checked address that accepts one."""
        addresses = self._resolve(host, port)
        if not self._free and not all(map(is_public, addresses)):
            raise Refused("The address leads into a private network.")
        failure: Exception = OSError("no address")
        for address in addresses:
            try:
                found = self._below.connect_tcp(
                    address, port, _within(self._until, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(found, self._until)
        raise failure


class _Stream(httpcore.NetworkStream):
    """A connection in which every step is limited in time, so that a slow server cannot hold it."""

    def __init__(self, below: httpcore.NetworkStream, until: float) -> None:
        self._below = below
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read some bytes."""
        return self._below.read(max_bytes, _within(self._until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all bytes."""
        self._below.write(buffer, _within(self._until, timeout))

    def close(self) -> None:
        """Close the connection."""
        self._below.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The connection, encrypted; the certificate must belong to the name, not the address."""
        within = _within(self._until, timeout)
        return _Stream(self._below.start_tls(ssl_context, server_hostname, within), self._until)

    def get_extra_info(self, info: str) -> Any:
        """Information from the underlying connection."""
        return self._below.get_extra_info(info)


def _within(until: float, timeout: float | None) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is up")
    return left if timeout is None else min(left, timeout)


def _read(parts: Iterable[bytes], most_bytes: int) -> bytes:
    found = bytearray()
    for part in parts:
        found += part
        if len(found) > most_bytes:
            raise Failed("Its response is too large.")
    return bytes(found)
