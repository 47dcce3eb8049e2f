"""Testing published claims again: one setting changed at a time, over many seeds."""
