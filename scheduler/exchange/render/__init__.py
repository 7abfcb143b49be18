"""A schedule as text, JSON, CSV, payroll hours, an HTML page, a workbook, a calendar.

Imports `scheduler.report` and below.
"""
