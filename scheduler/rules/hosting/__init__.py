"""Which school hosts, who visits whom, and how evenly.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
