"""Text in, arrays out, scores back: everything that needs no network."""
