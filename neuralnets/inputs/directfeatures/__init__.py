"""Sparse features that speak for labels directly, as in a maximum-entropy model.

`templates` says which there are, `spelling` and `gazetteer` read values off words,
`vocabulary` counts those of the training data and numbers those of any sentence.
"""
