"""What management information systems say, and how they are asked.

Imports `models` and `scheduler.intake`.
"""
