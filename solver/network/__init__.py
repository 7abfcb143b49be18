"""Each person's resource-constrained network and its shortest paths.

Imports `solver.language` and below.
"""
