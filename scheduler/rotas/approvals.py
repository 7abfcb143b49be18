"""What owners of shared things must approve before a version of a rota can be published."""

from collections.abc import Iterator

from models.answer.schedule import Schedule
from models.problem.resources import Resource
from models.register.rota import RotaDefinition
from scheduler.intake.case import Case
from scheduler.report.agenda import events


class NotApproved(Exception):
    """A version is waiting for owners' approval; one sentence for each use."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


def unapproved(definition: RotaDefinition, case: Case, schedule: Schedule) -> Iterator[str]:
    """Sentences about missing approvals, by the answers in the rota's present definition.

    If an owner allows provisional publication, its missing answer does not count; a refusal does.
    """
    rows = definition.request["problem"].get("resources", ())
    newest = {resource.id: resource for resource in map(Resource.model_validate, rows)}
    problem = case.request.problem
    resources = tuple(newest.get(r.id, r) for r in problem.resources)
    changed = problem.model_copy(update={"resources": resources})
    case = case.amended(case.request.model_copy(update={"problem": changed}))
    kept_waiting = {t.id: not t.resource.provisional for t in case.facts.things}
    for event in events(case.facts, case.plan(schedule)):
        for waiting in event.waiting:
            if waiting.status == "refused" or kept_waiting[waiting.resource]:
                yield f"{waiting.sentence.rstrip('.')}: {event.sentence}"
