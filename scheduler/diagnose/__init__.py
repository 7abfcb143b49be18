"""Why musts clash, and what would let them hold. Imports `scheduler.search` and below."""
