"""From a request to its best schedule: compiled, and searched in the order of its priorities.

Imports `scheduler.report` and below.
"""
