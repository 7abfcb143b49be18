"""Each person's resource-constrained network and its shortest paths (SPPRC).

Imports `solver.language` and below.
"""
