"""The verbs of the command, one file each: its flags, its help, one call."""
