"""A lower bound by Dantzig-Wolfe decomposition of a CP-SAT model.

Imports `solver.cpsat` and below.
"""
