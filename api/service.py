"""Runs the service on a port, until it receives a signal to stop."""

import asyncio
import os
import signal
import sys
import webbrowser
from types import FrameType

import structlog
import uvicorn

from api.access import first_key
from api.app import create_app, open_service
from api.pages.cookies import LOOPBACK
from api.settings import Settings
from scheduler.access.keys import any_key
from scheduler.access.sessions import link_of_this_computer
from scheduler.jobs.lock import AlreadyRunning
from scheduler.logs import configure
from scheduler.operations.service import Service
from scheduler.rotas.nightly import NightWatch
from scheduler.storage.database import NotMigrated
from scheduler.storage.tenant_scope import bypasses_row_level_security

STREAMS_END_WITHIN = 2
"""Seconds that calls and streams may take to end; running jobs are handed on after that."""


def serve(settings: Settings | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then hand running jobs on and end the process.

    It leaves within ten seconds, with streams open; jobs go on at the next start.

    Raises:
        SystemExit: it cannot begin; says why.
    """
    chosen = settings or Settings()
    configure(chosen.log_level)
    try:
        service = open_service(chosen)
        app = create_app(chosen, service)
    except (AlreadyRunning, NotMigrated, ValueError) as error:
        raise SystemExit(f"schoolrota: {error}") from None
    _see_to_a_key(service, chosen.host)
    if chosen.nightly_at is not None and service.worker is not None:
        NightWatch(service.nights(), chosen.nightly_at).start()
    config = uvicorn.Config(
        app,
        host=chosen.host,
        port=chosen.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STREAMS_END_WITHIN,
    )
    server = _Server(config, service)
    server.run()
    structlog.get_logger().info("left")
    sys.stderr.flush()
    # The job engine's threads would keep the process.
    os._exit(0 if server.started else 1)


def _see_to_a_key(service: Service, host: str) -> None:
    """Show the first key once, on this machine only; elsewhere others read the logs too."""
    if bypasses_row_level_security(service.engine):
        structlog.get_logger().warning("the database role stands above row-level security")
    if any_key(service.engine):
        return
    if host not in LOOPBACK:
        structlog.get_logger().warning("there is no key yet; `schoolrota keys` makes one")
        return
    made = first_key(service)
    if made is not None:
        sys.stderr.write(f"Your admin key, shown this once: {made.key}\n")
        sys.stderr.flush()


def _show_link(service: Service, host: str, port: int) -> None:
    """Say how to open the pages, and open them where there is a desktop."""
    shown = f"[{host}]" if ":" in host else host
    link = f"http://{shown}:{port}/sign-in/{link_of_this_computer(service.engine)}"
    sys.stderr.write(f"Open the pages, once and within ten minutes: {link}\n")
    sys.stderr.flush()
    has_desktop = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if sys.stderr.isatty() and has_desktop:
        webbrowser.open(link)


class _Server(uvicorn.Server):
    """Shows the link to the pages once it listens; ends the event streams on a signal to stop, so
    that it need not wait for them."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Begin, and remember the loop that streams run in."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)  # type: ignore[arg-type]
        host = self.config.host
        if self.started and host in LOOPBACK:
            port = self.servers[0].sockets[0].getsockname()[1]
            await asyncio.to_thread(_show_link, self._service, host, port)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Leave; at once if told twice by keyboard."""
        app = self.config.app
        feed = getattr(app.state, "feed", None)  # type: ignore[union-attr]
        if feed is not None:
            self._loop.call_soon_threadsafe(feed.close)
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
