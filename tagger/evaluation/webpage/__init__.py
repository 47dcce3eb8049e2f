"""A report as a page that a browser shows: what it says, and how it looks."""
