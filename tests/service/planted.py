"""Rules with planted faults, which a child process can import: each misbehaves while compiled."""

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from models.answer.report import Breach, Priority
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.rule import Rule, Scope

if TYPE_CHECKING:
    from solver.language.model import Model
    from solver.language.slack import Slack


class Planted(Rule):
    """A must that is always kept; what is wrong with it says the class below."""

    scope: ClassVar[Scope] = "whole"
    unit: ClassVar[str] = "faults"

    priority: Priority = "must"

    def __str__(self) -> str:
        return "Nothing is wrong."

    def encode(self, model: "Model", slack: "Slack") -> None:
        """Nothing."""

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        """Nothing."""
        yield from ()


class Contradicting(Planted):
    """The checker sees a breach that the encoding does not know."""

    kind: Literal["contradicting"] = "contradicting"

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        """One breach, always."""
        yield Breach(where=("here",), amount=1, sentence="Something is wrong.")


class Forbidding(Planted):
    """The encoding forbids every rota, and the checker sees nothing wrong with any."""

    kind: Literal["forbidding"] = "forbidding"

    def encode(self, model: "Model", slack: "Slack") -> None:
        """Ask for a breach wherever it is not given room."""
        model.cp.add(slack("here", most=1) >= 1)


class NeverBending(Planted):
    """The same as a rule that is always on, which no draft bends in a large request."""

    kind: Literal["never_bending"] = "never_bending"
    always_on: ClassVar[bool] = True

    def encode(self, model: "Model", slack: "Slack") -> None:
        """Ask for a breach wherever it is not given room."""
        model.cp.add(slack("here", most=1) >= 1)


class Hanging(Planted):
    """Compiling never ends and hears no stop."""

    kind: Literal["hanging"] = "hanging"

    def encode(self, model: "Model", slack: "Slack") -> None:
        """Sleep."""
        time.sleep(3600)


class Greedy(Planted):
    """Compiling takes half a gigabyte and keeps it."""

    kind: Literal["greedy"] = "greedy"

    def encode(self, model: "Model", slack: "Slack") -> None:
        """Take memory, then sleep."""
        self.__dict__["taken"] = bytearray(os.urandom(1) * (512 * 2**20))
        time.sleep(3600)


class Dying(Planted):
    """Compiling ends the process."""

    kind: Literal["dying"] = "dying"

    def encode(self, model: "Model", slack: "Slack") -> None:
        """Die."""
        os._exit(7)


class Stumbling(Planted):
    """Compiling meets a fault of ours whose message holds a name."""

    kind: Literal["stumbling"] = "stumbling"

    def encode(self, model: "Model", slack: "Slack") -> None:
        """Raise."""
        raise KeyError("Person 1")


def planted(sent: dict[str, Any], rule: Planted) -> RotaRequest:
    """A request with a planted rule, which no validation would let through."""
    request = RotaRequest.model_validate(sent)
    return RotaRequest.model_construct(
        problem=request.problem, rules=(*request.rules, rule), limits=request.limits
    )
