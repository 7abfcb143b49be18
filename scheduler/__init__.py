"""What a rota must do, and the way from a request to its answer."""
