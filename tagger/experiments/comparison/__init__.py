"""Comparing models honestly: many seeds each, or the same sentences tagged by two."""
