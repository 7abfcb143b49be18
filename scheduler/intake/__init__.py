"""From what was sent to a request, or to all of its faults at once.

Imports the rulebook and the rules.
"""
