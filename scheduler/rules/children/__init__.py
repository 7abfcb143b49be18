"""Which group each child is placed in, and who waits for a place.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
