"""The whole answer as JSON: the result and its summary."""

from models.answer.summary import ScheduleAnswer
from scheduler.exchange.render.render_input import RenderInput


def written(given: RenderInput) -> bytes:
    """The answer, indented for people, with a line break at its end."""
    answer = ScheduleAnswer(result=given.result, summary=given.summary)
    return answer.model_dump_json(indent=2).encode() + b"\n"
