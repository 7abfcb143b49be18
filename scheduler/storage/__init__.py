"""The database: its tables, its tenants, its migrations, and what every row needs.

Imports `models` only.
"""
