"""A problem expanded and numbered, and a schedule beside it.

Imports every other package of `models`.
"""
