"""What a request says of schools, people, duties and things. Imports `models.value` only."""
