"""What a rule is, how it is drawn, and how a schedule is judged by all of them.

Imports `solver` and `models`.
"""
