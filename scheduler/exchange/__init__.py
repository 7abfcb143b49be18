"""Formats in which data comes in and goes out, one package for each kind.

Its packages import each other only where their own docstring says so.
"""
