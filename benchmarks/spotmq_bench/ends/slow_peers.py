"""A node joins a cluster of 16 peers, of which some are slow: whatever these say arrives 50 ms
later, because a proxy keeps it that long. When peers are waited for at once, ``cluster_sync`` takes
about 50 ms, no matter how many are slow; one after the other it would take 50 ms for each.

The delay of joining is several times that: connecting and introducing takes as many exchanges.
"""

from __future__ import annotations

from multiprocessing.connection import Connection

from spotmq_bench.ends.delay import DelayedEndpoints
from spotmq_bench.ends.joining import Joins, Peers
from spotmq_bench.harness.workers import Contender

PEERS = 16
TOPICS = 100  # so few that the work for them does not hide the waiting
DELAY_S = 0.05


class SlowPeers(Peers):
    def __init__(self, link: Connection, slow: int) -> None:
        self.slow = slow
        self.proxy = DelayedEndpoints(DELAY_S)
        super().__init__(link, PEERS, TOPICS)

    def endpoints(self) -> list[str]:
        all_of_them = super().endpoints()
        slow = [self.proxy.before(endpoint) for endpoint in all_of_them[: self.slow]]
        return slow + all_of_them[self.slow :]

    def close(self) -> None:
        self.proxy.close()
        super().close()


SLOW = Contender("spotmq", Joins, SlowPeers)
