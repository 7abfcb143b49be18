"""Public project scheduling instances as ordinary requests: one unit of time is a minute."""

import csv
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.law import set_aside
from benchmarks.projects import (
    Lag,
    Planned,
    ProjectInstance,
    ProjectTask,
    faults,
    makespan,
    read,
    seated,
    write,
)
from models.answer.result import Progress, Result, ResultStatus
from scheduler.child import solve_in_child
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.search.params import DEFAULTS, SearchParams

DAY = "2026-01-05"
"""The day on which everything happens: without a clock change."""

MOST = 24 * 60


@dataclass(frozen=True)
class ProjectOutcome:
    """The result of one instance; `value` and `bound` in its own unit."""

    status: str
    value: int | None
    bound: int | None
    seconds: float
    faults: tuple[str, ...] = ()

    @property
    def gap(self) -> float | None:
        """How far the bound is below the value, in hundredths of the value."""
        if self.value is None or self.bound is None:
            return 0.0 if self.status == "impossible" else None
        return 100 * (self.value - self.bound) / self.value


def request(project: ProjectInstance, *, seconds: float, workers: int) -> RotaRequest:
    """An instance as a request; tasks without duration become lags between the others."""
    if project.longest > MOST:
        raise ValueError(f"{project.name} may last {project.longest} units; {MOST} are the most")
    rules: list[dict[str, Any]] = [{"kind": "ends_early", "priority": 1}]
    lags, earliest = _without_moments(project)
    steps = [
        {"activity": f"a{lag.then}", "after": f"a{lag.first}", "least": lag.least} for lag in lags
    ]
    if steps:
        rules.append({"kind": "stages", "steps": steps, "relation": "start_to_start"})
    if project.workers:
        rules.append({"kind": "cover", "priority": "must"})
    return read_request(
        {
            "problem": {
                "name": project.name,
                "horizon": {"first": DAY, "last": DAY},
                "schools": [{"id": "site", "name": "Site"}],
                "skills": {f"s{n}": f"Skill {n + 1}" for n in _skills(project)},
                "people": [
                    {
                        "id": f"w{n + 1}",
                        "name": f"Worker {n + 1}",
                        "home": "site",
                        "skills": [{"skill": f"s{skill}"} for skill in sorted(skills)],
                    }
                    for n, skills in enumerate(project.workers)
                ],
                "resources": [
                    {"id": f"r{n + 1}", "name": f"Resource {n + 1}", "capacity": capacity}
                    for n, capacity in enumerate(project.capacities)
                ],
                "activities": [
                    _activity(task, earliest[task.number], project.longest)
                    for task in _real(project)
                ],
            },
            "rules": rules,
            "without": set_aside("the instance has all of its rules, and no others"),
            "limits": {"seconds": seconds, "workers": workers},
        }
    )


def _real(project: ProjectInstance) -> list[ProjectTask]:
    return [task for task in project.tasks if task.duration]


def _without_moments(project: ProjectInstance) -> tuple[list[Lag], dict[int, int]]:
    """The lags, and the earliest starts, that are left when tasks without duration are gone."""
    lags, earliest = list(project.lags), {task.number: 0 for task in project.tasks}
    lengths = {task.number: task.duration for task in project.tasks}
    for task in project.tasks:
        if task.duration:
            continue
        into = [lag for lag in lags if lag.then == task.number]
        out = [lag for lag in lags if lag.first == task.number]
        if any(lag.least < 0 for lag in out) or any(
            lag.least > lengths[lag.first] for lag in into if not out
        ):
            raise ValueError(f"{project.name} has a time limit through {task.number}")
        for after in out:
            begin = earliest[task.number] + after.least
            earliest[after.then] = max(earliest[after.then], begin)
        lags = [lag for lag in lags if task.number not in (lag.first, lag.then)]
        lags += [Lag(a.first, b.then, a.least + b.least) for a in into for b in out]
    return lags, earliest


def _skills(project: ProjectInstance) -> range:
    return range(len(project.tasks[0].skills))


def _activity(task: ProjectTask, earliest: int, longest: int) -> dict[str, Any]:
    window = {"start": _clock(earliest), **({"end": _clock(longest)} if longest < MOST else {})}
    found: dict[str, Any] = {
        "id": f"a{task.number}",
        "name": f"Activity {task.number}",
        "school": "site",
        "minutes": task.duration,
        "step": 1,
        "windows": [window],
        "uses": [
            {"one_of": [f"r{n + 1}"], "amount": amount}
            for n, amount in enumerate(task.demands)
            if amount
        ],
    }
    needs = [
        {"id": f"s{n}", "count": count, "most": count, "who": {"skill": f"s{n}"}}
        for n, count in enumerate(task.skills)
        if count
    ]
    return {**found, "needs": needs}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def planned(project: ProjectInstance, result: Result) -> Planned | None:
    """The schedule in the instance's own numbers."""
    if result.schedule is None:
        return None
    starts = {
        int(timed.activity[1:]): timed.start.hour * 60 + timed.start.minute
        for timed in result.schedule.times
    }
    earliest = _without_moments(project)[1]
    # What has one possible start only is not told.
    starts = {task.number: earliest[task.number] for task in _real(project)} | starts
    for _ in project.tasks:  # moments may follow each other
        for task in project.tasks:
            if not task.duration:
                into = [lag for lag in project.lags if lag.then == task.number]
                known = [starts.get(lag.first, 0) + lag.least for lag in into]
                starts[task.number] = max([0, *known])
    workers: dict[int, list[int]] = {}
    for placement in result.schedule.placements:
        number = int(placement.duty.split("/")[0][1:])
        workers.setdefault(number, []).append(int(placement.person[1:]))
    for task in project.tasks:
        if not task.duration and any(task.skills):
            # A moment keeps nobody busy, so anybody with the skill will do.
            workers[task.number] = [w + 1 for w in seated(task.skills, project.workers) or ()]
    return Planned(starts, {number: tuple(sorted(some)) for number, some in workers.items()})


def warm_up(path: Path) -> None:
    """Start what the first run would wait for: the process that children are made from."""
    with suppress(ValueError):
        solve_in_child(request(read(path), seconds=0.1, workers=1))


def measure(
    path: Path,
    out: Path | None,
    *,
    seconds: float,
    workers: int,
    params: SearchParams = DEFAULTS,
) -> ProjectOutcome:
    """Solve one instance as every request is solved, write its plan and judge it."""
    project = read(path)
    asked = request(project, seconds=seconds, workers=workers)
    began = time.monotonic()
    proved: list[float] = []

    def listen(news: Progress) -> None:
        if news.levels and all(v.proved for v in news.levels):
            proved.append(time.monotonic() - began)

    result = solve_in_child(asked, listen=listen, params=params)
    took = proved[0] if proved else time.monotonic() - began
    if result.status is ResultStatus.IMPOSSIBLE:
        took = result.receipt.seconds  # what comes after it is why
    plan = planned(project, result)
    if plan is None:
        return ProjectOutcome(result.status.value, None, None, took)
    if out is not None:
        write(plan, out / f"{path.stem}.csv")
    found = tuple(faults(project, plan))
    value = makespan(project, plan)
    bound = min(value, result.levels[0].bound)
    settled = result.status is ResultStatus.OPTIMAL
    return ProjectOutcome(result.status.value, value, value if settled else bound, took, found)


# ------------------------------------------------------------------ the best known, and a peer


@dataclass(frozen=True)
class BestKnown:
    """The best that is known of an instance."""

    bound: int | None
    value: int | None
    impossible: bool


def best_known(path: Path) -> BestKnown | None:
    """The instance's row in the `best_known.csv` beside it, or of a folder above."""
    for place in path.parents[:3]:
        file = place / "best_known.csv"
        if not file.is_file():
            continue
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                family = row.get("family") or path.parent.name
                if Path(row["instance"]).stem == path.stem and family == path.parent.name:
                    return _known(row)
        return None
    return None


def _known(row: dict[str, str]) -> BestKnown:
    def number(*fields: str) -> int | None:
        texts = [row.get(field) or "" for field in fields]
        return next((int(text) for text in texts if text.isdigit()), None)

    return BestKnown(
        number("best_lb", "best_lower_bound", "optimum_proved_here"),
        number("best_ub", "best_makespan", "optimum_proved_here"),
        any("infeasible" in (value or "").lower() for value in row.values()),
    )


@dataclass(frozen=True)
class Comparison:
    """One instance: what is known, what we reached, and what the peer did."""

    name: str
    known: BestKnown | None
    ours: ProjectOutcome
    theirs: ProjectOutcome | None


def compare(
    path: Path,
    folder: Path,
    out: Path | None,
    seconds: float,
    workers: int,
    beside: bool,
    params: SearchParams = DEFAULTS,
) -> Comparison:
    """Solve one instance, and then let the peer do it, alone, with the same limit and cores."""
    ours = measure(path, out, seconds=seconds, workers=workers, params=params)
    theirs = peer(path, seconds=seconds, workers=workers) if beside else None
    return Comparison(str(path.relative_to(folder)), best_known(path), ours, theirs)


def table(runs: Sequence[Comparison], *, peer: bool) -> Table:
    """A row for each instance."""
    found = Table()
    headings = ["instance", "best known", "value", "bound", "gap %", "status", "s"]
    for heading in headings + (["peer value", "bound", "gap %", "s"] if peer else []):
        found.add_column(heading)
    for run in runs:
        known = ""
        if run.known is not None:
            known = f"{run.known.bound}-{run.known.value}"
            known = "impossible" if run.known.impossible else known
        row = [run.name, known, *_cells(run.ours)]
        if peer:
            theirs = [""] * 5 if run.theirs is None else _cells(run.theirs)
            row += [*theirs[:3], theirs[4]]
        found.add_row(*row)
    return found


def _cells(of: ProjectOutcome) -> list[str]:
    said = ["" if v is None else str(v) for v in (of.value, of.bound)]
    gap = "" if of.gap is None else f"{of.gap:.1f}"
    return [*said, gap, of.status, f"{of.seconds:.1f}"]


def summed_up(runs: Sequence[Comparison]) -> Iterator[str]:
    """What the runs come to, over all, and where the peer answered too side by side."""
    ours = [run.ours for run in runs]
    yield _average("ours", ours, [run.known for run in runs])
    both = [run for run in runs if run.theirs is not None]
    if both:
        known = [run.known for run in both]
        yield _average(
            "ours, on instances that the peer can express", [r.ours for r in both], known
        )
        yield _average("peer", [r.theirs for r in both if r.theirs], known)


def _average(name: str, of: Sequence[ProjectOutcome], known: Sequence[BestKnown | None]) -> str:
    settled = sum(one.status in ("optimal", "impossible") for one in of)
    gaps = [one.gap for one in of if one.gap is not None]
    above = [
        100 * (one.value - best.value) / best.value
        for one, best in zip(of, known, strict=True)
        if one.value is not None and best is not None and best.value
    ]
    gap = sum(gaps) / len(gaps) if gaps else float("nan")
    over = sum(above) / len(above) if above else float("nan")
    return (
        f"{name}: {settled} of {len(of)} settled, {len(gaps)} with a gap, mean {gap:.2f} %, "
        f"schedules {over:.2f} % above the best known"
    )


def write_figures(runs: Sequence[Comparison], path: Path) -> None:
    """The table as CSV."""
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        columns = ["status", "value", "bound", "seconds"]
        rows.writerow(["instance", *columns, *(f"peer_{name}" for name in columns)])
        for run in runs:
            row: list[object] = [run.name]
            for of in (run.ours, run.theirs):
                row += [""] * 4 if of is None else [of.status, of.value, of.bound, of.seconds]
            rows.writerow(row)


def peer(path: Path, *, seconds: float, workers: int) -> ProjectOutcome | None:
    """PyJobShop on the same instance, alone; None where it cannot express it (skills)."""
    from pyjobshop import Model

    project = read(path)
    if project.workers:
        return None
    model = Model()
    resources = [model.add_renewable(capacity) for capacity in project.capacities]
    tasks = {}
    for task in project.tasks:
        tasks[task.number] = model.add_task()
        used = [n for n, amount in enumerate(task.demands) if amount]
        model.add_mode(
            tasks[task.number],
            [resources[n] for n in used],
            task.duration,
            [task.demands[n] for n in used],
        )
    for lag in project.lags:
        model.add_start_before_start(tasks[lag.first], tasks[lag.then], lag.least)
    began = time.monotonic()
    result = model.solve(time_limit=seconds, num_workers=workers, display=False)
    took = time.monotonic() - began
    status = result.status.name.lower()
    if status == "infeasible":
        return ProjectOutcome("impossible", None, None, took)
    if not result.best or not result.best.tasks:
        return ProjectOutcome("unknown", None, None, took)
    starts = {
        task.number: int(done.start)
        for task, done in zip(project.tasks, result.best.tasks, strict=True)
    }
    plan = Planned(starts, {})
    value = makespan(project, plan)
    bound = min(value, max(0, int(result.lower_bound)))
    return ProjectOutcome(status, value, bound, took, tuple(faults(project, plan)))


def instances(folder: Path) -> Iterator[Path]:
    """The instance files below a folder, in order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".sm", ".sch", ".rcp", ".dzn"):
            yield path
