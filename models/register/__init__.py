"""What is known between requests. Imports `models.problem` and below."""
