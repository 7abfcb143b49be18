"""A schedule as text, JSON, CSV, payroll hours, a page, a workbook, a calendar.

Imports `scheduler.report` and below.
"""
