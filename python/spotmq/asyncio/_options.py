"""The options of spotmq.Spot, for type checkers."""

from spotmq._options import Keywords as Options

__all__ = ["Options"]
