"""A job's life: accepted, queued, solved in a child process, finished; kept in one database."""
