"""What the service answers, a file for each kind of visitor."""
