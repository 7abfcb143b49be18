"""Frames: results as pandas tables with documented columns, and how they are written as CSV.

| type | holds |
|---|---|
| `string` | text; empty where there is none |
| `datetime64[s]` | a date or a local time; `NaT` where there is none |
| `Int64` | a whole number; `<NA>` where nothing says it |
| `Float64` | hours |
| `boolean` | yes or no |
| `object` | pounds, as `decimal.Decimal` |
"""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from pandas.api.types import pandas_dtype

from scheduler.exchange.spreadsheet_text import harmless

TEXT, TIME, COUNT, HOURS, YES_NO, POUNDS = (
    "string",
    "datetime64[s]",
    "Int64",
    "Float64",
    "boolean",
    "object",
)


def frame(columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    """Rows as a frame whose columns have their types, also where there is no row.

    Args:
        columns: name to type, in order.
        rows: values in the same order; a time that there is not is None or empty.
    """
    found = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    for name, kind in columns.items():
        if kind == TIME:
            when = found[name].where(found[name] != "", None)
            found[name] = pd.to_datetime(when).astype("datetime64[s]")
        else:
            found[name] = found[name].astype(pandas_dtype(kind))
    return found


def as_csv(frame: pd.DataFrame, decimals: Mapping[str, int] | None = None) -> bytes:
    """A frame as CSV by RFC 4180, with texts that no spreadsheet takes for formulas.

    Dates are YYYY-MM-DD and times YYYY-MM-DDTHH:MM; what is missing is empty.

    Args:
        frame: any of these frames.
        decimals: how many digits stand after the point, by column.
    """
    said = frame.copy()
    for name, kind in frame.dtypes.items():
        column = frame[name]
        if kind == TEXT:
            said[name] = column.map(harmless)
        elif kind == TIME:
            form = "%Y-%m-%d" if name in ("date", "week") else "%Y-%m-%dT%H:%M"
            said[name] = column.dt.strftime(form).fillna("")
    for name, digits in (decimals or {}).items():
        said[name] = frame[name].map(lambda hours, digits=digits: f"{hours:.{digits}f}")
    return said.to_csv(index=False, lineterminator="\r\n").encode()
