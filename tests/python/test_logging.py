"""Protects: the log tells a join step by step, writes nothing unasked, and no handler can make a node hang or
deadlock.
"""

import logging
import re
import time
from collections.abc import Iterator

import pytest
from conftest import MakeNode, Spawn, SpawnNode
from helpers import PATIENCE_MS, free_tcp_port, up, wait_until
from raw_peers import WELCOME, Dealer, hello

import spotmq


class Lines(logging.Handler):
    """The records that were logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def of(self, node: spotmq.Spot) -> list[str]:
        return [record.getMessage() for record in self.records_of(node)]

    def records_of(self, node: spotmq.Spot) -> list[logging.LogRecord]:
        who = f"node {node.node_id[:8]}"
        return [record for record in self.records if record.getMessage().startswith(who)]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    logger = logging.getLogger("spotmq")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.setLevel(before)
    logger.removeHandler(handler)


def in_order(lines: list[str], *steps: str) -> bool:
    """Whether the steps, regular expressions, are among the lines in this order."""
    rest = iter(lines)
    return all(any(re.search(step, line) for line in rest) for step in steps)


def expect(lines: Lines, node: spotmq.Spot, *steps: str) -> None:
    try:
        wait_until(lambda: in_order(lines.of(node), *steps))
    except BaseException:
        print("\n".join(lines.of(node)))
        raise


def test_the_story_of_a_join(lines: Lines, make_node: MakeNode) -> None:
    owner = make_node(name="the owner")
    owner.bind("tcp://127.0.0.1:0")
    owner.topic_create("a")
    owner.topic_create("b")
    client = make_node(name="the client")
    assert owner.endpoint is not None
    client.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
    wait_until(lambda: up(client))
    client.subscribe("a")
    client.close()
    expect(lines, owner, f"node {client.node_id[:8]} said BYE")
    owner.close()
    peer = f"peer '{owner.endpoint}'( [(]'the owner'[)])?"  # its name, once it told it
    known = owner.node_id[:8]
    expect(
        lines,
        client,
        r"^node \w+ 'the client': made: heartbeat 1000 ms",
        f"{peer} added",
        f"{peer} connected: HELLO and QUERY sent",
        f"{peer} welcomed this node: it is node {known} named 'the owner', data 'tcp://",
        f"{peer}: subscriptions sent on the data connection, fence 1",
        f"{peer} is UP",
        r"subscriptions changed: fence \d+ sent to 1 peer$",
        rf"{peer} confirmed fence \d+",
        "closing: saying BYE",
        "closed",
    )
    expect(lines, client, f"{peer} listed 2 topics", f"{peer} is UP")
    expect(lines, client, f"{peer} confirmed fence 1", f"{peer} is UP")
    expect(
        lines,
        owner,
        f"bound to '{owner.endpoint}', data 'tcp://.*', ingress 'tcp://",
        f"node {client.node_id[:8]} named 'the client' said HELLO: welcomed",
        f"fence .* of node {client.node_id[:8]} answered",
        f"node {client.node_id[:8]} said BYE",
        "closed",
    )
    # A page, not a book.
    assert len(lines.of(client)) + len(lines.of(owner)) < 60
    told = lines.records_of(client) + lines.records_of(owner)
    assert {record.levelname for record in told} == {"DEBUG", "INFO"}


def test_records_are_like_any_others(lines: Lines, make_node: MakeNode) -> None:
    before = time.time()
    node = make_node(name="100% {}")
    expect(lines, node, "'100% {}': made")
    record = next(record for record in lines.records if "100%" in record.getMessage())
    assert record.name == "spotmq"
    assert record.levelno == logging.DEBUG
    assert before - 1 <= record.created <= time.time() + 1
    assert abs(record.msecs - record.created % 1 * 1000) < 2
    assert logging.Formatter("%(asctime)s %(relativeCreated)d %(message)s").format(record)


def test_the_level_is_kept(lines: Lines, make_node: MakeNode) -> None:
    logging.getLogger("spotmq").setLevel(logging.INFO)
    quiet = make_node()
    quiet.bind("tcp://127.0.0.1:0")
    expect(lines, quiet, "bound to")
    logging.getLogger("spotmq").setLevel(logging.DEBUG)
    loud = make_node()
    expect(lines, loud, "made")
    told = lines.records_of(quiet)
    assert {record.levelno for record in told if "bound" in record.getMessage()} == {logging.INFO}
    assert not any("made" in line for line in lines.of(quiet))


def test_why_a_peer_is_down(lines: Lines, make_node: MakeNode, spawn_node: SpawnNode) -> None:
    # A node that is only slow to answer is DOWN at the impatient one alone.
    node, impatient = make_node(heartbeat_ms=60_000), make_node(heartbeat_ms=100)
    frozen, dead, leaving = (spawn_node() for _ in range(3))
    endpoints = [remote.bind("tcp://127.0.0.1:0") for remote in (frozen, leaving)]
    endpoints.insert(1, dead.bind(f"tcp://127.0.0.1:{free_tcp_port()}"))
    for endpoint in endpoints:
        node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    impatient.cluster_add(endpoints[0], timeout_ms=PATIENCE_MS)
    wait_until(lambda: up(node, 3) and up(impatient))
    frozen.pause()
    dead.kill()
    leaving.call("close")
    expect(lines, impatient, f"peer '{endpoints[0]}' is DOWN: nothing was heard for 3 heartbeats")
    expect(lines, node, f"peer '{endpoints[1]}' is no longer UP: its connection ended")
    expect(lines, node, f"peer '{endpoints[2]}' is DOWN: it said BYE")
    frozen.resume()
    expect(lines, impatient, f"peer '{endpoints[0]}' is DOWN", f"peer '{endpoints[0]}' is UP")
    again = spawn_node()
    again.bind(endpoints[1])
    expect(
        lines,
        node,
        f"peer '{endpoints[1]}' connected again",
        f"peer '{endpoints[1]}' restarted: it was node .{{8}} and is now node ",
        f"peer '{endpoints[1]}' is UP",
    )


def test_rubbish_is_told_now_and_then(lines: Lines, make_node: MakeNode) -> None:
    node = make_node()
    node.bind("tcp://127.0.0.1:0")

    def counts() -> list[int]:
        told = [re.search(r": (\d+) malformed message", line) for line in lines.of(node)]
        return [int(found[1]) for found in told if found]

    with Dealer(node.endpoint) as dealer:
        for _ in range(1_000):
            dealer.send(b"\0")
        wait_until(lambda: sum(counts()) == 1_000)
    assert len(counts()) < 10  # seconds that it took, rather than messages
    warnings = [record for record in lines.records_of(node) if record.levelno == logging.WARNING]
    assert len(warnings) == len(counts())


def test_what_peers_call_themselves_cannot_forge_lines(lines: Lines, make_node: MakeNode) -> None:
    node = make_node()
    node.bind("tcp://127.0.0.1:0")
    name = "evil\nnode 00000000: closed\x1b[2J\u202e' \\" + "x" * 900
    with Dealer(node.endpoint) as dealer:
        dealer.send(*hello(b"x" * 16, name=name.encode()))
        dealer.receive_command(WELCOME)
    expect(lines, node, "said HELLO")
    line = next(line for line in lines.of(node) if "said HELLO" in line)
    start = r"'evil\nnode 00000000: closed\x1b[2J\xe2\x80\xae\' \\x".replace(r"\n", r"\x0a", 1)
    assert start in line
    assert line.isprintable()
    assert line.isascii()
    assert "x'... said HELLO" in line
    assert len(line) < 300


DEFAULT = """
import sys, spotmq
with spotmq.Spot() as owner, spotmq.Spot(heartbeat_ms=50) as client:
    owner.bind("tcp://127.0.0.1:0")
    client.cluster_add(owner.endpoint, timeout_ms=30_000)
    client.cluster_add("tcp://127.0.0.1:9")
    owner.close()
assert "logging" not in sys.modules
import logging, threading
with spotmq.Spot() as node:
    node.bind("tcp://127.0.0.1:0")
assert threading.active_count() == 1
"""


def test_nothing_is_printed_by_default_and_nothing_runs(spawn: Spawn) -> None:
    child = spawn(DEFAULT)
    assert child.finish() == 0, child.errors
    assert child.errors == ""


ORDINARY = """
import logging, sys, time
logging.basicConfig(level=getattr(logging, sys.argv[1]), format="%(levelname)s:%(name)s:%(message)s")
import spotmq
node = spotmq.Spot(name="one")
node.bind("tcp://127.0.0.1:0")
if sys.argv[2] == "close":
    node.close()
start = time.monotonic()
import atexit
atexit.register(lambda: print(time.monotonic() - start))
"""


@pytest.mark.parametrize("end", ["close", "exit"])
@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING"])
def test_exit_tells_all_and_is_prompt(spawn: Spawn, level: str, end: str) -> None:
    start = time.monotonic()
    child = spawn(ORDINARY, level, end)
    assert child.finish() == 0, child.errors
    assert time.monotonic() - start < 10
    found = [line.split(":", 2) for line in child.errors.splitlines()]
    assert all(name == "spotmq" for _, name, _ in found)
    texts = "\n".join(text for _, _, text in found)
    assert ("made" in texts) == (level == "DEBUG")
    assert ("bound to" in texts) == (level != "WARNING")
    assert ("closed" in texts) == (level != "WARNING")


HANDLER = """
import logging, sys, threading
import spotmq

node = spotmq.Spot(name="in use")
node.topic_create("a")
node.subscribe("a")
seen = []

class Busy(logging.Handler):
    def emit(self, record):
        seen.append(record.getMessage())
        node.publish("a", b"from the handler")
        node.peers(), node.stats(), node.list_topics(), node.cluster_sync(1000)
        if len(seen) < 20:
            node.subscribe("a")
            with spotmq.Spot() as other:
                other.bind("inproc://x" + str(len(seen)))

logging.getLogger("spotmq").addHandler(Busy())
logging.getLogger("spotmq").setLevel(logging.DEBUG)
node.bind("tcp://127.0.0.1:0")
while len(seen) < 25:
    node.recv(30_000)
with spotmq.Spot() as third:
    third.cluster_add(node.endpoint, timeout_ms=30_000)
    third.subscribe("a")
logging.getLogger("spotmq").setLevel(logging.CRITICAL)
node.cluster_sync()
print("done")
"""


def test_a_handler_may_use_the_node(spawn: Spawn) -> None:
    child = spawn(HANDLER)
    assert child.line() == "done"
    assert child.finish() == 0, child.errors


BROKEN = """
import logging, sys
import spotmq

seen = []
class Broken(logging.Handler):
    def emit(self, record):
        seen.append(record.getMessage())
        raise ZeroDivisionError

logging.getLogger("spotmq").addHandler(Broken())
logging.getLogger("spotmq").setLevel(logging.DEBUG)
with spotmq.Spot() as node:
    node.bind("tcp://127.0.0.1:0")
"""


def test_a_handler_that_fails_harms_nobody(spawn: Spawn) -> None:
    child = spawn(BROKEN)
    assert child.finish() == 0, child.errors
    assert child.errors.count("ZeroDivisionError") > 2


STUCK = """
import logging, threading, time
import spotmq

entered = threading.Event()
class Stuck(logging.Handler):
    def emit(self, record):
        entered.set()
        threading.Event().wait()
    def acquire(self): pass
    def release(self): pass

logging.getLogger("spotmq").addHandler(Stuck())
logging.getLogger("spotmq").setLevel(logging.DEBUG)
node = spotmq.Spot()
entered.wait(30)
for _ in range(300):
    with spotmq.Spot() as other:
        other.bind("inproc://x")
print(time.monotonic())
"""


def test_a_handler_that_hangs_holds_nobody_up(spawn: Spawn) -> None:
    child = spawn(STUCK)
    printed = float(child.line())
    assert child.finish(10) == 0, child.errors
    assert time.monotonic() - printed < 6  # a second's patience, on a busy machine


FORK = """
import logging, os, sys, warnings
warnings.simplefilter("ignore")
logging.basicConfig(level=logging.INFO, format="%(process)d %(message)s")
import spotmq

node = spotmq.Spot()
node.bind("tcp://127.0.0.1:0")
pid = os.fork()
if pid == 0:
    with spotmq.Spot(name="in the child") as own:
        own.bind("tcp://127.0.0.1:0")
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
print(pid, os.getpid())
"""


def test_fork(spawn: Spawn) -> None:
    child = spawn(FORK)
    there, here = child.line().split()
    assert child.finish() == 0, child.errors
    texts = child.errors.splitlines()
    assert any(line.startswith(f"{there} ") and "'in the child': bound" in line for line in texts)
    assert any(line.startswith(f"{there} ") and "'in the child': closed" in line for line in texts)
    assert any(line.startswith(f"{here} ") and "closed" in line for line in texts)
    assert all("in the child" in line for line in texts if line.startswith(f"{there} "))
