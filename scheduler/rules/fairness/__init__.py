"""How work is shared between people and between schools, and what people ask for.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
