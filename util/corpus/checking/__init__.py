"""What `util.check_data` looks at: one file each for reading, tags and comparing."""
