"""Calls to other people's servers: which addresses are refused, and what a bad answer does."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scheduler.exchange.mis.safe_http import Failed, Outgoing, Refused, is_public
from tests.fake_mis import Said, listening

PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "0.0.0.0",
    "192.88.99.1",
    "::",
    "::1",
    "fc00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "2002:a00:1::",
    "2001:db8::1",
    "64:ff9b::a00:1",
    "2001:0:1::1",
    "::8.8.8.8",
    "fe80::1%eth0",
    "nonsense",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public(address: str) -> None:
    """Private, reserved, or a way around through another form."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_a_public_address(address: str) -> None:
    """Of either version."""
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "https://example.org:8443/hook",
        "https://me:secret@example.org/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https:///nowhere",
        "https://example.org/\u00e9",
        "https://example.org/a b",
        "https://example.org/" + "x" * 3000,
        "https://example.org:99999999/",
        "ftp://example.org/",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_is_refused_as_it_stands(url: str) -> None:
    """Before anything is asked of anybody."""
    with pytest.raises(Refused):
        Outgoing().check(url)
    with pytest.raises(Refused):
        Outgoing().call("POST", url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "localhost"])
def test_another_way_to_write_loopback(host: str) -> None:
    """Is resolved, and then seen for what it is."""
    with pytest.raises(Refused):
        Outgoing().call("GET", f"https://{host}/")


def test_one_private_address_among_public_ones_is_enough() -> None:
    """So that nobody gets in by luck."""
    mixed = Outgoing(resolve=lambda *_: ["8.8.8.8", "169.254.169.254"])
    with pytest.raises(Refused):
        mixed.call("GET", "https://example.org/")


def test_a_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers otherwise the second time changes nothing."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])
    tried: list[str] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> None:
        tried.append(address[0])
        raise OSError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Failed):
        Outgoing(resolve=lambda *_: next(answers)).call("GET", "https://example.org/")
    assert tried == ["8.8.8.8"]


def test_a_redirect_is_an_answer() -> None:
    """And not followed."""
    elsewhere = {"Location": "http://169.254.169.254/latest/meta-data"}
    with listening(lambda _: Said(302, {}, elsewhere)) as fake:
        reply = Outgoing([fake.base]).call("GET", f"{fake.base}/hook")
        assert reply.status == 302
        assert len(fake.asked) == 1


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be called instead of the checked address."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with listening(lambda _: Said(204, raw=b"")) as fake:
        assert Outgoing([fake.base]).call("GET", fake.base).status == 204


def test_an_answer_that_is_too_large() -> None:
    """Is not read to its end."""
    with (
        listening(lambda _: Said(raw=bytes(100_000))) as fake,
        pytest.raises(Failed, match="too large"),
    ):
        Outgoing([fake.base]).call("GET", fake.base)


@contextmanager
def slow() -> Iterator[str]:
    """A server that sends a byte of its headers now and then, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not over.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def test_a_slow_answer_ends_in_time() -> None:
    """Each byte comes soon enough, and all of them would not."""
    with slow() as base, pytest.raises(Failed, match="in time"):
        Outgoing([base]).call("GET", base, seconds=0.3)


def test_nobody_there() -> None:
    """Is a failure, and may be tried again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    with pytest.raises(Failed):
        Outgoing([base]).call("GET", base)
