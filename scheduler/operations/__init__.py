"""Running the service: processes, backup, retention, data protection.

Imports everything else in `scheduler`.
"""
