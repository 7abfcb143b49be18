"""First paths: the construction heuristic that gives everybody a path, one person after another.

A path over the whole horizon is best. Where that takes too much memory, the long total is kept in a
corridor along its pace, or the path is made window by window.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from solver.lns.params import FirstPathParams
from solver.lns.working_roster import WorkingRoster, in_corridor
from solver.network.shortest_path import (
    IMPOSSIBLE,
    DayWindow,
    EndCosts,
    PathTables,
    extend,
    own_cost,
    price_options,
)
from solver.network.work_meter import SECONDS_PER_LABEL
from solver.network.workspace import ThreadWorkspace, workspace_for


class FirstPaths:
    """Makes everybody's first path in a roster that has none."""

    def __init__(
        self, roster: WorkingRoster, threads: Sequence[ThreadWorkspace], params: FirstPathParams
    ) -> None:
        self._roster = roster
        self._threads = threads
        self._params = params
        self._hurries = False

    def make(self, stop: Callable[[], bool], seconds: float = math.inf) -> bool:
        """Make the paths; false if somebody has none, or if it was stopped.

        With too few seconds for paths in a corridor, those window by window come first, which are
        worse.
        """
        labels = len(self._roster.networks) * self._params.corridor_labels
        self._hurries = labels * SECONDS_PER_LABEL / len(self._threads) > (
            self._params.hurry * seconds
        )
        people = iter(range(len(self._roster.networks)))

        def plan(thread: ThreadWorkspace) -> bool:
            return all(not stop() and self._make(thread, person) for person in people)

        with ThreadPoolExecutor(len(self._threads)) as pool:
            if not all(list(pool.map(plan, self._threads))):
                return False
        self._roster.count()
        return True

    def _make(self, thread: ThreadWorkspace, person: int) -> bool:
        days = self._roster.days
        if thread.workspace.days == days:
            # Surcharges stay as they are raised, so that another attempt begins higher.
            attempts = 1 if self._roster.networks[person].exact else self._params.attempts
            whole = DayWindow(0, days)
            return any(
                self._roster.replan(thread, person, whole, 0.0, is_first=True) < IMPOSSIBLE
                for _ in range(attempts)
            )
        ways = [self._in_corridor, self._by_windows]
        return any(way(thread, person) for way in (ways[::-1] if self._hurries else ways))

    def _in_corridor(self, thread: ThreadWorkspace, person: int) -> bool:
        return any(
            self._path_in_corridor(thread, person, wanting)
            for wanting in self._params.corridor_wanting
        )

    def _by_windows(self, thread: ThreadWorkspace, person: int) -> bool:
        params = self._params
        attempts = zip(params.window_press, params.window_wanting, params.window_ahead, strict=True)
        return any(self._path_by_windows(thread, person, *attempt) for attempt in attempts)

    def _path_in_corridor(self, thread: ThreadWorkspace, person: int, wanting: float) -> bool:
        """A path over the whole horizon with the long total near its pace: better than window by
        window, and for people whose limits leave so little room that windows do not add up."""
        roster, duties = self._roster, self._roster.duties
        network, path = roster.networks[person], roster.paths[person]
        t = network.tables
        labels_per_value = (roster.days + 1) * t.follows.shape[0] * t.counts.shape[1]
        width = self._params.corridor_labels // labels_per_value
        if width < 2:
            return False
        near = in_corridor(t, np.round(_middle(t) * self._pace(person, wanting)), width)
        workspace = workspace_for([network], roster.days, width)
        price_options(t, roster.headcounts, duties.first_price, duties.price, workspace.cost)
        # Two people who are planned at the same time shall not choose the same among equals.
        options = t.first_option[-1]
        workspace.cost[:options] += thread.random.integers(0, duties.scale, options, np.int32)
        ends = EndCosts(t.final_count, 0, 0)
        found = extend(near, workspace, path, DayWindow(0, roster.days), ends, thread.rng)
        if found >= IMPOSSIBLE or own_cost(t, path) >= IMPOSSIBLE:
            return False
        roster.add(person)
        return True

    def _pace(self, person: int, wanting: float) -> NDArray[np.float64]:
        """[day] -> the part of the long total that is reached before it, one more at the end: more
        where more people are wanted."""
        days = self._roster.days
        t = self._roster.networks[person].tables
        most = t.rise / max(1, t.rise.sum())
        wanted = np.zeros(days)
        lengths = np.diff(t.first_duty)
        option = np.repeat(np.arange(len(lengths)), lengths)
        day = np.searchsorted(t.first_option, option, side="right") - 1
        people = self._roster.duties.wanted[t.duty]
        np.add.at(wanted, day, people * t.amount[t.option_class[option]])
        share = wanted / max(1.0, wanted.sum()) if wanted.any() else most
        upto: NDArray[np.float64] = np.cumsum(wanting * share + (1 - wanting) * most)
        return np.concatenate([[0.0], upto])

    def _path_by_windows(
        self, thread: ThreadWorkspace, person: int, press: int, wanting: float, ahead: int
    ) -> bool:
        """A path made window by window, at the pace that the limits of the whole horizon need."""
        roster, params, scale = self._roster, self._params, self._roster.duties.scale
        network, path, workspace = roster.networks[person], roster.paths[person], thread.workspace
        t, days = network.tables, roster.days
        parts = self._pace(person, wanting)
        self._price_with_scarce(person, thread)
        lead = ahead * int(t.rise.max())
        middle = _middle(t)
        first = 0
        while True:
            last = min(first + workspace.days, days)
            part = float(parts[last])
            fuller = np.maximum(0, network.fullness - params.ease * part)
            of_count = (fuller * params.full_price * scale).astype(np.int32)
            if last == days:
                of_count[:] = t.final_count
            ends = EndCosts(of_count, round(min(middle, middle * part + lead)), press * scale)
            if extend(t, workspace, path, DayWindow(first, last), ends, thread.rng) >= IMPOSSIBLE:
                return False
            if last == days:
                break
            first = min(last - params.overlap, days - workspace.days)
        if own_cost(t, path) >= IMPOSSIBLE:
            return False
        roster.add(person)
        return True

    def _price_with_scarce(self, person: int, thread: ThreadWorkspace) -> None:
        """Fill in the options' costs, scarce kinds of days being dearer."""
        roster, duties = self._roster, self._roster.duties
        network, cost = roster.networks[person], thread.workspace.cost
        price_options(network.tables, roster.headcounts, duties.first_price, duties.price, cost)
        for number, limit in enumerate(network.extra.most):
            if int(limit) < roster.days // 3:
                mine = np.flatnonzero(network.extra.total == number)
                options = np.searchsorted(network.extra.first, mine, side="right") - 1
                cost[options] += duties.scale * self._params.scarce_price


def _middle(t: PathTables) -> float:
    """The middle between the limits of the long total."""
    return (int(t.least[-1]) + int(t.most[-1])) / 2
