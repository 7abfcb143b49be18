"""Migrations of the tables, and of the documents stored in them."""
