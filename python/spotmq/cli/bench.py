"""``spot bench``"""

from __future__ import annotations

import typer

from spotmq.cli import basic
from spotmq.cli.options import examples

EXAMPLES = examples("spot bench all --quick", "spot bench latency --help")


def bench(context: typer.Context) -> int:
    """Measure this machine: throughput, latency, scenarios. Needs the extra spotmq[bench]."""
    return basic.bench(context.args)
