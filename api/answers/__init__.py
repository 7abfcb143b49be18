"""Calls about one answer of a job or a rota: its board, why, and what if. Thin over scheduler."""
