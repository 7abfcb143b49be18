"""The parameters of a benchmark's searches, from a TOML file."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from scheduler.search.params import DEFAULTS, SearchParams, UnknownParameter, read_params

ParamsFile = Annotated[
    Path | None,
    typer.Option("--params", help="TOML with parameters other than usual, by group."),
]


def params_of(file: Path | None) -> SearchParams:
    """The parameters in a file; the usual ones without a file.

    Raises:
        typer.BadParameter: it cannot be read or used; the message says why.
    """
    if file is None:
        return DEFAULTS
    try:
        return read_params(file)
    except (OSError, tomllib.TOMLDecodeError, UnknownParameter) as error:
        raise typer.BadParameter(f"{file}: {error}") from None
