"""What each setting is worth, read off a table of many runs."""
