"""How far one rule may be bent, and where: what every rule's `encode` is given as its slack."""

from typing import Protocol

from ortools.sat.python import cp_model
from ortools.sat.python.cp_model_helper import Literal

Where = tuple[str, ...]
"""A place of a rule, such as a person and a day: what one breach is about."""

Lit = Literal | int
"""A yes-or-no answer: a literal where it is open, 0 or 1 where it is known."""

LinearExprT = cp_model.LinearExpr | int
"""A linear expression, or a number where nothing in it is open. (The library's own name also
takes in every number of numpy.)"""


class Slack(Protocol):
    """Room for one rule: none where it must hold, priced room where it should.

    "Limit plus slack" is how every rule is encoded. `solver.cpsat.slack.CpSatSlack` answers with
    variables; `solver.network.shape_collector.PricedBreach` only has a price, and refuses.
    """

    @property
    def never_bends(self) -> bool:
        """Whether no place of the rule can be broken."""

    def __call__(self, *where: str, most: int) -> LinearExprT:
        """Room at a place, at most `most`, the largest breach possible there: 0 or a variable."""
