"""What a cell of a rota says: codes, times, several of them, and words for being away."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Any

from scheduler.exchange.grid.sheet import GridSheet, Spot

MOST_OF_A_CODE = 60
"""A longer text is a remark, and not read."""

_AWAY = (
    r"sick(?:ness)?|ill(?:ness)?|off(?:\s+sick)?|hols?|holidays?|a/?l|ann(?:ual)?\.?\s*leave|leave|"
    r"mat(?:ernity)?(?:\s+leave)?|pat(?:ernity)?(?:\s+leave)?|parental(?:\s+leave)?|adoption|"
    r"compassionate(?:\s+leave)?|bereavement|funeral|wedding|unpaid(?:\s+leave)?|u/l|dentist|"
    r"doctors?|dr|gp|hospital|clinic|scan|counselling|appt|appointment|med(?:ical)?(?:\s+appt)?|"
    r"physio|surgery|operation|jury(?:\s+service)?|absent|absence|abs|away|rdo|day\s+off|d/o|"
    r"not\s+in|not\s+working|n/?w|nwd|non[\s-]*working(?:\s+day)?|toil|lieu|loa|covid|isolating|"
    r"flu|ivf|op|hosp|migraine|stress|anxiety|strike|suspended|phased(?:\s+return)?|course|training|cpd|conference|"
    r"interview|n/a"
)
_IS_AWAY = re.compile(rf"(?:{_AWAY})(?!\w)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_STILL_A_DUTY = re.compile(
    r"\b(?:club|duty|duties|cover|hub|room|lead|playscheme)\b", re.IGNORECASE
)
_CLOSED = re.compile(
    r"(?:b\.?/?h\.?|bank\s*hol(?:iday)?|closed|school\s+closed|half[\s-]*term)", re.IGNORECASE
)
_NOTHING = re.compile(r"[-\u2013\u2014_.]+|none|nil", re.IGNORECASE)
_UNSURE = re.compile(r"\?+|tbc|tba|x|[01]|s|h|[mscpu]l", re.IGNORECASE)
"""Codes that some schools use for work, and others for an absence."""

_WORK = re.compile(
    r"\b(?:duty|duties|club|hub|cover|gate|play(?:ground|time|scheme)?|lunch(?:time)?|break(?:fast)?|"
    r"early|late|mid(?:day|dle)?|office|desk|reception|nursery|pre-?school|class|year|yr|room|hall|"
    r"library|kitchen|ppa|first\s*aid(?:er)?|wrap\s*around|after\s*school|a\.?s\.?c|registration|"
    r"assembly|intervention|supervision|swim(?:ming)?|forest|eyfs|ks[12]|open(?:ing)?|clos(?:e|ing)|"
    r"lead|dsl|senco|shift|bus|homework|teach(?:ing)?|1:1|in|work)\b",
    re.IGNORECASE,
)
MOST_OF_A_SHORT_CODE = 4
_HERE = re.compile(r"\u2713|\u2714|y|yes|in|working|present", re.IGNORECASE)
_NOT_HERE = re.compile(r"n|no|out", re.IGNORECASE)
_SESSIONS = {"am": "am", "morning": "am", "pm": "pm", "afternoon": "pm"}
_HALF = re.compile(r"\b(am|pm|morning|afternoon)\b", re.IGNORECASE)

_ONE = r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|noon)?|(\d{2})(\d{2})\s*(?:hrs)?"
_SPAN = rf"(?:{_ONE})\s*(?:-|\u2013|\u2014|to|til|till|until)\s*(?:{_ONE})(?![\d:./]|\w)"
_RANGE = re.compile(rf"(?<![\d:./]){_SPAN}", re.IGNORECASE)
_PAUSE = re.compile(rf"\b(?:lunch|break)\W*{_SPAN}", re.IGNORECASE)
"""A lunch in the middle of somebody's hours."""
_PARTS = re.compile(r"\s*(?:;|,|/|\+|&|\band\b)\s*", re.IGNORECASE)
EARLIEST = 6
"""An hour before this, without am, is in the afternoon."""


@dataclass(frozen=True)
class Said:
    """One thing that a cell says."""

    means: str
    """`duty`, `away`, `closed`, `nothing`, or `unsure`."""
    code: str = ""
    """As it is written, without its times; never a word for an absence."""
    start: time | None = None
    end: time | None = None
    session: str | None = None


def times_in(text: str) -> tuple[str, time | None, time | None]:
    """A text without its range of times, and the range: 8.30-3.15, 8am to 4pm, 0830-1515."""
    for found in _RANGE.finditer(text):
        first = _clock(found.groups()[:5])
        last = _clock(found.groups()[5:])
        if first is None or last is None:
            continue
        (start, said), (end, also) = first, last
        if not said and start < EARLIEST * 60:
            start += 12 * 60 if start < 12 * 60 else 0
        if not also and end <= start < end + 12 * 60:
            end += 12 * 60
        if also and not said and end <= start and start >= 12 * 60:
            start -= 12 * 60
        rest = _PAUSE.sub("", text[: found.start()] + " " + text[found.end() :])
        rest = rest.strip(" ()[],:-=")
        if start != end:
            return " ".join(rest.split()), _time(start), _time(end)
    return text, None, None


def _clock(parts: tuple[str | Any, ...]) -> tuple[int, bool] | None:
    hour, minute, half, hour4, minute4 = parts
    sure = half is not None or hour4 is not None or hour.startswith("0")
    hours, minutes = int(hour or hour4), int(minute or minute4 or 0)
    if hours > 23 or minutes > 59 or (half in ("am", "pm") and not 1 <= hours <= 12):
        return None
    half = (half or "").lower()
    if half == "pm" and hours < 12:
        hours += 12
    if half == "am" and hours == 12:
        hours = 0
    return hours * 60 + minutes, sure or hours > 12


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def said_in(text: str, known: frozenset[str]) -> list[Said]:
    """What a cell says.

    Args:
        text: the cell, as one line.
        known: codes whose meaning is known, without regard to case; they are never split.
    """
    if not text or _NOTHING.fullmatch(text):
        return []
    if len(text) > MOST_OF_A_CODE and not _absence(text):
        return [Said("remark")]
    whole = _single(text, known)
    if whole.means != "duty" or key(whole.code) in known:
        return [whole]
    parts = [part for part in _PARTS.split(text) if part]
    if len(parts) < 2:
        return [whole]
    return [said for part in parts if (said := _single(part, known)).means != "nothing"]


def _single(text: str, known: frozenset[str]) -> Said:
    if key(text) in known:
        return Said("duty", text)
    if _CLOSED.fullmatch(text):
        return Said("closed")
    if away := _absence(text):
        return away
    if _NOT_HERE.fullmatch(text):
        return Said("away")
    if _UNSURE.fullmatch(text):
        return Said("unsure", text)
    rest, start, end = times_in(text)
    if start is None and re.fullmatch(r"[\d.,:%£]+(?:\s*h(?:ou)?rs?)?", text):
        return Said("unsure", text)
    if _HERE.fullmatch(text):
        return Said("duty", "In")
    return Said("duty", rest, start, end)


def _absence(text: str) -> Said | None:
    """That somebody is away, and when; the word that says why is dropped here."""
    plain = text.strip(" ()[]*;")
    half = re.match(r"(am|pm)\b[\s:,-]*", plain, re.IGNORECASE)
    found = _IS_AWAY.match(plain[half.end() :] if half else plain)
    if found is None or _STILL_A_DUTY.search(plain):
        return None
    rest = found["rest"]
    if re.match(r"\s*(?:[/+&]|and\b|;)", rest, re.IGNORECASE) and not _HALF.search(rest):
        return None
    _, start, end = times_in(rest)
    part = half or _HALF.search(rest)
    session = None if part is None else _SESSIONS[part[1].lower()]
    return Said("away", start=start, end=end, session=session)


def sounds_like_work(code: str) -> bool:
    """Whether a code is short, or has a word for a duty; anything else may be a private reason."""
    return is_short(code) or _WORK.search(code) is not None


def is_short(code: str) -> bool:
    """Whether a text is a code, and no word of which somebody may read more."""
    return 0 < len(code) <= 2 or (len(code) <= MOST_OF_A_SHORT_CODE and code == code.upper())


def key(code: str) -> str:
    """A code without regard to case and space."""
    return " ".join(code.casefold().split())


_IS_KEY = re.compile(r"(?:key|legend|codes?)\W*", re.IGNORECASE)
_LEGEND = re.compile(r"(?P<code>[^=:\u2013]{1,12}?)\s*(?:=|:|\u2013|\s-\s)\s*(?P<name>\S.{1,80})")


def legend(text: str) -> tuple[str, str, time | None, time | None] | None:
    """A line of a key: "E = Early (7.30-9.00)" as its code, name and times."""
    found = _LEGEND.fullmatch(text)
    if found is None or re.fullmatch(r"[\d.:\s]+", found["code"]):
        return None
    name, start, end = times_in(found["name"])
    return found["code"].strip(), name.strip(" ()-") or found["code"].strip(), start, end


def not_on(text: str) -> bool:
    """Whether a cell among names says that there is no duty on that day."""
    return re.fullmatch(r"cancell?ed|not\s+on|no\s+(?:clubs?|duty|school)", text, re.I) is not None


def nobody(text: str) -> bool:
    """Whether a cell among names says that nobody has been found."""
    return (
        re.fullmatch(r"nobody|no-?one|vacant|vacancy|gap|n/a|supply|agency", text, re.I) is not None
    )


def legend_of(
    sheet: GridSheet, inside: set[Spot], *, alone: bool
) -> dict[str, tuple[str, time | None, time | None]]:
    """From each code of a key to its name and times: "E = Early (7.30-9)", in one cell or several.

    Args:
        sheet: where to look.
        inside: the cells of its grids, which are left out.
        alone: whether it has no grid.
    """
    found: dict[str, tuple[str, time | None, time | None]] = {}
    key_at: int | None = None
    for row in range(sheet.rows):
        outside = [c for c in range(sheet.columns) if (row, c) not in inside]
        texts = {c: text for c in outside if (text := sheet.text(row, c))}
        if headed := [c for c, text in texts.items() if _IS_KEY.fullmatch(text)]:
            key_at = headed[0]
            del texts[key_at]
        said = [text for c, text in texts.items() if key_at is None or c >= key_at]
        for text in (part for whole in said for part in whole.split(" ; ")):
            if line := legend(text):
                found.setdefault(key(line[0]), line[1:])
        whole_sheet = alone and re.search(r"key|legend|codes", sheet.title, re.IGNORECASE)
        if (key_at is not None or whole_sheet) and 2 <= len(said) <= 4 and len(said[0]) <= 12:
            name, start, end = times_in(" ".join(said[1:]))
            if re.search(r"[^\W\d]", said[0]) and not legend(said[0]):
                found.setdefault(key(said[0]), (name.strip(" ()") or said[0], start, end))
    return found
