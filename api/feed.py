"""The events of jobs as streams (server-sent events): resumable, and cheap to wait for."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from scheduler.jobs import metrics
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.view import JobEvent
from scheduler.storage.tables import JobState

LOOK_EVERY = 0.2
"""Seconds between two looks for new events, while anybody waits: one look for all who do."""

HEARTBEAT = 15.0
"""Seconds of silence after which a stream says that it is alive."""

REMEMBERED = 200
"""Newest events of a job that its readers share; who is further behind reads the database."""

RETRY = "retry: 1000\n\n"
"""Tells a browser to come back after a second."""


class TooManyStreams(Exception):
    """The limit of open streams is reached."""


@dataclass
class _Watched:
    """A job that somebody watches: its newest events, read once for all readers."""

    newest: int
    """The number of the last event that was read."""
    events: deque[JobEvent] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the next news, and then replaced."""
    readers: int = 0

    def after(self, number: int) -> list[JobEvent] | None:
        """What is remembered after an event; none where there is a gap."""
        if self.newest <= number:
            return []
        if not self.events or self.events[0].number > number + 1:
            return None
        return [event for event in self.events if event.number > number]


class Feed:
    """Passes the events of jobs on to everybody who waits for them."""

    def __init__(self, jobs: Jobs, most: int, most_of_one: int) -> None:
        """Prepare.

        Args:
            jobs: where events are read.
            most: streams open at once.
            most_of_one: streams of one caller open at once.
        """
        self._jobs = jobs
        self._most = most
        self._most_of_one = most_of_one
        self._watched: dict[str, _Watched] = {}
        self._open: dict[str, int] = {}
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    def stream(self, job_id: str, after: int, caller: str) -> AsyncIterator[str]:
        """The events of a job after a number, until it is over.

        Raises:
            TooManyStreams: at once.
        """
        if sum(self._open.values()) >= self._most or self._open.get(caller, 0) >= self._most_of_one:
            raise TooManyStreams
        metrics.STREAMS.inc()
        return self._told(job_id, after, caller)

    def close(self) -> None:
        """End all streams; those who read them come back elsewhere."""
        self._closed = True
        for watched in self._watched.values():
            watched.news.set()

    async def _told(self, job_id: str, after: int, caller: str) -> AsyncIterator[str]:
        self._open[caller] = self._open.get(caller, 0) + 1
        watched = self._watched.setdefault(job_id, _Watched(after))
        watched.readers += 1
        try:
            yield RETRY
            while not self._closed:
                news = watched.news  # before looking, or what comes in between would be missed
                found = watched.after(after)
                if found is None or (not found and watched.newest < after):
                    found = await asyncio.to_thread(self._jobs.events, job_id, after=after)
                for event in found:
                    after = event.number
                    yield _written(event)
                    if _last(event):
                        return
                if not found and not await self._news(news):
                    yield ": waiting\n\n"
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]
            watched.readers -= 1
            if not watched.readers:
                self._watched.pop(job_id, None)

    async def _news(self, news: asyncio.Event) -> bool:
        """Wait for events; false after a while without any."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(HEARTBEAT):
                await news.wait()
        except TimeoutError:
            return False
        return True

    async def _look(self) -> None:
        while self._watched and not self._closed:
            with contextlib.suppress(SQLAlchemyError):  # out of reach: the next look may find it
                newest = await asyncio.to_thread(self._jobs.newest_events, sorted(self._watched))
                for job_id, watched in list(self._watched.items()):
                    if newest.get(job_id, 0) > watched.newest:
                        await self._fetch(job_id, watched)
            await asyncio.sleep(LOOK_EVERY)

    async def _fetch(self, job_id: str, watched: _Watched) -> None:
        found = await asyncio.to_thread(self._jobs.events, job_id, after=watched.newest)
        if found:
            watched.events.extend(found)
            watched.newest = found[-1].number
            watched.news.set()
            watched.news = asyncio.Event()


def _written(event: JobEvent) -> str:
    return f"id: {event.number}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n"


def _last(event: JobEvent) -> bool:
    return event.kind == "state" and JobState(event.what["state"]).over
