"""People by the ways in which they are written: Tom Smith, T. Smith, Smith T, TS and Tom."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scheduler.exchange.grid.codes import sounds_like_work, times_in
from scheduler.exchange.grid.documents import GridQuestion
from scheduler.intake.validation_errors import pointer

_TITLE = re.compile(r"\b(mrs|mr|ms|miss|mx|dr|sir|madam|rev)\b\.?\s*", re.IGNORECASE)
_BEHIND = re.compile(r"\s*(?:\([^)]*\)|\[[^\]]*\]|\*+|\s-\s.*)\s*")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['\u2019.-](?=[^\W\d_]))*\.?")
_SEVERAL = re.compile(r"\s*(?:;|,|/|\+|&|\band\b)\s*", re.IGNORECASE)
_SECTION = re.compile(
    r".*:|(?:teach(?:ers|ing)|support|office|admin|slt|leadership|lunch(?:time)?|midday|kitchen|"
    r"clean(?:ers|ing)|supply|eyfs|ks\s?[12]|tas|hltas|staff|club|early years|"
    r"site|premises)\b.*|.*\b(?:staff|teachers|assistants|supervisors|team)",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(?:sub\s*-?)?totals?\b.*|.*\btotals?|sum|count|number\b.*|nos?\.?\s*(?:of|in)\b.*|nos?\.\s.*|#.*|"
    r"how many\b.*|"
    r"(?:staff|adults|people)\s*(?:in|on|needed|required)\b.*|required|needed|ratio.*|children\b.*",
    re.IGNORECASE,
)
_REMARK = (
    r"(?:updated|amended|version|v\d|printed|last\b|please|notes?\b|n\.?b\b|\*|created|see\b|draft|"
    r"contact|any\b|if\b|all\b.{9}|these\b|this\b|staff\s+must)"
)
_SCHOOL = re.compile(
    r"\w\W+(?:primary|infants?|juniors?|school|academy|nursery|college|first|middle)\b(?!.*\brota)",
    re.IGNORECASE,
)
MOST_OF_A_NAME = 60

NAME_HEADING = re.compile(
    r"(?:staff|names?|staff\s+names?|employees?|person|people|who|adults?|first\s*names?|forenames?|"
    r"team(?:\s+members?)?|teachers?|tas?)\W*",
    re.IGNORECASE,
)
SURNAME_HEADING = re.compile(r"(?:surnames?|last\s*names?|family\s+names?)\W*", re.IGNORECASE)
DUTY_HEADING = re.compile(
    r"(?:dut(?:y|ies)|shifts?|roles?|sessions?|where|areas?|activit(?:y|ies)|jobs?|place|tasks?|"
    r"posts?|rooms?|location)\W*",
    re.IGNORECASE,
)
TIME_HEADING = re.compile(r"(?:times?|hours|when)\W*", re.IGNORECASE)
SCHOOL_HEADING = re.compile(r"(?:(?:home|base)\W*)?(?:schools?|base|setting)\W*", re.IGNORECASE)
KEY_HEADING = re.compile(r"(?:key|legend|codes?)\W*", re.IGNORECASE)


@dataclass(frozen=True)
class WrittenName:
    """The parts of a name as far as they are written."""

    given: str = ""
    """A given name, or its initial."""
    surname: str = ""
    initials: str = ""
    """Where nothing but initials is written."""

    @property
    def full(self) -> bool:
        return len(self.given) > 1 and len(self.surname) > 1

    def may_be(self, full: "WrittenName") -> bool:
        """Whether a fuller name may be the same person's."""
        if self.initials:
            return bool(full.surname) and self.initials == full.given[:1] + full.surname[:1]
        if self.surname and self.surname != full.surname:
            return False
        if not self.given:
            return bool(self.surname)
        if len(self.given) == 1 or len(full.given) == 1:
            return full.given[:1] == self.given[:1] and bool(self.surname or len(full.given) == 1)
        return self.given == full.given


def is_total(label: str) -> bool:
    """Whether a row is a sum or a count below a grid."""
    return _TOTAL.fullmatch(label) is not None


def is_remark(label: str) -> bool:
    """Whether a line below a grid is about the sheet itself: who changed it, and when."""
    return re.match(_REMARK, label, re.IGNORECASE) is not None


def is_school(title: str) -> bool:
    """Whether the title of a sheet is the name of a school: Oak Primary, St Mary's Academy."""
    return _SCHOOL.search(title) is not None and not re.search(r"\d", title)


def is_section(label: str) -> bool:
    """Whether a row without cells is a title among the names."""
    return _SECTION.fullmatch(label) is not None


def bare(text: str) -> str:
    """A name without its title and what stands in brackets."""
    return " ".join(_BEHIND.sub(" ", text).split())


def looks_like_a_name(text: str) -> bool:
    """Whether a text may be somebody's name: words with capitals, and no digit."""
    plain = _TITLE.sub("", bare(text)).replace(",", " ")
    words = plain.split()
    return (
        bool(words)
        and len(plain) <= MOST_OF_A_NAME
        and len(words) <= 4
        and all(_WORD.fullmatch(word) for word in words)
        and words[0][0].isupper()
    )


def written_name(text: str) -> WrittenName:
    """The parts of a name; of one that follows no habit the whole text is the given name."""
    plain = _TITLE.sub("", bare(text)).strip()
    titled = plain != bare(text)
    first, comma, second = plain.partition(",")
    if comma and second.strip():
        return WrittenName(_low(second.split()[0]), _low(first))
    words = plain.split()
    letters = plain.replace(".", "").replace(" ", "")
    if 2 <= len(letters) <= 3 and letters.isalpha() and letters.isupper():
        return WrittenName(initials=_low(letters[0] + letters[-1]))
    if len(words) < 2:
        return WrittenName(surname=_low(plain)) if titled else WrittenName(given=_low(plain))
    if len(_low(words[-1])) == 1:
        return WrittenName(_low(words[-1]), _low(" ".join(words[:-1])))
    return WrittenName(_low(words[0]), _low(words[-1]))


def _low(text: str) -> str:
    return text.replace(".", "").replace("\u2019", "'").strip().casefold()


def as_read(text: str) -> str:
    """A name in the order in which it is spoken."""
    plain = bare(text)
    first, comma, second = plain.partition(",")
    return f"{second.strip()} {first.strip()}" if comma and second.strip() else plain


def several(text: str, known: Iterable[str]) -> list[str]:
    """The people in one cell; a form that is known is never split."""
    forms = {form.casefold() for form in known}
    if text.casefold() in forms:
        return [text]
    return [part for part in _SEVERAL.split(text) if part]


@dataclass(frozen=True)
class SamePeople:
    """Which ways of writing mean one person."""

    of: Mapping[str, str]
    """From each form to the name of its person."""
    assumed: Mapping[str, str]
    """Forms that were taken for somebody on little evidence, and for whom."""
    unclear: Mapping[str, tuple[str, ...]]
    """Forms that may be several people, with their names."""


def same_people(
    forms: Sequence[str], apart: Iterable[frozenset[str]], sent: Mapping[str, str]
) -> SamePeople:
    """Which ways of writing mean one person.

    Args:
        forms: every way in which somebody is written.
        apart: forms that have a row each on one sheet, which are different people.
        sent: what the mapping says.
    """
    given = {form.casefold(): name for form, name in sent.items()}
    parts = {form: written_name(form) for form in forms}
    rows = list(apart)
    of: dict[str, str] = {f: given[f.casefold()] for f in forms if f.casefold() in given}
    assumed: dict[str, str] = {}
    unclear: dict[str, tuple[str, ...]] = {}
    order = sorted(
        (form for form in forms if form not in of),
        key=lambda f: (not parts[f].full, not parts[f].surname, bool(parts[f].initials)),
    )
    heads: dict[str, WrittenName] = {}
    for name in dict.fromkeys(of.values()):
        heads[name] = written_name(name)
    for form in order:
        exact = [name for name, head in heads.items() if head == parts[form]]
        near = exact or [name for name, head in heads.items() if parts[form].may_be(head)]
        mine = {other for other, name in of.items() if name in near}
        if not exact and any(form in row and row & mine for row in rows):
            near = [n for n in near if not _clash(form, n, of, rows)]
        if not near:
            name = as_read(form)
            of[form] = name
            heads[name] = parts[form]
        elif len(near) > 1:
            unclear[form] = tuple(near)
        else:
            of[form] = near[0]
            if not exact and not heads[near[0]].full:
                assumed[form] = near[0]
    return SamePeople(of, assumed, unclear)


def _clash(form: str, name: str, of: Mapping[str, str], rows: Sequence[frozenset[str]]) -> bool:
    """Whether a form has a row beside one of a person's."""
    mine = {other for other, whose in of.items() if whose == name}
    return any(form in row and row & mine for row in rows)


def ids_of(names: Iterable[str]) -> dict[str, str]:
    """An id for each name; no two are the same."""
    found: dict[str, str] = {}
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "x"
        id_, number = base, 1
        while id_ in found.values():
            number += 1
            id_ = f"{base}-{number}"
        found[name] = id_
    return found


def about_people(places: Mapping[str, str], people: SamePeople) -> Iterable[GridQuestion]:
    for form, name in people.assumed.items():
        says = f"{form} was taken for {name}. Are they one person?"
        yield GridQuestion(at=places[form], says=says, answer=pointer(("people", form)))
    for form, names in people.unclear.items():
        says = f"{form} may be {' or '.join(names)}, and was not read. Who is it?"
        yield GridQuestion(at=places[form], says=says, answer=pointer(("people", form)))


def is_work(label: str) -> bool:
    _, start, _ = times_in(label)
    return start is not None or (len(label) > 4 and sounds_like_work(label))


def sure_names(texts: Sequence[str] | set[str]) -> int:
    """The number of texts that are surely names: two words with capitals, or a title."""
    return sum(
        all(looks_like_a_name(part) for part in several(text, ()))
        and re.search(r"\w\.? \w", text) is not None
        and not is_work(text)
        for text in texts
    )
