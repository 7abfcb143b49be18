"""Tuned numbers of the search, grouped by the search they belong to, and read from TOML."""

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from solver.cpsat.params import CpSatParams
from solver.dantzig_wolfe.params import PatternBoundParams
from solver.rcpsp.params import ActivityListParams
from solver.search.params import RosterParams

P = TypeVar("P")


@dataclass(frozen=True)
class TimeBudgetParams:
    """How a search keeps to its time."""

    counted_share: float = 0.7
    """Counted seconds for each second of the limit, so that the clock's fuse rarely blows."""
    last_seconds: float = 0.3
    """Seconds kept for the last check."""
    pruning_per_cell: float = 5e-6
    """Seconds kept, for each possible placement, to take out those made that no rule needs,"""
    pruning_share: float = 0.03
    """at most this share of all seconds,"""
    least_pruning: float = 0.2
    """and this much where the search has left less,"""
    stopped_pruning: float = 1.0
    """or this much, within the limit, where somebody has stopped the search."""
    nothing_left: float = 0.05
    """Seconds; with no more than this nothing is begun."""
    glance: float = 1.0
    """Seconds that an explanation may take at least, though the limit is reached."""
    nothing_found: float = 0.7
    """The share of the limit after which a search that has found no schedule ends, so that there is
    time to say why."""


@dataclass(frozen=True)
class IncumbentParams:
    """How often an incumbent that need not be shown is checked."""

    seconds_between: float = 2.0
    """Seconds between two such checks, at least."""
    checks_between: float = 10.0
    """The same in parts of the time that the last check took, so that checks do not take over."""


@dataclass(frozen=True)
class StrategyParams:
    """Which searches run, by the size of a request: its cells, each a person times a duty that
    they could do."""

    fewest_cells: int = 100
    """Cells below which CP-SAT is as quick as any other search."""
    paths_alone_cells: int = 600
    """Cells from which CP-SAT is not expected to find what the path search does not."""
    large_cells: int = 20_000
    """Cells from which a model is large: CP-SAT searches it in fewer ways at once, and CP-SAT LNS
    compiles only what a neighbourhood touches."""
    most_cells: int = 400_000
    """Cells beyond which no model of the whole is made once the path search had its time: it would
    not fit into memory."""
    paths_share: float = 0.1
    """The share of the time for paths where CP-SAT can still add to what they find."""
    paths_glance: float = 1 / 300
    """The same for requests below `fewest_cells` where paths were asked for by name."""
    model_seconds_per_cell: float = 1e-4
    """Seconds that making the model of the whole takes for each cell, at most, roughly."""
    model_least_seconds: float = 1.0
    """Seconds that must be left on top of that."""
    paths: bool = True
    """Whether the path search runs at all; off in ablations."""


@dataclass(frozen=True)
class PathParams:
    """How a request becomes everybody's paths, and how long earlier priorities are proved."""

    largest_cost: int = 2**27
    """What one path may cost at most, so that whole numbers of 32 bits are enough."""
    largest_scale: int = 1024
    """Path units of one unit of cost, at most; a power of two."""
    ratio: int = 25
    """How many units of a priority one unit of the priority before it is worth to a path. The order
    of priorities is kept by comparing whole vectors; this only leads the way."""
    must: int = 40
    """How many units of the first priority a broken must between people is worth to a path."""
    eased_must: int = 3
    """The same while the best roster breaks none: annealing and column generation then pass through
    rosters that break some. With 40, annealing found nothing better than first paths in 30 s of
    `long_hidden01`, and its linear program took 33 s instead of 7."""
    proofs: float = 0.2
    """The share of the time for paths in which all priorities but the last are proved."""
    last_checks: float = 2.0
    """How many times as long as the last check the search ends before its time is over."""


@dataclass(frozen=True)
class TimeSliceParams:
    """How long one priority is worked on before the next one has its turn."""

    first: float = 1 / 20
    """The share of the time limit that a priority's first turn takes; each round doubles it."""
    longest_first: float = 3.0
    """Seconds of a first turn, at most."""
    reach: float = 10.0
    """A turn lasts at least this many times as long as the solver took to report anything."""
    patience: float = 1 / 3
    """The share of a turn without a better schedule after which the bound gets its chance."""


@dataclass(frozen=True)
class CpSatSearchParams:
    """How the turns of CP-SAT, of the pattern bound and of activity lists divide the time."""

    bound_turn: float = 3.0
    """How many times as long as CP-SAT's turn the pattern bound's may be; its patterns are kept
    from turn to turn."""
    bound_effort: float = 0.1
    """The share of its turn that one minimisation of the pattern bound may take while the model is
    taken apart."""
    choice: float = 0.5
    """The share of its turn in which a schedule is chosen among the patterns."""
    bound: bool = True
    """Whether the pattern bound is computed at all; off in ablations."""
    activity_lists: bool = True
    """Whether activity lists run beside CP-SAT at all; off in ablations."""
    lists_share: float = 0.1
    """The share of a turn in which activity lists make schedules before the model is searched."""


@dataclass(frozen=True)
class CpSatLnsParams:
    """Large neighbourhood search over CP-SAT models in which little is free."""

    share: float = 0.25
    """The share of the time left that it takes each time; half of that after a round in vain,"""
    least_share: float = 0.05
    """and at least this."""
    in_vain: int = 40
    """Neighbourhoods in vain after which an incumbent is left alone."""
    pause: float = 0.05
    """Seconds to wait for a better incumbent from elsewhere."""
    seconds: float = 2.0
    """Seconds for one neighbourhood, at most,"""
    least_seconds: float = 0.2
    """at least,"""
    each: float = 0.06
    """and as a share of the time left."""
    free: int = 300
    """Cells that are free at first, where a copy of the model of everything is solved; how many is
    learnt from how quickly they are settled."""
    free_in_parts: int = 1_500
    """The same where only a part is compiled, which takes longer."""
    least_free: int = 40
    most_free: int = 30_000
    overshoot: float = 2.0
    """How many times as many cells a neighbourhood may free, so that what belongs together is."""
    mates: int = 4
    """People that are freed around a breach that names a person."""
    grow: float = 1.1
    """Factor of the number of free cells after a neighbourhood that was settled quickly,"""
    shrink: float = 0.87
    """and after any other."""
    slow: float = 0.6
    """A neighbourhood that takes this share of its time is too large for it."""
    forgetting: float = 0.95
    """What earlier gains count for, from one neighbourhood of a kind to the next."""
    prior: float = 0.1
    """Gains and seconds that every kind has in addition, so that none is given up."""
    ratio: int = 1_000
    """How many units of the next priority one unit of a priority counts for inside a neighbourhood;
    whole vectors are compared before anything is kept."""
    run: bool = True
    """Whether it runs at all; off in ablations."""


@dataclass(frozen=True)
class TieParams:
    """The choice among schedules that are equally good, once every priority is proved."""

    run: bool = True
    """Whether one is chosen at all; off in ablations."""
    most_cells: int = 4_000
    """Cells from which the choice is not made."""
    seconds: float = 0.3
    """Counted seconds that it may take, at most, and"""
    seconds_per_choice: float = 1e-3
    """more for each cell, and for each start to choose from."""
    room: float = 3.0
    """It is begun with this many times as long left on the clock, which a busy machine may need."""


@dataclass(frozen=True)
class SearchParams:
    """All parameters of a search; the defaults are those of every release and every figure."""

    budget: TimeBudgetParams = field(default_factory=TimeBudgetParams)
    incumbent: IncumbentParams = field(default_factory=IncumbentParams)
    strategy: StrategyParams = field(default_factory=StrategyParams)
    paths: PathParams = field(default_factory=PathParams)
    roster: RosterParams = field(default_factory=RosterParams)
    time_slice: TimeSliceParams = field(default_factory=TimeSliceParams)
    cpsat_search: CpSatSearchParams = field(default_factory=CpSatSearchParams)
    cpsat_lns: CpSatLnsParams = field(default_factory=CpSatLnsParams)
    cpsat: CpSatParams = field(default_factory=CpSatParams)
    activity_lists: ActivityListParams = field(default_factory=ActivityListParams)
    pattern_bound: PatternBoundParams = field(default_factory=PatternBoundParams)
    ties: TieParams = field(default_factory=TieParams)


DEFAULTS = SearchParams()


class UnknownParameter(ValueError):
    """A file of parameters names one that there is not, or gives it a value of another type."""


def read_params(file: Path) -> SearchParams:
    """Parameters from a TOML file: a table for each group, and what it does not name as usual.

    Raises:
        UnknownParameter: a name or a value cannot be used; the message names the nearest name.
        tomllib.TOMLDecodeError: it is not TOML.
    """
    return with_values(DEFAULTS, tomllib.loads(file.read_text(encoding="utf-8")))


def with_values(params: P, values: Mapping[str, Any], path: str = "") -> P:
    """Parameters with other values, by name; groups within groups are tables within tables.

    Raises:
        UnknownParameter: a name or a value cannot be used; the message names the nearest name.
    """
    known = typing.get_type_hints(type(params))
    changed: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, cutoff=0.0)
            raise UnknownParameter(f"{path}{name} is not known. Maybe {path}{near[0]}?")
        changed[name] = _read(getattr(params, name), value, known[name], f"{path}{name}")
    return dataclasses.replace(params, **changed)  # type: ignore[type-var]  # all are dataclasses


def _read(usual: Any, value: Any, kind: Any, path: str) -> Any:
    if dataclasses.is_dataclass(usual):
        if not isinstance(value, Mapping):
            raise UnknownParameter(f"{path} is a group. Maybe write [{path}]?")
        return with_values(usual, value, f"{path}.")
    if isinstance(usual, tuple) and isinstance(value, list):
        (inner, *_) = typing.get_args(kind)
        if all(type(item) is inner or (inner is float and type(item) is int) for item in value):
            return tuple(inner(item) for item in value)
    if type(usual) is float and type(value) is int:
        return float(value)
    if type(value) is not type(usual):
        raise UnknownParameter(f"{path} must be {_KINDS.get(type(usual), 'an array')}.")
    return value


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", tuple: "an array"}
