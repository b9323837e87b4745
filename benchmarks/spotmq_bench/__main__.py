import sys

from spotmq_bench.cli import main

sys.exit(main())
