"""The calls that need no solver: check a schedule, read the rulebook, take an example."""

import json
from functools import cache
from importlib.resources import files
from inspect import cleandoc
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Path, Response
from pydantic import Field

from api.access import needs, open_to_all
from api.bodies import IF_JSON, JsonBody, described, read_check
from api.examples import CHECK
from api.parameters import GIVEN, USUAL_LIMIT, Cursor, Limit
from api.problems import Refusal, problem, refusals
from models.answer.report import Authority, Report
from models.answer.summary import Summary
from models.value import Value
from scheduler.access.keys import May
from scheduler.exchange.brought.comparison import RotaComparison, comparison
from scheduler.exchange.brought.judging import CellMark, SchoolFigures, figures, marks
from scheduler.report.law_notes import law_notes
from scheduler.report.summary import summarise
from scheduler.rulebook.rule import Scope
from scheduler.rules import EXAMPLES, RULES, TOPICS
from scheduler.storage.pagination import Page, cut_after

router = APIRouter(prefix="/v1")


class RequestSize(Value):
    """How much there is to decide."""

    people: int = Field(description="People who may be placed.")
    schools: int = Field(description="Schools of the request.")
    duties: int = Field(description="Needs of shifts on dates, and of activities.")
    places: int = Field(description="People that all duties need together.")


class Judgement(Value):
    """What the checkers say."""

    size: RequestSize = Field(description="The size of the request.")
    rules: tuple[str, ...] = Field(description="The rules as a manager would say them, in order.")
    law: tuple[str, ...] = Field(
        description="What the request sets aside of the law, or asks for itself; the rest of the "
        "law is in force and among the rules."
    )
    report: Report | None = Field(None, description="How each rule fares; none for no schedule.")
    summary: Summary | None = Field(
        None, description="Coverage, loads, presence and reasons; none for no schedule."
    )
    marks: tuple[CellMark, ...] = Field(
        (), description="Every breach: at its cells where cells were sent, musts first."
    )
    schools: tuple[SchoolFigures, ...] = Field(
        (), description="What the schedule means for each school."
    )
    comparison: RotaComparison | None = Field(
        None, description="What is gained since the schedule `before`; none without one."
    )


class DrawnExample(Value):
    """A rule at work on a small rota."""

    rule: dict[str, Any] = Field(description="The rule as it is sent.")
    sentence: str = Field(description="The rule as a manager would say it.")
    rota: str = Field(description="A line per person; a letter per shift, a dot for none.")
    breaches: tuple[str, ...] = Field(
        description="What the checker says of the drawn rota; empty where the rule is kept."
    )


class RuleView(Value):
    """One kind of rule."""

    kind: str = Field(description="The name that requests call it by.")
    topic: str = Field(description="The folder that the rule stands in, such as cover.")
    about: str = Field(description="What the rule means, and how its breaches are counted.")
    unit: str = Field(description="What one unit of breach is.")
    scope: Scope = Field(
        description="What its breaches depend on: one person, one duty, one school on one day, or "
        "the whole rota."
    )
    authority: Authority = Field(description="Whose word it usually is.")
    always_on: bool = Field(description="Part of every request, and never bent.")
    law: bool = Field(description="In force in every request that does not set it aside.")
    fields: dict[str, Any] = Field(description="JSON Schema of what is sent.")
    examples: tuple[DrawnExample, ...] = Field(
        description="Small rotas that keep or break the rule."
    )


class RulePage(Page):
    """A page of the rulebook, in the order of the kinds."""

    items: tuple[RuleView, ...] = Field(description="The rules of this page.")


class ExampleView(Value):
    """A request that can be sent as it is."""

    name: str = Field(description="What to ask for it by.")
    title: str = Field(description="The name of its problem.")


class ExamplePage(Page):
    """A page of example requests, in the order of their names."""

    items: tuple[ExampleView, ...] = Field(description="The examples of this page.")


class ExampleText(NamedTuple):
    """An example request as it stands in its file, and what its rota is called."""

    title: str
    text: bytes


@router.post(
    "/check",
    tags=["check"],
    summary="Check a schedule, or a request alone",
    responses=refusals(
        **IF_JSON,
        _422="The request or the schedule cannot be understood.",
    ),
    openapi_extra=described({"$ref": "#/components/schemas/CheckRequest"}, CHECK),
)
@needs(May.READ)
def check_schedule(body: JsonBody) -> Judgement:
    """Every breach of every rule, with its place, without solving anything; and, with `before`,
    what is gained since another schedule. Nothing is kept."""
    case, schedule, before, cells = read_check(body)
    facts = case.facts
    size = RequestSize(
        people=len(facts.staff),
        schools=len(facts.schools),
        duties=len(facts.duties),
        places=sum(duty.count for duty in facts.duties),
    )
    rules = tuple(rule.sentence for rule in case.rules)
    law = tuple(law_notes(case.request))
    if schedule is None:
        return Judgement(size=size, rules=rules, law=law)
    plan = case.plan(schedule)
    report = case.judge(plan)
    return Judgement(
        size=size,
        rules=rules,
        law=law,
        report=report,
        summary=summarise(facts, plan, case.rules, case.titles),
        marks=marks(facts, plan, report, cells),
        schools=figures(facts, plan, report),
        comparison=None if before is None else comparison(case, before, schedule),
    )


@router.get("/rules", tags=["rulebook"], summary="List the rules")
@open_to_all
def list_rules(cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> RulePage:
    """Every kind of rule: what it means, its fields, and what it does on small rotas."""
    found, more = cut_after(_rulebook(), lambda rule: rule.kind, cursor, limit)
    return RulePage(items=found, next=more)


@cache
def _rulebook() -> tuple[RuleView, ...]:
    return tuple(
        RuleView(
            kind=kind,
            topic=TOPICS[kind],
            about=cleandoc(rule.__doc__ or ""),
            unit=rule.unit,
            scope=rule.scope,
            authority=rule.usual_authority,
            always_on=rule.always_on,
            law=rule.law is not None,
            fields=rule.model_json_schema(),
            examples=tuple(
                DrawnExample(
                    rule=example.rule.model_dump(mode="json", exclude_unset=True),
                    sentence=example.rule.sentence,
                    rota=example.rota,
                    breaches=tuple(example.breaches),
                )
                for example in EXAMPLES[kind]
            ),
        )
        for kind, rule in RULES.items()
    )


@router.get("/examples", tags=["rulebook"], summary="List example requests")
@open_to_all
def list_examples(cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> ExamplePage:
    """Their names and titles."""
    views = [
        ExampleView(name=name, title=found.title) for name, found in example_requests().items()
    ]
    found, more = cut_after(views, lambda example: example.name, cursor, limit)
    return ExamplePage(items=found, next=more)


@router.get(
    "/examples/{name}",
    tags=["rulebook"],
    summary="Get an example request",
    response_class=Response,
    responses={
        200: {
            "description": "A request that can be sent as it is.",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/RotaRequest"}}
            },
        },
        **refusals(_404="There is no such example."),
    },
)
@open_to_all
def get_example(
    name: Annotated[str, Path(pattern=GIVEN, description="The example, by its name in the list.")],
) -> Response:
    """As a person would write it, ready to be sent."""
    found = example_requests()
    if name not in found:
        hint = "Maybe GET /v1/examples for those there are?"
        raise Refusal(problem(404, "unknown-example", "There is no such example", hint))
    return Response(found[name].text, media_type="application/json")


@cache
def example_requests() -> dict[str, ExampleText]:
    """Every example by its name, in order."""
    found = (file for file in files("examples").iterdir() if file.name.endswith(".json"))
    texts = {
        file.name.removesuffix(".json"): file.read_bytes()
        for file in sorted(found, key=lambda file: file.name)
    }
    return {
        name: ExampleText(json.loads(text)["problem"]["name"], text) for name, text in texts.items()
    }
