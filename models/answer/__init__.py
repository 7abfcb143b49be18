"""What is answered: schedules, reports, summaries. Imports `models.register` and below."""
