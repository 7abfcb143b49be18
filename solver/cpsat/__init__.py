"""The CP-SAT model of a problem, its encodings and its solves.

Imports `solver.language` and below.
"""
