"""Model files: ours, and those of the original tool."""
