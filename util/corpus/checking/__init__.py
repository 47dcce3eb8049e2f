"""What `tagger check` looks at: one file each for reading, tags and comparing."""
