"""What is said of a schedule: answers, summaries, sentences.

Imports `scheduler.intake` and below; no solver.
"""
