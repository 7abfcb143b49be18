"""Keys: who may do what. Imports `scheduler.storage` and below."""
