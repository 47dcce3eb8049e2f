"""What an evaluation finds out: counting, text, JSON, plots and a page to read."""
