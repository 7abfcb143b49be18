"""What is fixed, forbidden or published already. Rules import the rulebook and `models` only."""
