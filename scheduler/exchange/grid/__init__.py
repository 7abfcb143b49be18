"""A rota as schools keep it in a spreadsheet, as a request and a schedule.

Imports `scheduler.exchange.workbook` for places and faults, `scheduler.intake` and below.
"""
