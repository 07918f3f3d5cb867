"""``python -m tui``: the same as the command ``noroute``."""

import sys

from tui.cli import main

sys.exit(main())
