"""Protects: fork, forkserver and spawn with an open node: the child gets Closed, and the parent is unharmed."""

import pytest
from conftest import Spawn

FORK = """
import os, sys, warnings
warnings.simplefilter("ignore")
import spotmq

context = spotmq.Context()
node, client = spotmq.Spot(context), spotmq.Spot(context)
node.bind("tcp://127.0.0.1:0")
node.topic_create("a")
client.cluster_add(node.endpoint, timeout_ms=30_000)
client.subscribe("a", missing_ok=True)
node.publish("a", b"0")
assert client.recv(30_000).data == b"0"

def in_child():
    calls = [
        lambda: node.publish("a", b"from the child"),
        lambda: node.publish_many("a", [b"from the child"]),
        lambda: client.recv(0),
        lambda: client.recv_many(1, 0),
        lambda: client.poll(0),
        lambda: client.fileno(),
        lambda: next(client),
        lambda: node.topic_create("b"),
        lambda: node.list_topics(),
        lambda: client.subscribe("a"),
        lambda: client.cluster_sync(1000),
        lambda: node.stats(),
        lambda: node.bind("tcp://127.0.0.1:0"),
        lambda: spotmq.Spot(context),
    ]
    for number, call in enumerate(calls):
        try:
            call()
        except spotmq.Closed as error:
            assert "forked" in str(error) or number == len(calls) - 1, error
        else:
            raise AssertionError(f"call {number} worked")
    assert node.closed and client.closed
    repr(node), repr(context), node.node_id, node.endpoint
    node.close()
    context.close()
    with spotmq.Spot() as own:  # nodes of the child's own work
        own.bind("tcp://127.0.0.1:0")
        own.topic_create("c")
        own.subscribe("c")
        own.publish("c", b"1")
        assert own.recv(30_000).data == b"1"

for round in range(10):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            in_child()
            code = 0
        except BaseException as error:
            sys.stderr.write(repr(error) + "\\n")
        if round % 2:
            os._exit(code)
        sys.exit(code)  # with finalisers and atexit
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, status
    node.publish("a", b"%d" % round)
    message = client.recv(30_000)
    assert message.data == b"%d" % round, message
    client.cluster_sync(30_000)
assert client.stats().reconnects == 0
print("done")
"""


def test_fork(spawn: Spawn) -> None:
    child = spawn(FORK)
    assert child.line(60) == "done"
    assert child.finish() == 0, child.errors
    assert child.errors == ""


BUSY_FORK = """
import os, threading, warnings
warnings.simplefilter("ignore")
import spotmq

node = spotmq.Spot()
node.topic_create("a")
node.subscribe("a")
stop = threading.Event()

def publish():
    while not stop.is_set():
        node.publish("a", bytes(100))

def receive():
    while not stop.is_set():
        try:
            node.recv(10)
        except spotmq.Timeout:
            pass

threads = [threading.Thread(target=work) for work in (publish, receive)]
for thread in threads:
    thread.start()
for _ in range(30):
    pid = os.fork()
    if pid == 0:
        try:
            node.recv(0)
        except spotmq.Closed:
            node.close()
            os._exit(0)
        os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
stop.set()
for thread in threads:
    thread.join()
print("done")
"""


def test_fork_while_others_publish_and_receive(spawn: Spawn) -> None:
    child = spawn(BUSY_FORK)
    assert child.line(60) == "done"
    assert child.finish() == 0, child.errors


MULTIPROCESSING = """
import multiprocessing, sys
sys.path.insert(0, ".")
import fork_worker
import spotmq

if __name__ == "__main__":
    method = sys.argv[1]
    with spotmq.Spot() as node:
        node.bind("tcp://127.0.0.1:0")
        node.topic_create("a")
        node.topic_create("answers")
        node.subscribe("answers")
        processes = multiprocessing.get_context(method)
        workers = [processes.Process(target=fork_worker.work, args=(node.endpoint,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        got = sorted(node.recv(60_000).data for _ in workers)
        for worker in workers:
            worker.join()
            assert worker.exitcode == 0, worker.exitcode
        assert got == [b"done", b"done"], got
    print("done")
"""


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_multiprocessing(spawn: Spawn, method: str) -> None:
    child = spawn(MULTIPROCESSING, method)
    assert child.line(90) == "done"
    assert child.finish() == 0, child.errors


def test_a_node_cannot_be_pickled() -> None:
    import pickle

    import spotmq

    with spotmq.Spot() as node, pytest.raises(TypeError):
        pickle.dumps(node)
