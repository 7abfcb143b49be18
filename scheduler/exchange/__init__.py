"""What comes in and goes out, one package for each door.

Its packages import each other only where their own sentence says so.
"""
