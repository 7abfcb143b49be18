"""Management information systems (MIS): calling them, and reading what they answer.

Imports `models` and `scheduler.intake`.
"""
