"""Column generation over people's paths: pool, restricted master, pricing, diving.

Imports `solver.network` and below.
"""
