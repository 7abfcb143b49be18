"""The description of the service: for the running app, and as it is committed. Imports other
modules of `api`, and what is below."""
