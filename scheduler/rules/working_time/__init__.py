"""How much and when a person may work. Rules import the rulebook and `models` only."""
