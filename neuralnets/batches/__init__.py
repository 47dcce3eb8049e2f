"""Words of sentences, the table of their distinct forms, mini-batches."""
