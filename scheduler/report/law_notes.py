"""What an answer says of the law: what the request sets aside, and what it states itself."""

from collections.abc import Iterator

from scheduler.intake.request import RotaRequest


def law_notes(request: RotaRequest) -> Iterator[str]:
    """A sentence for each rule that is the law and is not in force as it is by default."""
    for law in request.laws:
        yield from law.sentences()
