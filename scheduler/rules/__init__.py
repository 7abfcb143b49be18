"""The rulebook: one file per rule, found by walking this folder."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from scheduler.example import Example
from scheduler.rule import Rule

_modules = {name: import_module(f"{__name__}.{name}") for _, name, _ in iter_modules(__path__)}

EXAMPLES: dict[str, list[Example]] = {kind: module.EXAMPLES for kind, module in _modules.items()}
"""The drawn examples of each rule, by kind."""

RULES: dict[str, type[Rule]] = {kind: type(shown[0].rule) for kind, shown in EXAMPLES.items()}
"""The rules, by kind, in alphabetical order."""

ALWAYS_ON: tuple[Rule, ...] = tuple(rule() for rule in RULES.values() if rule.always_on)
"""Rules that hold for every request and never bend."""

if TYPE_CHECKING:
    AnyRule = Rule
else:
    AnyRule = Annotated[Union[tuple(RULES.values())], Field(discriminator="kind")]  # noqa: UP007
