"""A tagger for others: the HTTP service and its page; see docs/Serving.md.

Only this folder imports FastAPI, and only when the service starts.
"""
