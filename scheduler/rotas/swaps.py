"""Swaps after publishing: checked against today's facts, and published as a new version."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.problem import Placement
from models.register.rota import Swap
from scheduler.access.keys import Principal
from scheduler.intake.case import Case
from scheduler.intake.validation_errors import Found, InvalidRequest, fault
from scheduler.report.answer import best_so_far, fingerprint
from scheduler.report.unfilled import would_break
from scheduler.rotas.differences import difference, note
from scheduler.rotas.rota_store import (
    Conflict,
    RegisterReader,
    UnknownRota,
    composed,
    local_date,
    locked,
)
from scheduler.rotas.versions import RotaVersions, RotaVersionView, publish_within, sides
from scheduler.storage.clock import now
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import RotaVersion, TenantRow


class Broken(Exception):
    """The swap would break a rule that must hold; `sentences` say which and where."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = tuple(sentences)


class Swaps:
    """Swaps on the rotas of one tenant."""

    def __init__(self, engine: sa.Engine, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant
        self._versions = RotaVersions(engine, tenant)

    def swap(self, rota: str, over: int, swap: Swap, by: Principal) -> RotaVersionView:
        """Check a swap against today's facts, and publish the outcome as a new version.

        Raises:
            UnknownRota: there is no such rota, or nothing is published.
            Conflict: another version has been published since.
            InvalidRequest: it takes a placement that does not exist, or gives an impossible one.
            Broken: it breaks a rule that must hold and was kept before.
        """
        with Session(self._engine) as session, session.begin():
            row = locked(session, self._tenant, rota)
            if row.published is None:
                raise UnknownRota
            if row.published != over:
                raise Conflict("Another version has been published since. Maybe look at it first?")
            before = self._versions.version_row(session, rota, over)
            case = composed(session, self._tenant, row, local_date(row.time_zone))
            request, facts = case.request, case.facts
            published = request.problem.published
            assert published is not None
            _refuse_impossible(swap, set(published.placements), facts)
            kept = [p for p in published.placements if p not in set(swap.take)]
            old = Schedule(
                placements=published.placements, times=published.times, groups=published.groups
            )
            new = old.model_copy(update={"placements": (*kept, *swap.give)})
            new = case.plan(new).schedule()
            worse = _newly_broken(case, old, new)
            if worse:
                raise Broken(worse)
            result = best_so_far(case, new, (), seconds=0, note=f"It was swapped by {by.name}.")
            said = f"swapped by {by.name}"
            if swap.reason is not None:
                said += f": {swap.reason.rstrip('.')}"
            found = difference(sides(before, RegisterReader()), (case, new), said)
            row.versions += 1
            version = RotaVersion(
                tenant=self._tenant,
                rota=rota,
                number=row.versions,
                state="draft",
                origin="swap",
                parent=over,
                revision=row.revision,
                register_version=session.get_one(TenantRow, self._tenant).register_version,
                job_id=None,
                created_at=now(),
                author=by.name,
                input_hash=fingerprint(request),
                request=request.model_dump_json(),
                result=result.model_dump_json(),
                note=note(found, (case, new), ()),
            )
            session.add(version)
            publish_within(session, row, version, (case, new), by.name, by.key)
            return self._versions.view(session, version)


def _newly_broken(case: Case, before: Schedule, after: Schedule) -> list[str]:
    """Sentences about breaches of musts that only the second schedule has, or has to a higher
    amount."""

    def breaches(schedule: Schedule) -> dict[tuple[int, tuple[str, ...]], tuple[int, str]]:
        report = case.check(schedule)
        return {
            (finding.rule, breach.where): (
                breach.amount,
                would_break(finding.sentence, breach.sentence),
            )
            for finding in report.findings
            if finding.priority == "must"
            for breach in finding.breaches
        }

    old = breaches(before)
    return [
        sentence[0].upper() + sentence[1:]
        for place, (amount, sentence) in breaches(after).items()
        if amount > old.get(place, (0, ""))[0]
    ]


def _refuse_impossible(swap: Swap, there: set[Placement], facts: Facts) -> None:
    found: list[Found] = []
    for number, placement in enumerate(swap.take):
        if placement not in there:
            found.append((("take", number), "is not in the published rota."))
    for number, placement in enumerate(swap.give):
        path = ("give", number)
        if placement.person not in facts.person_number:
            found.append(((*path, "person"), "names nobody on this rota."))
        if placement.duty not in facts.duty_number:
            found.append(((*path, "duty"), "names no duty of this rota."))
        if placement in there and placement not in swap.take:
            found.append((path, "is already in the published rota."))
    if len(set(swap.give)) < len(swap.give):
        found.append((("give",), "gives the same placement twice."))
    if found:
        raise InvalidRequest(fault(path, said) for path, said in found)
