"""How much one caller may ask for: calls a minute."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import Scope

ADDRESS_FACTOR = 10
"""An address may make this many times the calls of one key: a school has one address and many
people."""

MOST_CALLERS = 10_000
"""Callers remembered; the one that called longest ago is forgotten first."""


class Rates:
    """Calls of each caller: as many at once as in a minute, then as they come free again."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, scope: Scope) -> float:
        """Seconds after which a call may be made; 0 if it may be now, and then it is counted."""
        if not self._a_minute:
            return 0.0
        key, address = _key(scope), _address(scope)
        if key is None:
            return self._take(f"address {address}", self._a_minute)
        # Also by address: a caller who tries keys would else be a new one each time.
        return max(
            self._take(f"keys at {address}", ADDRESS_FACTOR * self._a_minute),
            self._take(f"key {key}", self._a_minute),
        )

    def _take(self, caller: str, most: int) -> float:
        moment = self._clock()
        left, since = self._left.pop(caller, (float(most), moment))
        left = min(float(most), left + (moment - since) * most / 60)
        wait = 0.0 if left >= 1 else (1 - left) * 60 / most
        self._left[caller] = (left - 1 if left >= 1 else left, moment)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)
        return wait


def caller(scope: Scope) -> str:
    """Who calls, for counting only: the key or cookie that was shown, hashed, or the address."""
    return _key(scope) or _address(scope)


def _key(scope: Scope) -> str | None:
    headers = Headers(scope=scope)
    shown = headers.get("authorization") or headers.get("cookie")
    return None if shown is None else hashlib.sha256(shown.encode()).hexdigest()[:16]


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return "" if client is None else str(client[0])
