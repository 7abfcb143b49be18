"""The database: tables, tenant scoping, migrations, and helpers for every row.

Imports `models` only; migrations also the steps of `upgrade`.
"""
