"""`python -m pyharness`: the same as the command `pyharness`."""

import sys

from pyharness.cli import main

sys.exit(main())
