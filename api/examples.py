"""A request, a check and a job as they stand in the OpenAPI: small enough to read there."""

from typing import Any

REQUEST: dict[str, Any] = {
    "problem": {
        "name": "Holiday club, first week",
        "horizon": {"first": "2026-04-06", "last": "2026-04-10"},
        "skills": {"first-aid": "Paediatric first aid"},
        "roles": {"playworker": "Playworker"},
        "schools": [
            {"id": "oak", "name": "Oak Primary"},
            {"id": "fel", "name": "Fellside Primary"},
        ],
        "people": [
            {
                "id": "ann",
                "name": "Ann",
                "home": "oak",
                "skills": [{"skill": "first-aid"}],
                "contracts": [{"id": "ann-1", "role": "playworker", "school": "oak"}],
            },
            {"id": "bob", "name": "Bob", "home": "oak"},
            {"id": "cat", "name": "Cat", "home": "oak", "skills": [{"skill": "first-aid"}]},
        ],
        "shifts": [
            {
                "id": "club",
                "name": "Club",
                "school": "oak",
                "start": "08:30",
                "end": "15:30",
                "needs": [{"count": 1, "who": {"skill": "first-aid"}}],
            }
        ],
    },
    "rules": [
        {"kind": "cover", "priority": 1},
        {"kind": "consecutive_days", "most": 3, "priority": 2},
    ],
    "limits": {"seconds": 10},
}

CHECK: dict[str, Any] = {
    "request": REQUEST,
    "schedule": {
        "placements": [
            {"person": "ann", "duty": "club@2026-04-06"},
            {"person": "cat", "duty": "club@2026-04-07"},
        ]
    },
}
