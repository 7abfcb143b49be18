"""A solve in a process of its own: if it is stopped, too large or lost, the best so far is kept."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.answer.result import Clash, Draft, Level, Progress, Result
from models.answer.schedule import Schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import Fault, InvalidRequest
from scheduler.report.answer import best_so_far, nothing_found

if TYPE_CHECKING:
    # They come with the solver's packages, which the caller may do without.
    from scheduler.search.params import SearchParams

GRACE = 1.5
"""Seconds after the limit, or after a stop, that a child may still take to answer."""

START_SECONDS = 60.0
"""Seconds within which a child must have begun; far more than it takes on a busy machine."""

TICK = 0.05
"""Seconds between two looks at the clock, the stop and the memory."""

_preloaded = ["scheduler.engine"]


_Begin = tuple[Schedule | None, Sequence[Level], "SearchParams | None"]


class ChildLost(Exception):
    """The child ended without an answer and without a schedule; the message says what to do.

    `detail` is what the child said of a fault of its own; it may name what the request holds.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class ChildDied(ChildLost):
    """The child was ended by something outside: worth another try."""


EXPLAINING = 1.0
"""Seconds in which the last schedule of a child that was ended is put into words."""


def solve_in_child(
    asked: RotaRequest | Case,
    *,
    listen: Callable[[Progress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    start: Schedule | None = None,
    known: Sequence[Level] = (),
    grace: float = GRACE,
    stop_grace: float | None = None,
    niceness: int = 0,
    tell_death: bool = False,
    params: SearchParams | None = None,
) -> Result:
    """The answer to a request, solved in a fresh child process.

    The child has `request.limits.seconds` from when it begins and `request.limits.memory_mb`. It
    is killed when it is over its memory, or `grace` seconds over its time or after a stop; the
    answer is then its last checked schedule, with a note.

    Args:
        asked: the facts, the rules and the limits; a case brings its facts, which saves the time of
            expanding them where the child has to be ended.
        listen: called with progress, in the caller's thread.
        stop: asked about twenty times a second; true ends the search with the best so far.
        start: a schedule to begin from; it need not be complete or keep the rules.
        known: values and bounds that an earlier search of the same request proved.
        grace: seconds that a child may take over its limit.
        stop_grace: seconds that it may take after a stop; `grace` if left out.
        niceness: by how much it gives way to other processes.
        tell_death: raise `ChildDied` when something outside ended it, also if it had found
            something.
        params: the tuned numbers of all searches; the usual ones if left out.

    Raises:
        Disagreement: the checker and the model do not mean the same; nothing is returned.
        InvalidRequest: something can be seen to be wrong only once the request is compiled.
        ChildLost: the child died or outgrew its memory before it found anything.
    """
    child = _Child(Case.of(asked), (start, known, params), niceness, tell_death)
    try:
        return child.answer(listen, stop, grace, grace if stop_grace is None else stop_grace)
    finally:
        child.end()


def preload(module: str) -> None:
    """Import a module in advance for children, such as the program that started us."""
    if module not in _preloaded:
        _preloaded.append(module)


def prepare() -> None:
    """Start the process that children are made from, without waiting for it."""
    from multiprocessing import forkserver

    _context()
    forkserver.ensure_running()


def prepared() -> None:
    """Wait until a child can start at once: the first one waits for all that is imported."""
    first = _context().Process(target=_nothing, name="prepared", daemon=True)
    first.start()
    first.join()


def _nothing() -> None:
    pass


class _Child:
    """The parent's side: a process, what it has said, and its last checked schedule."""

    def __init__(self, case: Case, begin: _Begin, niceness: int, tell_death: bool) -> None:
        self._case = case
        self._tell_death = tell_death
        self._began = time.monotonic()
        self._best: Schedule | None = None
        self._levels: tuple[Level, ...] = ()
        self._draft: Draft | None = None
        self._clash: Clash | None = None
        self._inbox: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._pipe, far = multiprocessing.Pipe()
        self._process: ForkServerProcess = _context().Process(
            target=_work, args=(far, case.request, begin, niceness), name="solve", daemon=True
        )
        self._process.start()
        far.close()
        # A reader of its own: a child that hangs in the middle of a message cannot hang us.
        self._reader = threading.Thread(target=self._read, name="solve-reader", daemon=True)
        self._reader.start()

    def answer(
        self,
        listen: Callable[[Progress], None],
        stop: Callable[[], bool],
        grace: float,
        stop_grace: float,
    ) -> Result:
        """Hear the child out, within its limits."""
        limits = self._case.request.limits
        deadline = self._began + START_SECONDS
        stopping = False
        while True:
            try:
                said, what = self._inbox.get(timeout=TICK)
            except queue.Empty:
                pass
            else:
                if said == "began":
                    deadline = min(
                        time.monotonic() + limits.seconds + grace,
                        deadline if stopping else float("inf"),
                    )
                elif said == "progress":
                    self._hear(what, listen)
                elif said == "result":
                    return Result.model_validate_json(what)
                elif said == "error":
                    raise _error(*what)
                elif self._tell_death:
                    raise ChildDied("The search ended unexpectedly. Maybe try again?")
                else:
                    return self._without_answer("The search ended unexpectedly", lost=True)
            if not stopping and stop():
                stopping = True
                deadline = min(deadline, time.monotonic() + stop_grace)
                with suppress(OSError):
                    self._pipe.send("stop")
            if time.monotonic() > deadline:
                return self._without_answer(
                    "The search did not end in time", lost=False, glance=not stopping
                )
            if _resident_mb(self._process.pid) > limits.memory_mb:
                return self._without_answer(
                    "The search needed more memory than limits.memory_mb allows", lost=True
                )

    def end(self) -> None:
        """Leave nothing behind."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._reader.join()
        self._pipe.close()

    def _hear(self, text: bytes, listen: Callable[[Progress], None]) -> None:
        progress = Progress.model_validate_json(text)
        self._levels = progress.levels or self._levels
        self._best = progress.schedule or self._best
        self._draft = progress.draft or self._draft
        self._clash = progress.clash or self._clash
        listen(progress)

    def _without_answer(self, why: str, *, lost: bool, glance: bool = False) -> Result:
        seconds = time.monotonic() - self._began
        if self._best is not None:
            # It comes with the solver's packages, but needs no solver.
            from scheduler.search.superfluous import pruned

            until = time.monotonic() + EXPLAINING

            def over() -> bool:
                return time.monotonic() > until

            return best_so_far(
                self._case,
                pruned(self._case, self._best, over),
                self._levels,
                seconds=seconds,
                over=over,
                note=f"{why}; this is the best schedule it had found and checked.",
            )
        if lost:
            raise ChildLost(
                f"{why}, before it had found anything. Maybe give it more limits.memory_mb, "
                "or a shorter horizon?"
            )
        draft, clash = self._draft, self._clash
        if draft is None and glance:
            # It has not come so far as to make one; ours needs no search.
            from scheduler.diagnose.suspicion import at_a_glance

            draft, clash = at_a_glance(self._case)
            if not draft.report.broken_musts:
                note = f"{why}; this schedule was made without a search."
                return best_so_far(self._case, draft.schedule, (), seconds=seconds, note=note)
        return nothing_found(
            self._case,
            seconds=seconds,
            note=f"{why}; no schedule that keeps all musts was found.",
            clash=clash,
            draft=draft,
        )

    def _read(self) -> None:
        try:
            while True:
                self._inbox.put(self._pipe.recv())
        except (EOFError, OSError):
            self._inbox.put(("gone", None))


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_preloaded)
    return context


def _error(kind: str, message: str, kept: Schedule | tuple[Fault, ...] | None) -> Exception:
    if kind == "InvalidRequest":
        assert isinstance(kept, tuple), "an invalid request comes with its faults"
        return InvalidRequest(kept)
    if kind == "Disagreement":
        # Only now: it comes with the solver, which the caller may do without.
        from scheduler.search.search_state import Disagreement

        assert not isinstance(kept, tuple), "a disagreement comes with a schedule"
        return Disagreement(message, kept)
    return ChildLost(f"The search failed with {kind}. This is our fault, not yours.", message)


def _resident_mb(pid: int | None) -> float:
    """Memory of a process in use; 0 where the system does not tell, or it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


# ------------------------------------------------------------------ inside the child


def _work(pipe: Connection, request: RotaRequest, begin: _Begin, niceness: int) -> None:
    from scheduler.engine import schedule
    from scheduler.search.params import DEFAULTS
    from scheduler.search.search_state import Disagreement

    # The parent decides what an interrupt means, also one that is sent to all of its group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if niceness:
        os.nice(niceness)
    _cap_memory(request.limits.memory_mb)
    asked = threading.Event()
    threading.Thread(target=_obey, args=(pipe, asked), name="obey", daemon=True).start()
    speaking = threading.Lock()

    def say(what: str, value: Any) -> None:
        with speaking, suppress(BrokenPipeError):
            pipe.send((what, value))

    say("began", None)
    try:
        result = schedule(
            request,
            listen=lambda progress: say("progress", progress.model_dump_json().encode()),
            stop=asked.is_set,
            start=begin[0],
            known=begin[1],
            params=begin[2] or DEFAULTS,
        )
    except Disagreement as disagreement:
        say("error", ("Disagreement", str(disagreement), disagreement.schedule))
    except InvalidRequest as invalid:
        say("error", ("InvalidRequest", str(invalid), invalid.faults))
    except MemoryError:
        os._exit(1)  # as if the system had ended it: the parent has the best
    except Exception as error:
        say("error", (type(error).__name__, str(error), None))
    else:
        say("result", result.model_dump_json().encode())


def _obey(pipe: Connection, asked: threading.Event) -> None:
    with suppress(EOFError, OSError):
        while True:
            pipe.recv()
            asked.set()
    os._exit(1)  # the parent is gone: nobody wants the answer


def _cap_memory(megabytes: int) -> None:
    # The parent watches what is in use; this only stops a leap between two looks. Address space
    # is far larger than what is used, so the cap is generous.
    with suppress(ImportError, OSError, ValueError, IndexError):
        import resource

        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = taken + (2 * megabytes + 2048) * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
