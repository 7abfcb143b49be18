"""Regenerates the committed JSON Schemas: `python -m scheduler.exchange.schemas`."""

from scheduler.exchange.schemas.writing import DOCUMENTS, place, written

for name in DOCUMENTS:
    place(name).write_text(written(name), encoding="utf-8")
