"""A job's life: accepted, queued, solved in a child process, finished.

Imports `scheduler.storage`, `scheduler.engine` and below.
"""
