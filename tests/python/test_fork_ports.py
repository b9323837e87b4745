"""Protects: a forked child that never uses its parent's node keeps neither its port nor its path in use."""

import pytest
from conftest import Spawn

PROGRAM = """
import os, sys, warnings
warnings.simplefilter("ignore")
import spotmq

address = sys.argv[1]
parent, child = os.pipe(), os.pipe()
node = spotmq.Spot()
node.bind(address)
bound = node.endpoint, node.data_endpoint
pid = os.fork()
if pid == 0:
    os.write(child[1], b"x")
    os.read(parent[0], 1)  # lives, and has nothing to do with the node
    os._exit(0)
os.read(child[0], 1)
client = spotmq.Spot()
client.cluster_add(bound[0], timeout_ms=30_000)  # the parent's sockets are what they were
client.close()
node.close()
with spotmq.Spot() as again:
    again.bind(bound[0], data_endpoint=bound[1])
    assert (again.endpoint, again.data_endpoint) == bound
os.write(parent[1], b"x")
assert os.waitpid(pid, 0)[1] == 0
print("done")
"""


@pytest.mark.parametrize("scheme", ["tcp://127.0.0.1:0", "tcp://*:0", "ipc"])
def test_the_address_is_free_when_the_parent_has_closed(
    spawn: Spawn, tmp_path_factory: pytest.TempPathFactory, scheme: str
) -> None:
    folder = tmp_path_factory.mktemp("f")
    child = spawn(PROGRAM, f"ipc://{folder}/x" if scheme == "ipc" else scheme)
    assert child.line(60) == "done", child.errors
    assert child.finish() == 0, child.errors
