"""`python -m util.download`."""

import sys

from util.download.fetch import main

sys.exit(main())
