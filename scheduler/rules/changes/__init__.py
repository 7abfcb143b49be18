"""Pinned and forbidden placements, and how far a rota may differ from the published one.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
