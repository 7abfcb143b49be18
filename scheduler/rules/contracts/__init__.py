"""What contracts, shared posts and secondments ask for.

Rules import the rulebook and `models` only.
"""
