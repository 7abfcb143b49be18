"""Which school hosts, and who visits whom. Rules import the rulebook and `models` only."""
