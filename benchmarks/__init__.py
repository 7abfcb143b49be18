"""What the engine reaches, measured: figures of runs, side by side with their targets."""
