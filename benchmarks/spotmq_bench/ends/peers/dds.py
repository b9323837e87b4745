"""cyclonedds' ends: reliable, keeping all, so that a full reader holds the writer up; samples are
taken a hundred at a time. It speaks UDP, here on the loopback interface alone. The writer may have
500 kB on the way, as is usual where throughput counts: large samples need it."""

from __future__ import annotations

import time
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from cyclonedds.core import (
    InstanceState,
    Policy,
    Qos,
    ReadCondition,
    SampleState,
    ViewState,
    WaitSet,
)
from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.idl import make_idl_struct
from cyclonedds.idl.types import array, uint8
from cyclonedds.pub import DataWriter
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from cyclonedds.util import duration

from spotmq_bench.harness.payloads import high_water_mark
from spotmq_bench.harness.workers import BenchmarkError, Contender

TOPIC, ANSWERS = "bench_topic", "bench_answers"
DOMAIN = 77
PATIENCE = duration(seconds=10)
AT_ONCE = 100

CONFIG = """<CycloneDDS><Domain id="any">
<General>
  <Interfaces><NetworkInterface name="lo"/></Interfaces>
  <AllowMulticast>false</AllowMulticast>
</General>
<Discovery>
  <ParticipantIndex>auto</ParticipantIndex><MaxAutoParticipantIndex>32</MaxAutoParticipantIndex>
  <Peers><Peer address="127.0.0.1"/></Peers>
</Discovery>
<Internal><Watermarks><WhcHigh>500kB</WhcHigh></Watermarks></Internal>
</Domain></CycloneDDS>"""


class _End:
    def __init__(self, link: Connection, size: int) -> None:
        self.domain = Domain(DOMAIN, CONFIG)
        self.participant = DomainParticipant(DOMAIN)
        # An array goes through as bytes; a sequence would be a list of numbers, ten times slower.
        self.type = make_idl_struct("Payload", "bench.Payload", {"data": array[uint8, size]})
        self.sample = self.type(data=bytes(size))
        self.qos = Qos(
            Policy.Reliability.Reliable(max_blocking_time=PATIENCE),
            Policy.History.KeepAll,
            # What a reader holds before it holds the writer up.
            Policy.ResourceLimits(
                max_samples=high_water_mark(size), max_instances=-1, max_samples_per_instance=-1
            ),
        )
        # Pairs of several sizes or kinds must not hear each other.
        self.suffix = f"{type(self).__module__.rpartition('.')[2]}_{size}"

    def _topic(self, name: str) -> Topic:
        return Topic(self.participant, f"{name}_{self.suffix}", self.type, qos=self.qos)

    def writer(self, name: str) -> DataWriter:
        return DataWriter(self.participant, self._topic(name), qos=self.qos)

    def reader(self, name: str) -> DataReader:
        reader = DataReader(self.participant, self._topic(name), qos=self.qos)
        self.condition = ReadCondition(
            reader, ViewState.Any | InstanceState.Alive | SampleState.NotRead
        )
        self.wait_set = WaitSet(self.participant)
        self.wait_set.attach(self.condition)
        return reader

    def take(self, reader: DataReader) -> list[Any]:
        samples: list[Any] = reader.take(N=AT_ONCE, condition=self.condition)
        while not samples:
            if not self.wait_set.wait(PATIENCE):
                raise BenchmarkError("cyclonedds: nothing came")
            samples = reader.take(N=AT_ONCE, condition=self.condition)
        return samples

    def close(self) -> None:
        pass  # ends with the process


def _until_matched(entity: DataReader | DataWriter, matched: str) -> None:
    while not getattr(entity, matched)().current_count:
        time.sleep(0.01)


class Publish(_End):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.out = self.writer(TOPIC)
        _until_matched(self.out, "get_publication_matched_status")
        link.recv()

    def run(self, count: int) -> list[float]:
        write, sample = self.out.write, self.sample
        for _ in range(count):
            write(sample)
        return []


class Receive(_End):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.answers = self.reader(TOPIC)
        _until_matched(self.answers, "get_subscription_matched_status")
        link.send("matched")

    def run(self, count: int) -> list[float]:
        left = count - len(self.take(self.answers))
        begin = time.perf_counter()
        timed = left
        while left > 0:
            for sample in self.take(self.answers):
                _data = sample.data
                left -= 1
        return [timed, time.perf_counter() - begin]


class _Exchange(_End):
    def __init__(self, own: str, other: str, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.out, self.answers = self.writer(own), self.reader(other)
        _until_matched(self.out, "get_publication_matched_status")
        _until_matched(self.answers, "get_subscription_matched_status")
        link.send("matched")
        link.recv()


class Ping(_Exchange):
    def run(self, count: int) -> list[float]:
        write, sample, clock = self.out.write, self.sample, time.perf_counter
        times = []
        for _ in range(count):
            begin = clock()
            write(sample)
            self.take(self.answers)
            times.append(clock() - begin)
        return times


class Pong(_Exchange):
    def run(self, count: int) -> list[float]:
        write = self.out.write
        for _ in range(count):
            write(self.take(self.answers)[0])
        return []


def throughput(label: str, _server: str) -> list[Contender]:
    return [Contender(label, Publish, Receive)]


def latency(label: str, _server: str) -> list[Contender]:
    return [Contender(label, partial(Ping, TOPIC, ANSWERS), partial(Pong, ANSWERS, TOPIC))]
