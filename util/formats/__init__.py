"""The formats of annotated text, one file each, around one neutral record."""
