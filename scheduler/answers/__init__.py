"""Questions about one answer: who else could, why not, and what if. No solver: checkers judge."""
