"""Living rotas: their versions, nights, swaps and approvals.

Imports `scheduler.register`, `scheduler.jobs` and below.
"""
