"""Fetching published files: resumed, verified, and put where the scripts look."""
