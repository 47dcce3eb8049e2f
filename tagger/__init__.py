"""What people do with a tagger."""
