"""What a tenant knows between requests, and how it changes.

Imports `scheduler.storage`, `scheduler.exchange` and below.
"""
