"""Who must be at work, with which skills, and how many of them.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
