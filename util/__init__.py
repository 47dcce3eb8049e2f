"""Text in, arrays out, scores back: everything that needs no network."""

import sys

if sys.version_info < (3, 9):
    sys.exit(
        "Error: this needs Python 3.9 to 3.13, and %s is Python %d.%d. In a clone, "
        "`make demo` finds a newer one." % ((sys.executable,) + sys.version_info[:2])
    )
