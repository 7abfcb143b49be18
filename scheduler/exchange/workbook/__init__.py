"""A request as a workbook, and back. Imports `scheduler.intake` and below."""
