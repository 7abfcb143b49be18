"""Recharges: what schools owe each other for shared people.

Imports `scheduler.exchange.render`, `scheduler.report` and below.
"""
