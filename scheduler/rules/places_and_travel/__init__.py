"""Where people are, and the ways between schools. Rules import the rulebook and `models` only."""
