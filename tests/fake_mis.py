"""A fake MIS on loopback: answers with what it is given, and misbehaves on request."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One call that came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Said:
    """One answer; `cut` promises more bytes than it sends."""

    status: int = 200
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False


Answer = Callable[[Asked], Said]


class FakeMis:
    """Listens on a free port; `trouble` holds answers that are given before the true ones."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.trouble: list[tuple[str, Said]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                url = urlsplit(self.path)
                length = int(self.headers.get("content-length") or 0)
                asked = Asked(
                    self.command,
                    url.path,
                    {name: values[-1] for name, values in parse_qs(url.query).items()},
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
                fake.asked.append(asked)
                said = fake.answer(asked)
                for number, (part, instead) in enumerate(fake.trouble):
                    if part in self.path:
                        del fake.trouble[number]
                        said = instead
                        break
                body = json.dumps(said.document).encode() if said.raw is None else said.raw
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body) * (2 if said.cut else 1)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _serve  # noqa: N815  # as the library calls them

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def domain(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def base(self) -> str:
        """Its origin."""
        return f"http://{self.domain}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def listening(answer: Answer) -> Iterator[FakeMis]:
    """A fake for the length of a block."""
    fake = FakeMis(answer)
    try:
        yield fake
    finally:
        fake.close()


class FakeWonde:
    """The answers of a Wonde with one school; rows may be changed between calls."""

    def __init__(self, school: str, rows: dict[str, list[dict[str, Any]]], per_page: int = 2):
        self.school: dict[str, Any] = {"id": school, "name": "Oak Primary"}
        self.rows = rows
        self.per_page = per_page
        self.base = ""

    def __call__(self, asked: Asked) -> Said:
        """Answer a call."""
        if asked.headers.get("authorization") != "Bearer open-sesame":
            return Said(401, {"error": "unauthorised"})
        head = f"/v1.0/schools/{self.school['id']}/"
        if not asked.path.startswith(head):
            return Said(404, {"error": "not found"})
        endpoint = asked.path.removeprefix(head).strip("/")
        if not endpoint:
            return Said(200, {"data": self.school})
        page = int(asked.query.get("page", "1"))
        rows = self.rows.get(endpoint, [])
        low, high = (page - 1) * self.per_page, page * self.per_page
        more = high < len(rows)
        ahead = f"{self.base}{head}{endpoint}/?page={page + 1}" if more else None
        pages = {"next": ahead, "previous": None, "more": more, "per_page": self.per_page}
        meta = {"pagination": {**pages, "current_page": page}, "includes": []}
        return Said(200, {"data": rows[low:high], "meta": meta})
