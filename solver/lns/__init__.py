"""Local search over rosters: first paths, annealing, and large neighbourhood search.

Imports `solver.colgen` and below.
"""
