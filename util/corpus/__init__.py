"""Data sets: reading, checking, repairing, and the prepared cache."""
