"""Where people are, and how much they travel between schools.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
