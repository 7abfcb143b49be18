"""Who must be there, and how many. Rules import the rulebook and `models` only."""
