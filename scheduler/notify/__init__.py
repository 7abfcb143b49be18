"""Notifying others: webhooks, calendars and their feeds.

Imports `scheduler.storage`, `scheduler.exchange` and below.
"""
