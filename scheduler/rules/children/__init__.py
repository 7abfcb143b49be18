"""Which child is in which group. Rules import the rulebook and `models` only."""
