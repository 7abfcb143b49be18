"""Weeks as all rules mean them: Monday to Sunday, with what is known of each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Week:
    """One calendar week that the horizon touches; days are numbers, the past is below 0."""

    name: str
    """The ISO date of its first day in the horizon."""
    monday: int
    days: range
    """Its days in the horizon."""
    past: range
    """Its days before the horizon."""
    whole: bool
    """Whether every day on which there could be work is in the horizon, or in the known past.

    The weekend counts only where somebody works on weekends: Monday to Friday is then a week.
    """

    @property
    def calendar(self) -> range:
        """All seven days."""
        return range(self.monday, self.monday + 7)
