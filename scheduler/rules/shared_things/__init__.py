"""Halls, buses and kits. Rules import the rulebook and `models` only."""
