"""The events of jobs as streams (server-sent events): resumable, and cheap to wait for."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sqlalchemy.exc import DBAPIError

from scheduler.jobs.jobs import Jobs
from scheduler.jobs.tables import State
from scheduler.jobs.view import JobEvent

LOOK_EVERY = 0.1
"""Seconds between two looks for new events, while anybody waits: one look for all who do."""

HEARTBEAT = 15.0
"""Seconds of silence after which a stream says that it is alive."""

RETRY = "retry: 1000\n\n"
"""Tells a browser to come back after a second."""


class Feed:
    """Tells whoever waits for a job's events when there are any."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._waiting: dict[asyncio.Event, tuple[str, int]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    async def stream(self, job_id: str, after: int) -> AsyncIterator[str]:
        """The events of a job after a number, until it is over."""
        yield RETRY
        while not self._closed:
            found = await asyncio.to_thread(self._jobs.events, job_id, after=after)
            for event in found:
                after = event.number
                yield _written(event)
                if _last(event):
                    return
            if not found and not await self._news(job_id, after):
                yield ": waiting\n\n"

    def close(self) -> None:
        """End all streams; those who read them come back elsewhere."""
        self._closed = True
        for news in self._waiting:
            news.set()

    async def _news(self, job_id: str, after: int) -> bool:
        """Wait for events; false after a while without any."""
        news = asyncio.Event()
        self._waiting[news] = (job_id, after)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(HEARTBEAT):
                await news.wait()
        except TimeoutError:
            return False
        finally:
            del self._waiting[news]
        return True

    async def _look(self) -> None:
        while self._waiting and not self._closed:
            await asyncio.sleep(LOOK_EVERY)
            ids = sorted({job_id for job_id, _ in self._waiting.values()})
            with contextlib.suppress(DBAPIError):  # out of reach: the next look may find it
                newest = await asyncio.to_thread(self._jobs.newest_events, ids)
                for news, (job_id, after) in list(self._waiting.items()):
                    if newest.get(job_id, 0) > after:
                        news.set()


def _written(event: JobEvent) -> str:
    return f"id: {event.number}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n"


def _last(event: JobEvent) -> bool:
    return event.kind == "state" and State(event.what["state"]).over
