"""Pages for people, rendered by the server. Imports other modules of `api`, and what is below."""
