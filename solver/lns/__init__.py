"""Annealing and large neighbourhood search over rosters. Imports `solver.colgen` and below."""
