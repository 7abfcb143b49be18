"""Column generation over people's paths: column pool, restricted master, pricing, diving heuristic.

A column is one person's whole path. The restricted master chooses among columns by a linear
program; its duals price the duties, and shortest paths find columns of negative reduced cost; see
Barnhart et al., Branch-and-price (Operations Research 46, 1998). Imports `solver.network` and
below.
"""
