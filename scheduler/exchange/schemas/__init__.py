"""JSON Schemas of what goes in and out, committed: `python -m scheduler.exchange.schemas`."""
