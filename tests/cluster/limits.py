"""The times to which the cluster tests hold nodes: the goals, and what a busy machine may add.

Every bound of a test comes from here. H is the heartbeat, T the time-out after which a peer is DOWN. The
suite shortens the heartbeat and the bounds with it; a soak runs with the default one.
"""

import os
from dataclasses import dataclass

# Two cores run a cluster of eight, the tests and whatever else the machine does: that much later than the
# goal is still the machine's doing. What a fault itself costs is many times that (a lost packet's third
# retransmission, a stuck connection attempt, a time-out of ten seconds).
SLACK = 0.5

# How long a soak lasts; 0 in the suite.
SOAK_SECONDS = float(os.environ.get("SPOTMQ_SOAK_SECONDS", "0"))
SOAK = SOAK_SECONDS > 0

# Reconnection backs off to that, however short the heartbeat is.
RECONNECT_MAX = 0.5


@dataclass(frozen=True)
class Times:
    heartbeat_ms: int

    @property
    def h(self) -> float:
        return self.heartbeat_ms / 1000

    @property
    def t(self) -> float:
        return 3 * self.h

    @property
    def down_within(self) -> float:
        """From the moment a peer fell silent."""
        return self.t + self.h + SLACK

    @property
    def back_within(self) -> float:
        """From the moment a peer can be reached again."""
        return max(2 * self.h, RECONNECT_MAX) + SLACK


DEFAULT = Times(1000)
QUICK = DEFAULT if SOAK else Times(300)

LEFT_WITHIN = 0.1 + SLACK  # an orderly close, seen by the others
HEALED_WITHIN = 1.0 + SLACK  # a network that was cut and heals: data flows
CALM_WITHIN = 3.0 + SLACK  # a connection that was troubled: UP, with every filter
# libzmq gives a connection up for good whose handshake makes no sense; it is made anew after 3 s.
CORRUPTED_WITHIN = 3.0 + CALM_WITHIN


def report(what: str, **values: object) -> None:
    """Prints what was measured; `pytest -s` and `make soak` show it."""
    print(f"measured: {what}: " + ", ".join(f"{name} {value}" for name, value in values.items()))


def seconds(value: float) -> str:
    return f"{value:.3f} s"
