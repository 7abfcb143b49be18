"""Project scheduling instances: their files, their plans as CSV, and a checker of its own.

Nothing of the engine is used here, so that it judges what the engine says.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psplib


@dataclass(frozen=True)
class ProjectTask:
    """One activity, by its number in the file."""

    number: int
    duration: int
    demands: tuple[int, ...]
    """Of each resource."""
    skills: tuple[int, ...] = ()
    """How many workers with each skill."""


@dataclass(frozen=True)
class Lag:
    """`then` starts at least `lag` units after `first` starts; below zero, at most before."""

    first: int
    then: int
    least: int


@dataclass(frozen=True)
class ProjectInstance:
    """An instance; times are whole units of its own."""

    name: str
    tasks: tuple[ProjectTask, ...]
    lags: tuple[Lag, ...]
    capacities: tuple[int, ...]
    workers: tuple[frozenset[int], ...] = ()
    """The skills of each worker, as places in a task's `skills`."""

    @property
    def longest(self) -> int:
        """No best plan is longer: each task with the longest of its duration and its lags."""
        after = {task.number: task.duration for task in self.tasks}
        for lag in self.lags:
            after[lag.first] = max(after[lag.first], lag.least)
        return sum(after.values())


@dataclass(frozen=True)
class Planned:
    """A plan: when each task starts, and the workers on it."""

    starts: dict[int, int]
    workers: dict[int, tuple[int, ...]]


def read(path: Path) -> ProjectInstance:
    """The instance in a file.

    Raises:
        ValueError: the file is of another form, or needs what is not translated.
    """
    if path.suffix == ".dzn":
        return _multi_skill(path)
    form = {".sm": "psplib", ".sch": "rcpsp_max", ".rcp": "patterson"}.get(path.suffix)
    if form is None:
        raise ValueError(f"{path.name} is none of .sm, .sch, .rcp and .dzn")
    parsed = psplib.parse(path, instance_format=form)
    if any(len(a.modes) != 1 for a in parsed.activities):
        raise ValueError(f"{path.name} has activities with several modes")
    if not all(r.renewable for r in parsed.resources):
        raise ValueError(f"{path.name} has resources that are used up")
    base = 0 if form == "rcpsp_max" else 1  # how the files themselves count
    lags = []
    for number, activity in enumerate(parsed.activities):
        length = activity.modes[0].duration
        delays = activity.delays or [length] * len(activity.successors)
        lags += [
            Lag(number + base, then + base, delay)
            for then, delay in zip(activity.successors, delays, strict=True)
        ]
    return ProjectInstance(
        name=path.name,
        tasks=tuple(
            ProjectTask(n + base, a.modes[0].duration, tuple(a.modes[0].demands))
            for n, a in enumerate(parsed.activities)
        ),
        lags=tuple(lags),
        capacities=tuple(r.capacity for r in parsed.resources),
    )


def _multi_skill(path: Path) -> ProjectInstance:
    """A MiniZinc data file of multi-skill project scheduling; everything counts from 1."""
    text = path.read_text(encoding="utf-8")

    def after(name: str) -> str:
        found = re.search(rf"\b{name}\s*=\s*(.*?);", text, re.DOTALL)
        if found is None:
            raise ValueError(f"{path.name} has no {name}")
        return found.group(1)

    def numbers(part: str) -> list[int]:
        return [int(n) for n in re.findall(r"\d+", part)]

    def sets(part: str) -> list[list[int]]:
        return [numbers(one) for one in re.findall(r"\{(.*?)\}", part)]

    durations = numbers(after("d"))
    rows = [numbers(row) for row in after("rr").strip("[|] \n").split("|")]
    followers = sets(after("suc"))
    return ProjectInstance(
        name=path.name,
        tasks=tuple(
            ProjectTask(n + 1, duration, (), tuple(row[n] for row in rows))
            for n, duration in enumerate(durations)
        ),
        lags=tuple(
            Lag(n + 1, then, durations[n]) for n, some in enumerate(followers) for then in some
        ),
        capacities=(),
        workers=tuple(frozenset(s - 1 for s in some) for some in sets(after("has_skills"))),
    )


# ------------------------------------------------------------------ plans as files


def write(planned: Planned, path: Path) -> None:
    """A row for each activity: `activity,start[,worker...]`, numbered as in the instance."""
    with path.open("w", encoding="ascii", newline="") as out:
        rows = csv.writer(out)
        for number, start in sorted(planned.starts.items()):
            rows.writerow([number, start, *planned.workers.get(number, ())])


def load(path: Path) -> Planned:
    """A plan from its file."""
    with path.open(encoding="ascii", newline="") as file:
        rows = [[int(cell) for cell in row] for row in csv.reader(file)]
    return Planned(
        {row[0]: row[1] for row in rows}, {row[0]: tuple(row[2:]) for row in rows if row[2:]}
    )


# ------------------------------------------------------------------ the checker


def makespan(project: ProjectInstance, planned: Planned) -> int:
    """When the last task ends."""
    return max(planned.starts[task.number] + task.duration for task in project.tasks)


def faults(project: ProjectInstance, planned: Planned) -> Iterator[str]:
    """Everything that is wrong with a plan."""
    known = {task.number for task in project.tasks}
    if planned.starts.keys() != known:
        yield "not every task is planned exactly once"
        return
    if any(start < 0 for start in planned.starts.values()):
        yield "a task starts before time 0"
    for lag in project.lags:
        apart = planned.starts[lag.then] - planned.starts[lag.first]
        if apart < lag.least:
            yield f"{lag.then} starts {apart} after {lag.first}, not at least {lag.least}"
    for resource, capacity in enumerate(project.capacities):
        load: dict[int, int] = defaultdict(int)
        for task in project.tasks:
            begin = planned.starts[task.number]
            for moment in range(begin, begin + task.duration):
                load[moment] += task.demands[resource]
        most = max(load.values(), default=0)
        if most > capacity:
            yield f"resource {resource + 1} is used {most} times at once, not {capacity}"
    if project.workers:
        yield from _faults_of_workers(project, planned)


def _faults_of_workers(project: ProjectInstance, planned: Planned) -> Iterator[str]:
    busy: dict[tuple[int, int], int] = defaultdict(int)
    for task in project.tasks:
        mine = planned.workers.get(task.number, ())
        begin = planned.starts[task.number]
        if len(set(mine)) < len(mine):
            yield f"{task.number} has a worker twice"
        if not set(mine) <= set(range(1, len(project.workers) + 1)):
            yield f"{task.number} has a worker who is not known"
        elif seated(task.skills, [project.workers[w - 1] for w in mine]) is None:
            yield f"{task.number} lacks workers with its skills"
        for worker in set(mine):
            for moment in range(begin, begin + task.duration):
                busy[worker, moment] += 1
    for (worker, moment), tasks in sorted(busy.items()):
        if tasks > 1:
            yield f"worker {worker} is on {tasks} tasks at {moment}"


def seated(asked: Sequence[int], workers: Sequence[frozenset[int]]) -> list[int] | None:
    """A worker of its own for every asked skill, by place; None where there is none (augmenting
    paths)."""
    seats = [skill for skill, number in enumerate(asked) for _ in range(number)]
    sitting: dict[int, int] = {}

    def place(seat: int, seen: set[int]) -> bool:
        for worker, skills in enumerate(workers):
            if seats[seat] in skills and worker not in seen:
                seen.add(worker)
                if worker not in sitting or place(sitting[worker], seen):
                    sitting[worker] = seat
                    return True
        return False

    return sorted(sitting) if all(place(seat, set()) for seat in range(len(seats))) else None
