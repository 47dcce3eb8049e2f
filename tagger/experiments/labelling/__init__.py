"""How much labelling pays: corpora replayed, and what more of them would bring."""
