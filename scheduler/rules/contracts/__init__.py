"""Contracted hours, PPA, job shares, secondments, and handovers between shifts.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
