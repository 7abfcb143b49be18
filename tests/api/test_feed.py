"""The feed of events: one look at the database for all who watch, wherever they begin."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import feed as module
from api.feed import Feed, TooManyStreams
from scheduler.jobs.jobs import MOST_EVENTS, Jobs
from scheduler.jobs.view import JobEvent


class Told:
    """Jobs of which only events are known."""

    def __init__(self, known: int = 0) -> None:
        self.known = known
        self.asked: Counter[str] = Counter()
        self.over = False

    def events(self, _: str, *, after: int = 0) -> list[JobEvent]:
        """Those after one."""
        self.asked["events"] += 1
        numbers = range(after + 1, min(self.known, after + MOST_EVENTS) + 1)
        return [self._event(number) for number in numbers]

    def newest_events(self, job_ids: Sequence[str]) -> dict[str, int]:
        """The last of each."""
        self.asked["newest"] += 1
        return dict.fromkeys(job_ids, self.known)

    def _event(self, number: int) -> JobEvent:
        if self.over and number == self.known:
            return JobEvent(number=number, kind="state", what={"state": "done"})
        return JobEvent(number=number, kind="progress", what={})


def _feed(told: Told, *, most: int = 1000, each: int = 1000) -> Feed:
    return Feed(cast("Jobs", told), most, each)


async def _read(feed: Feed, after: int, numbers: list[int], pause: float = 0) -> None:
    async for text in feed.stream("job", after, "somebody"):
        if text.startswith("id: "):
            numbers.append(int(text.partition("\n")[0].removeprefix("id: ")))
        await asyncio.sleep(pause)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.01)


def test_two_hundred_readers_cost_as_much_as_one() -> None:
    """Each gets every event once, in order; the database is asked per event, not per reader."""
    told = Told()
    seen: list[list[int]] = [[] for _ in range(200)]

    async def watch() -> None:
        feed = _feed(told)
        readers = [asyncio.create_task(_read(feed, 0, numbers)) for numbers in seen]
        for _ in range(10):
            await asyncio.sleep(0.03)
            told.known += 1
        told.over = True
        told.known += 1
        await asyncio.gather(*readers)

    asyncio.run(watch())
    assert all(numbers == list(range(1, 12)) for numbers in seen)
    assert told.asked["events"] <= 11


@settings(max_examples=25, deadline=None)
@given(
    starts=st.lists(st.integers(0, 40), min_size=1, max_size=6),
    bursts=st.lists(st.integers(1, 12), min_size=1, max_size=5),
    remembered=st.integers(1, 10),
)
def test_nobody_misses_an_event_or_gets_one_twice(
    starts: list[int], bursts: list[int], remembered: int
) -> None:
    """Wherever they begin, and however little is remembered for them."""
    told = Told(known=40)
    seen: list[list[int]] = [[] for _ in starts]

    async def watch() -> None:
        feed = _feed(told)
        readers = []
        for after, numbers in zip(starts, seen, strict=True):
            readers.append(asyncio.create_task(_read(feed, after, numbers, 0.001)))
            await asyncio.sleep(0.005)
        for burst in bursts:
            await asyncio.sleep(0.01)
            told.known += burst
        told.over = True
        told.known += 1
        await asyncio.wait_for(asyncio.gather(*readers), 10)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "REMEMBERED", remembered)
        patched.setattr(module, "LOOK_EVERY", 0.01)
        asyncio.run(watch())
    for after, numbers in zip(starts, seen, strict=True):
        assert numbers == list(range(after + 1, told.known + 1))


def test_a_reader_who_goes_leaves_nothing_behind() -> None:
    """When the last is gone nobody looks any more."""
    told = Told(known=3)

    async def watch() -> dict[str, Any]:
        feed = _feed(told)
        reader = asyncio.create_task(_read(feed, 0, []))
        await asyncio.sleep(0.1)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await asyncio.sleep(0.05)
        asked = told.asked["newest"]
        await asyncio.sleep(0.1)
        assert told.asked["newest"] == asked
        return vars(feed)

    left = asyncio.run(watch())
    assert (left["_watched"], left["_open"]) == ({}, {})


def test_streams_are_limited_in_all_and_for_each() -> None:
    """Who is refused is not kept; when one has gone there is room."""
    told = Told()

    async def watch() -> None:
        feed = _feed(told, most=3, each=2)
        one = feed.stream("job", 0, "one")
        two = feed.stream("job", 0, "one")
        await anext(one)
        await anext(two)
        with pytest.raises(TooManyStreams):
            feed.stream("job", 0, "one")
        three = feed.stream("job", 0, "other")
        await anext(three)
        with pytest.raises(TooManyStreams):
            feed.stream("job", 0, "third")
        await one.aclose()  # type: ignore[attr-defined]
        await anext(feed.stream("job", 0, "one"))

    asyncio.run(watch())


def test_streams_end_when_the_service_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and silence before that is broken by a sign of life."""
    monkeypatch.setattr(module, "HEARTBEAT", 0.05)
    told = Told()
    heard: list[str] = []

    async def watch() -> None:
        feed = _feed(told)

        async def read() -> None:
            heard.extend([text async for text in feed.stream("job", 0, "one")])

        reader = asyncio.create_task(read())
        await asyncio.sleep(0.2)
        feed.close()
        await asyncio.wait_for(reader, 5)

    asyncio.run(watch())
    assert heard[0].startswith("retry:")
    assert ": waiting\n\n" in heard
