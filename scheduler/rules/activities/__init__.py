"""When activities happen, and whether at all. Rules import the rulebook and `models` only."""
