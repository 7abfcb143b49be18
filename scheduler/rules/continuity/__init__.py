"""Who works with whom, week after week. Rules import the rulebook and `models` only."""
