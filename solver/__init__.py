"""How to talk to CP-SAT and to linear solvers, without knowing a rule by name."""
