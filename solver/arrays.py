"""Whole numbers in arrays, how kernels over them are compiled, and repeatable random numbers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numba.core import event
from numpy.typing import NDArray

Ints = NDArray[np.int32]


Longs = NDArray[np.int64]


Rng = NDArray[np.uint64]
"""The state of a random generator, never zero: what it decides can be repeated on any thread."""


F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a function that Python calls; the result is kept on disk.

    It is called from Python and from other kernels only, so that a wrapper for C is left out.
    """
    return _compiled(function, no_cfunc_wrapper=True)


def inner_kernel(function: F) -> F:
    """Compile a function that only kernels call.

    Python must not call it: unpacking its arguments would take as long to compile as the function
    itself, and is left out.
    """
    return _compiled(function, no_cfunc_wrapper=True, no_cpython_wrapper=True)


KERNELS: list[str] = []
"""The full names of all kernels that were imported so far."""


def _compiled(function: F, **without: bool) -> F:
    KERNELS.append(f"{function.__module__}.{function.__name__}")
    compiled: F = njit(cache=True, nogil=True, **without)(function)  # type: ignore[call-overload]  # not in its stub
    return compiled


class _CompilerListener(event.Listener):
    def __init__(self, compiled: Callable[[str], None]) -> None:
        self._compiled = compiled

    def on_start(self, event: event.Event) -> None:
        """Nothing: only what is done counts."""

    def on_end(self, event: event.Event) -> None:
        function = event.data["dispatcher"].py_func
        self._compiled(f"{function.__module__}.{function.__name__}")


def watching_compiler(compiled: Callable[[str], None]) -> AbstractContextManager[object]:
    """While the context lasts, `compiled` is called with the full name of each function that numba
    has compiled, not of those that were on disk."""
    listening: AbstractContextManager[object] = event.install_listener(
        "numba:compile", _CompilerListener(compiled)
    )
    return listening


def constant(number: int) -> int:
    """A number to call kernels with from kernels: for a literal they would be compiled again."""
    return cast(int, np.int64(number))


ZERO, NONE = constant(0), constant(-1)
"""Numbers of no type of their own: see `constant`."""


@inner_kernel
def draw(rng: Rng, sides: int) -> int:
    """A number from 0 up to, but without, `sides`: xorshift64* (Vigna, 2016)."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return int(((x * np.uint64(2685821657736338717)) >> np.uint64(33)) % np.uint64(sides))
