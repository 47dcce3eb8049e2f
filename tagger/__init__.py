"""What people do with a tagger."""

import util  # noqa: F401 - it stops a Python that is too old
