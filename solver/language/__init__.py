"""What a rule may say of a schedule: shapes, slack, and nobody in two places.

Imports `models` only.
"""
