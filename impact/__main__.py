"""``python -m impact`` is the command line."""

import sys

from impact.cli import main

if __name__ == "__main__":
    sys.exit(main())
