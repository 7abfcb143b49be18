"""What a rule may say: the questions of a model, shapes, slack and limits, no overlap.

Imports `models` only.
"""
