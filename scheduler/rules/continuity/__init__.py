"""Who works with whom from week to week: familiar adults, stable groups, staff kept apart.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
