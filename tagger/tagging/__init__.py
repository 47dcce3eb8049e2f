"""A stored model over files: what `tagger tag` and the RunModel scripts do."""
