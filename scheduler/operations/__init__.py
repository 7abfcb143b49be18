"""Running the service: its processes, backup and restore, and data protection.

Imports everything else in `scheduler`.
"""
