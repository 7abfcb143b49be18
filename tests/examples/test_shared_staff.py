"""The recharge of shared staff: every figure from the scenario's text, to the penny."""

import copy
import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cli import main
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement
from models.register.recharge import Ledger, Recharge
from scheduler.exchange.recharge import ledger_output
from scheduler.exchange.recharge.ledger import ledger
from scheduler.exchange.recharge.ledger_checks import faults
from scheduler.intake.parse import read_request, read_value
from scheduler.intake.validation_errors import InvalidRequest
from tests.api.cli.test_main import run

EXAMPLES = Path(__file__).parents[2] / "examples"

COSTS = {
    "EHT": ("78000.00", "10950.00", "22370.40", "111320.40", "44528.16"),
    "HL2": ("27000.00", "3300.00", "5913.00", "36213.00", "7242.60"),
    "FW": ("26000.00", "3150.00", "5694.00", "34844.00", "6968.80"),
    "ICT": ("33000.00", "4200.00", "7227.00", "44427.00", "4442.70"),
    "TA16": ("19500.00", "2175.00", "4270.50", "25945.50", "25945.50"),
}
"""Pay, national insurance, pension, employer's cost, charge."""

TERMS = [
    {"first": "2025-09-01", "last": "2025-12-31"},
    {"first": "2026-01-01", "last": "2026-04-12"},
    {"first": "2026-04-13", "last": "2026-08-31"},
]


def document() -> dict[str, Any]:
    """The example as it is kept."""
    found: dict[str, Any] = json.loads((EXAMPLES / "recharge" / "shared-staff.json").read_text())
    return found


WEEK = Facts(read_request((EXAMPLES / "ordinary-week.json").read_bytes()).problem)
"""The week to which it belongs."""


@pytest.fixture(scope="module")
def facts() -> Facts:
    """The week."""
    return WEEK


Owed = Callable[..., Ledger]


@pytest.fixture(scope="module")
def owed(facts: Facts) -> Owed:
    """The ledger of the example after a change, on an empty rota."""

    def reckon(change: Callable[[Any], None] = lambda document: None) -> Ledger:
        changed = document()
        change(changed)
        recharge = read_value(changed, Recharge)
        assert list(faults(recharge, facts)) == []
        return ledger(recharge, Plan(facts, [], {}))

    return reckon


def of(document: Any, person: str) -> Any:
    """A person's agreement."""
    return next(a for a in document["agreements"] if a["person"] == person)


def test_the_employers_costs(owed: Owed) -> None:
    """The table, line by line; CL4's 264 hours at 15.20 come to 4,012.80."""
    lines = {line.agreement.person: line for line in owed().lines}
    for person, (pay, insurance, pension, whole, charge) in COSTS.items():
        cost = lines[person].cost
        assert cost is not None
        assert (cost.pay, cost.total) == (Decimal(pay), Decimal(whole))
        assert [part.amount for part in cost.on_costs] == [Decimal(insurance), Decimal(pension)]
        assert lines[person].charge == Decimal(charge)
    assert lines["CL4"].charge == Decimal("4012.80")
    assert sum(line.charge for line in lines.values()) == Decimal("93140.56")


def test_twelve_months(owed: Owed) -> None:
    """7,761.71 eleven times and 7,761.75; each line comes to its charge."""
    found = owed()
    sums = {period: amount for (_, _, period), amount in ledger_output.sums(found).items()}
    assert sums.pop("year end") == Decimal("-2929.48")
    assert list(sums) == [f"2025-{m:02}" for m in range(9, 13)] + [
        f"2026-{m:02}" for m in range(1, 9)
    ]
    assert list(sums.values()) == [Decimal("7761.71")] * 11 + [Decimal("7761.75")]
    by_line: dict[str, Decimal] = defaultdict(Decimal)
    for one in found.journal:
        if one.period != "year end":
            by_line[one.agreement] += one.amount
    assert by_line == {line.agreement.id: line.charge for line in found.lines}


def test_three_terms(owed: Owed) -> None:
    """31,046.85 twice and 31,046.86."""
    sums = ledger_output.sums(owed(lambda document: document.update(terms=TERMS)))
    amounts = [amount for (_, _, period), amount in sums.items() if period != "year end"]
    assert amounts == [Decimal("31046.85"), Decimal("31046.85"), Decimal("31046.86")]


@pytest.mark.parametrize(
    ("prorate", "charge", "said"),
    [
        ("months", "15134.88", "7 of 12 months, a month begun counts whole"),
        ("days", "15069.72", "212 of 365 days"),
    ],
)
def test_an_early_end(owed: Owed, prorate: str, charge: str, said: str) -> None:
    """D1: 7/12 of 25,945.50 is 15,134.88; days give another figure, and the rule is stated."""

    def early(document: Any) -> None:
        of(document, "TA16").update(ended="2026-03-31", prorate=prorate)

    found = owed(early)
    (line,) = [line for line in found.lines if line.agreement.person == "TA16"]
    assert line.full == Decimal("25945.50")
    assert line.charge == Decimal(charge)
    assert line.proration == said
    paid = [one for one in found.journal if one.agreement == "TA16-to-FEL"]
    assert [one.period for one in paid] == [f"2025-{m:02}" for m in range(9, 13)] + [
        f"2026-{m:02}" for m in range(1, 4)
    ]
    assert sum(one.amount for one in paid) == Decimal(charge)


def test_the_year_is_trued_up(owed: Owed) -> None:
    """D2: 76 days planned and 71 delivered give 5/76, 2,929.48, back to Fellside."""
    found = owed()
    (line,) = [line for line in found.lines if line.true_up]
    assert line.agreement.person == "EHT"
    assert line.true_up == Decimal("2929.48")

    def more(document: Any) -> None:
        of(document, "EHT")["counted"]["delivered"] = "78"

    (line,) = [line for line in owed(more).lines if line.true_up]
    assert line.true_up == Decimal("-1171.79")

    def capped(document: Any) -> None:
        more(document)
        of(document, "EHT")["cap"] = "45000"

    (line,) = [line for line in owed(capped).lines if line.true_up]
    assert line.true_up == Decimal("44528.16") - 45000


def test_tax_is_flagged_and_not_decided(owed: Owed) -> None:
    """D3: a code on every line, and that it is to be checked; one registration is said too."""
    taxes = {line.agreement.person: line.tax for line in owed().lines}
    assert taxes["EHT"] == taxes["TA16"] == "education; to be checked"
    assert taxes["ICT"] == taxes["CL4"] == "standard-rated; to be checked"

    def one_body(document: Any) -> None:
        document["bodies"][0]["vat_body"] = document["bodies"][1]["vat_body"]
        del of(document, "ICT")["tax_code"]

    taxes = {line.agreement.person: line.tax for line in owed(one_body).lines}
    assert taxes["ICT"] == "no code; one VAT registration: check whether any tax is due"


def test_by_pupils_on_roll(facts: Facts) -> None:
    """A catering manager for four schools of 360, 270, 210 and 60: the parts sum exactly."""
    parts = {}
    for pupils in (360, 270, 210, 60):
        changed = document()
        changed["pay"] = [{**changed["pay"][3], "yearly": "34000"}]
        changed["agreements"] = [
            {**of(changed, "ICT"), "basis": {"kind": "per_pupil", "pupils": pupils, "of": 900}}
        ]
        (line,) = ledger(read_value(changed, Recharge), Plan(facts, [], {})).lines
        assert line.cost is not None
        assert line.cost.total == Decimal("45796.00")
        parts[pupils] = line.charge
    assert list(parts.values()) == [
        Decimal("18318.40"),
        Decimal("13738.80"),
        Decimal("10685.73"),
        Decimal("3053.07"),
    ]
    assert sum(parts.values()) == Decimal("45796.00")


def test_rates_and_pay_change_in_the_year(owed: Owed) -> None:
    """Each month is reckoned by what is in force: seven of the year before April, five after."""

    def dearer(document: Any) -> None:
        rate = document["on_costs"][2]
        document["on_costs"] += [{**rate, "first": "2026-04-01", "percent": "24.3"}]
        rate["last"] = "2026-03-31"

    (line,) = [line for line in owed(dearer).lines if line.agreement.person == "ICT"]
    assert line.cost is not None
    pension = {part.on_cost: part.amount for part in line.cost.on_costs}["lgps"]
    assert pension == Decimal("7227.00") * 7 / 12 + Decimal("8019.00") * 5 / 12


def test_the_part_of_a_full_time_salary(owed: Owed) -> None:
    """TA16 works 27.5 of 37 hours and is paid for 44 of 52.143 weeks, by Oakfield's table: of
    26,000 that is 16,306.51. Without such a table it cannot be worked out."""

    def full_time(document: Any) -> None:
        document["pay"][4].pop("yearly")
        document["pay"][4]["full_time"] = "26000"

    (line,) = [line for line in owed(full_time).lines if line.agreement.person == "TA16"]
    assert line.cost is not None
    assert line.cost.pay == Decimal("16306.51")
    changed = document()
    changed["pay"][2].pop("yearly")
    changed["pay"][2]["full_time"] = "26000"
    places = [path for path, _ in faults(read_value(changed, Recharge), WEEK)]
    assert places == [("agreements", 2, "dates")]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: of(d, "EHT").update(person="Zoe"), ("agreements", 0, "person")),
        (lambda d: of(d, "EHT").update(contract="HL2-1"), ("agreements", 0, "contract")),
        (lambda d: of(d, "EHT").update(payer="ELM"), ("agreements", 0, "payer")),
        (lambda d: d["pay"][0].update(on_costs=["other"]), ("pay", 0, "on_costs")),
        (lambda d: d["pay"][0].update(last="2026-07-31"), ("agreements", 0, "dates")),
        (lambda d: d["agreements"].append(of(d, "EHT")), ("agreements", 6, "id")),
    ],
)
def test_an_agreement_that_cannot_be(facts: Facts, change: Any, place: Any) -> None:
    """Refused, with its place."""
    changed = document()
    change(changed)
    assert place in [path for path, _ in faults(read_value(changed, Recharge), facts)]


def test_shares_of_more_than_all_are_refused(facts: Facts) -> None:
    """40 and 61 percent of one contract at once; one after the other they may be."""

    def second(**dates: str) -> list[Any]:
        changed = document()
        first = of(changed, "EHT")
        other = {**copy.deepcopy(first), "id": "more", "basis": {"kind": "share", "percent": "61"}}
        other["dates"].update(dates)
        changed["agreements"].append(other)
        return [path for path, _ in faults(read_value(changed, Recharge), facts)]

    assert second() == [("agreements", 6, "basis")]
    assert ("agreements", 6, "basis") not in second(first="2026-09-01", last="2027-08-31")


def test_money_is_never_a_float_and_never_below_nothing() -> None:
    """Fractions of a penny and negative sums are refused where they stand."""
    changed = document()
    of(changed, "CL4")["basis"]["rate"] = "15.205"
    changed["pay"][0]["yearly"] = "-1"
    with pytest.raises(InvalidRequest) as refused:
        read_value(changed, Recharge)
    assert {f.pointer: f.message for f in refused.value.faults} == {
        "/agreements/5/basis/rate": "has too many decimal places: 2 are the most.",
        "/pay/0/yearly": "must be 0 or more.",
    }
    for kind in ({}, {"kind": "hour"}):
        of(changed, "CL4")["basis"] = kind
        with pytest.raises(InvalidRequest) as refused:
            read_value(changed, Recharge)
        (said,) = [f for f in refused.value.faults if f.pointer == "/agreements/5/basis"]
        assert ("hourly" in said.hint) == bool(kind)
        assert "cover" not in said.message + said.hint


# ------------------------------------------------------------------ minutes, and on paper


def cells(facts: Facts, *duties: tuple[str, str]) -> Plan:
    """A schedule of a few placements."""
    placements = tuple(Placement(person=person, duty=duty) for person, duty in duties)
    return Plan.of(facts, Schedule(placements=placements))


def test_every_minute_has_its_four_bodies(facts: Facts) -> None:
    """The ICT manager goes to Fellside after a morning at Oakfield; the way there is paid, and by
    the agreement it is the employer's. CL4's is her own: she is free from eight to a quarter to
    four. Planned stands beside delivered."""
    planned = cells(
        facts,
        ("ICT", "ict-oak-am@2026-01-12"),
        ("ICT", "ict-fel-pm@2026-01-12"),
        ("CL4", "clean-oak-am@2026-01-12"),
        ("CL4", "clean-fel-2@2026-01-12"),
    )
    delivered = cells(facts, ("ICT", "ict-oak-am@2026-01-12"), ("CL4", "clean-fel-2@2026-01-12"))
    found = ledger(read_value(document(), Recharge), planned, delivered)
    rows = [
        (m.person, m.place, m.travel, m.payer, m.agreement, m.planned, m.delivered)
        for m in found.minutes
    ]
    assert rows == [
        ("CL4", "FEL", False, "FEL", "CL4-to-FEL", 120, 120),
        ("CL4", "OAK", False, "OAK", None, 120, 0),
        ("ICT", "FEL", False, "FEL", "ICT-to-FEL", 179, 0),
        ("ICT", "FEL", True, "OAK", "ICT-to-FEL", 25, 0),
        ("ICT", "OAK", False, "OAK", None, 240, 240),
    ]
    assert {(m.employer, m.home) for m in found.minutes} == {("Governing body of Oakfield", "OAK")}
    assert [m.rate for m in found.minutes] == [Decimal("15.20"), None, None, None, None]
    lines = {line.agreement.person: line for line in found.lines}
    assert (lines["ICT"].planned_minutes, lines["ICT"].delivered_minutes) == (204, 0)
    assert (lines["CL4"].planned_minutes, lines["CL4"].delivered_minutes) == (120, 120)


def test_the_journal_as_csv(owed: Owed) -> None:
    """A row for each line and month, no salary in it, and no formula."""

    def sly(document: Any) -> None:
        of(document, "HL2")["order"] = "=1+1"

    text = ledger_output.journal_csv(owed(sly)).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 6 * 12 + 1
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("93140.56") - Decimal("2929.48")
    assert {row["order"] for row in rows} == {"", "'=1+1"}
    assert "78000" not in text
    assert "111320" not in text


def test_the_workbook(facts: Facts, owed: Owed) -> None:
    """Amounts are numbers, and the employers' costs have a sheet of their own."""
    book = openpyxl.load_workbook(io.BytesIO(ledger_output.workbook(facts, owed())))
    assert book.sheetnames == ["Journal", "Periods", "Year", "Employers' costs", "Minutes"]
    periods = list(book["Periods"].iter_rows(values_only=True))
    assert periods[1] == ("FEL", "OAK", "2025-09", 7761.71)
    assert len(periods) == 1 + 12 + 1


def test_from_the_command_line(tmp_path: Path) -> None:
    """Text, CSV and JSON of the same ledger; a bad document is refused with its places."""
    week = str(EXAMPLES / "ordinary-week.json")
    shared = str(EXAMPLES / "recharge" / "shared-staff.json")
    rota = tmp_path / "rota.json"
    rota.write_text(json.dumps({"placements": [{"person": "EHT", "duty": "head-fel@2026-01-12"}]}))
    code, said, _ = run("recharge", week, str(rota), shared)
    assert code == main.SOLVED
    assert "- EHT for Fellside, 40 % of the employer's cost: £44,528.16." in said
    assert (
        "71 of 76 planned days were delivered, so £2,929.48 is refunded to Fellside at the end of "
        "the year." in said
    )
    assert "  together       £90,211.08" in said
    code, said, _ = run(
        "recharge", week, str(rota), shared, "--payer", "FEL", "--period", "year end"
    )
    assert "Fellside to Oakfield\n  year end       -£2,929.48" in said
    code, said, _ = run("recharge", week, str(rota), shared, "--payer", "OAK")
    assert code == main.INVALID
    code, said, _ = run("recharge", week, str(rota), shared, "--format", "json")
    assert Ledger.model_validate_json(said).minutes[0].payer == "FEL"
    bad = tmp_path / "bad.json"
    changed = document()
    of(changed, "EHT")["payer"] = "ELM"
    bad.write_text(json.dumps(changed))
    code, _, told = run("recharge", week, str(rota), str(bad))
    assert code == main.INVALID
    assert "/agreements/0/payer" in told
    assert "ELM" not in told
    code, said, _ = run("example", "shared-staff")
    assert json.loads(said) == document()


# ------------------------------------------------------------------ whatever is agreed


@st.composite
def agreed(draw: st.DrawFn) -> dict[str, Any]:
    """The example with other charges, early ends, months or terms."""
    changed = document()
    names = [a["person"] for a in changed["agreements"]]
    for name in names:
        agreement = of(changed, name)
        pence = draw(st.integers(0, 10_000_000))
        agreement["basis"] = {"kind": "fixed", "amount": f"{pence // 100}.{pence % 100:02}"}
        agreement.pop("counted", None)
        if draw(st.booleans()):
            ended = date(2025, 9, 1) + timedelta(days=draw(st.integers(0, 364)))
            agreement.update(
                ended=ended.isoformat(), prorate=draw(st.sampled_from(["months", "days"]))
            )
    if draw(st.booleans()):
        changed["terms"] = TERMS
    return changed


@settings(derandomize=True, deadline=None, database=None, max_examples=100)
@given(agreed())
def test_instalments_always_come_to_the_charge(changed: dict[str, Any]) -> None:
    """Line by line to the penny; none but the last is out by a whole one."""
    found = ledger(read_value(changed, Recharge), Plan(WEEK, [], {}))
    by_line: dict[str, list[Decimal]] = defaultdict(list)
    for one in found.journal:
        by_line[one.agreement].append(one.amount)
    for line in found.lines:
        amounts = by_line[line.agreement.id]
        assert sum(amounts) == line.charge
        assert all(amount == amount.quantize(Decimal("0.01")) for amount in amounts)
        even = line.charge / len(amounts)
        assert all(abs(amount - even) < Decimal("0.01") for amount in amounts[:-1])
        assert abs(amounts[-1] - even) < Decimal("0.01") * len(amounts)
