"""The plain values that are sent, kept and answered."""
