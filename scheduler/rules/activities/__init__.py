"""When activities take place, how far apart, and which optional ones take place at all.

A rule imports from `scheduler.rulebook`, and rarely from `models`.
"""
