"""Limits that the operator sets for a tenant: how many jobs may wait, and how large each may be."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.problem.limits import Limits
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import Fault, InvalidRequest


@dataclass(frozen=True)
class Quotas:
    """The largest value allowed for each."""

    waiting: int = 20_000
    """Jobs of one tenant that may wait in a lane."""
    seconds: float = 24 * 3600
    memory_mb: int = 1_000_000
    workers: int = 64
    """The largest values that the limits of a request may have."""

    def within(self, request: RotaRequest) -> RotaRequest:
        """The request, if its limits are within the quotas; limits it leaves out get the default,
        or the quota if that is lower.

        Raises:
            InvalidRequest: each limit that is too high, with its pointer.
        """
        faults = tuple(self._beyond(request.limits))
        if faults:
            raise InvalidRequest(faults)
        lower = {
            name: most
            for name, most in self._most().items()
            if getattr(request.limits, name) > most
        }
        if not lower:
            return request
        limits = Limits.model_validate({**request.limits.model_dump(exclude_unset=True), **lower})
        return request.model_copy(update={"limits": limits})

    def _most(self) -> dict[str, float]:
        return {"seconds": self.seconds, "memory_mb": self.memory_mb, "workers": self.workers}

    def _beyond(self, asked: Limits) -> Iterator[Fault]:
        for name, most in self._most().items():
            if name in asked.model_fields_set and getattr(asked, name) > most:
                yield Fault(
                    pointer=f"/limits/{name}",
                    message=f"is more than a job may use here; the most is {most}.",
                    hint="Maybe ask for less, or ask the operator of the service?",
                )
