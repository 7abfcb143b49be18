"""The benchmarks' command line: `python -m benchmarks COMMAND`."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def benchmarks() -> None:
    """Measures what the engine reaches; each command prints a table of figures."""


if __name__ == "__main__":
    app()
