"""The register: what a tenant knows between requests, its sources, and how it changes.

Imports `scheduler.storage`, `scheduler.exchange` and below.
"""
