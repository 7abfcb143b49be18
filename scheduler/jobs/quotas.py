"""What the operator lets a tenant ask for: how many jobs at once, and how much for each."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.problem.limits import Limits
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import Fault, InvalidRequest


@dataclass(frozen=True)
class Ceilings:
    """The most of everything."""

    waiting: int = 20_000
    """Jobs of a tenant that may wait in a lane."""
    seconds: float = 24 * 3600
    memory_mb: int = 1_000_000
    workers: int = 64
    """The most that the limits of a request may say."""

    def within(self, request: RotaRequest) -> RotaRequest:
        """The request, if it asks for no more than a job may take; of what its limits do not say
        it gets what is usual, or as much as there is.

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
                    message=f"is more than a job may take here; {most} is the most.",
                    hint="Maybe ask for less, or ask whoever runs the service?",
                )
