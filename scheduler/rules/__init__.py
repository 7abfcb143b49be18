"""The rulebook: one file for each rule, in a folder for its topic; the folders are walked."""

from collections.abc import Mapping
from importlib import import_module
from inspect import cleandoc
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

_ORDER = (
    "cover",
    "working_time",
    "contracts",
    "fairness",
    "continuity",
    "places_and_travel",
    "children",
    "activities",
    "hosting",
    "shared_things",
    "changes",
)
"""Topics as a person meets them; others come after these, in alphabetical order."""


def _sentence(topic: str) -> str:
    """What a topic is about: the first sentence of its folder's docstring."""
    text = cleandoc(import_module(f"{__name__}.{topic}").__doc__ or "")
    return text.partition("\n\n")[0].partition(". ")[0].replace("\n", " ").rstrip(".") + "."


TOPIC_SENTENCES: Mapping[str, str] = {
    topic: _sentence(topic)
    for topic in sorted(
        set(TOPICS.values()),
        key=lambda topic: (_ORDER.index(topic) if topic in _ORDER else len(_ORDER), topic),
    )
}
"""What each topic is about, in the order in which they are shown."""

ALWAYS_ON: tuple[Rule, ...] = tuple(rule() for rule in RULES.values() if rule.always_on)
"""Rules that hold for every request and never bend."""

LAW: Mapping[str, Rule] = {
    kind: law for kind, rule in RULES.items() if (law := rule.by_law()) is not None
}
"""Musts that are in force in every request that does not set them aside, by kind."""

if TYPE_CHECKING:
    AnyRule = Rule
else:
    AnyRule = Annotated[Union[tuple(RULES.values())], Field(discriminator="kind")]  # noqa: UP007
