"""How much a person works and when: hours, days in a row, rest, breaks, weekends.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
