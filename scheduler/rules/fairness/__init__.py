"""Who does how much, and what people wish. Rules import the rulebook and `models` only."""
