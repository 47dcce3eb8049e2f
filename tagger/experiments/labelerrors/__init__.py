"""Label errors: which labels of a corpus its own models find improbable."""
