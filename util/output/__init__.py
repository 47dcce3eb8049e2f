"""What a tagger says, written as columns, lines of JSON or a web page."""
