"""Project scheduling: a model read as a project, solved by activity lists.

Imports `solver.cpsat` and below.
"""
