"""The rulebook: one file per rule in a folder for its topic, found by walking them."""

from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule

_modules = {
    name.rpartition(".")[2]: import_module(name)
    for _, name, is_topic in walk_packages(__path__, f"{__name__}.")
    if not is_topic
}

EXAMPLES: dict[str, list[Example]] = {kind: _modules[kind].EXAMPLES for kind in sorted(_modules)}
"""The drawn examples of each rule, by kind."""

RULES: dict[str, type[Rule]] = {kind: type(shown[0].rule) for kind, shown in EXAMPLES.items()}
"""The rules, by kind, in alphabetical order."""

TOPICS: dict[str, str] = {kind: _modules[kind].__name__.split(".")[-2] for kind in RULES}
"""The topic of each rule, which is its folder, by kind."""

ALWAYS_ON: tuple[Rule, ...] = tuple(rule() for rule in RULES.values() if rule.always_on)
"""Rules that hold for every request and never bend."""

if TYPE_CHECKING:
    AnyRule = Rule
else:
    AnyRule = Annotated[Union[tuple(RULES.values())], Field(discriminator="kind")]  # noqa: UP007
