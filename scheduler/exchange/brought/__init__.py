"""A rota that somebody brings: their own sheet or an export of ours, judged, improved, compared.

Imports the other folders of `scheduler.exchange` but recharges, `scheduler.intake`,
`scheduler.report`, `scheduler.rulebook` and below.
"""
