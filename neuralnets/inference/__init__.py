"""The forward pass in NumPy: a stored model tags without TensorFlow.

One layer per file, each a small object that is made from a layer's weights.
"""
