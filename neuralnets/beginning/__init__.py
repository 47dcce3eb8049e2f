"""A new model that begins with a stored one: its weights, its labels and new ones."""
