"""A draft made without any search, where there is no time for a better one."""

from models.facts.facts import Facts
from models.facts.plan import Plan


def first_draft(facts: Facts) -> Plan:
    """Everybody where they are pinned; then each duty, those that fewest people can do first, gets
    able people who are on no other duty that day and have been on fewest so far. Activities have
    their first possible time, place and things, and children their first group."""
    pinned = {
        (facts.person_number[p.person], facts.duty_number[p.duty]) for p in facts.problem.pinned
    }
    cells = set(pinned)
    taken = {(person, facts.duties[duty].day) for person, duty in cells}
    loads = [0] * len(facts.staff)
    fixed = [duty for duty in facts.duties if not duty.is_flexible]
    for duty in sorted(fixed, key=lambda duty: (len(facts.able[duty.number]), duty.number)):
        there = sum((person, duty.number) in pinned for person in facts.able[duty.number])
        free = [p for p in facts.able[duty.number] if (p, duty.day) not in taken]
        for person in sorted(free, key=lambda p: (loads[p], p))[: max(0, duty.count - there)]:
            cells.add((person, duty.number))
            taken.add((person, duty.day))
            loads[person] += 1
    groups = {children.number: children.groups[0] for children in facts.pupils}
    chosen = [o for o in facts.occasions if o.is_flexible and not o.optional]
    starts = {o.number: o.starts[0] for o in chosen}
    venues = {o.number: o.schools[0] for o in chosen if len(set(o.schools)) > 1}
    things = {
        (o.number, use): asked.things[0]
        for o in facts.occasions
        for use, asked in enumerate(o.uses)
        if len(asked.things) > 1 and (not o.is_flexible or o.number in starts)
    }
    return Plan(facts, cells, starts, groups, venues, things)
