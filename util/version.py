"""The version of this project, and of the models that it writes."""

VERSION = "2.0.0"
