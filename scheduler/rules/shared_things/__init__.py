"""Halls, minibuses, kits and anything else that schools share: capacity, booking, moving.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
