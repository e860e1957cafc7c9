"""`python -m sunbridge` is the command `sunbridge`."""

import sys

from sunbridge.cli import main

sys.exit(main())
