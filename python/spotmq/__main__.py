"""``python -m spotmq`` is the ``spot`` command."""

import sys

from spotmq.cli import main

if __name__ == "__main__":
    sys.exit(main())
