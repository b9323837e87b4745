"""Sends one message from node to node, to show that an installed wheel works."""

import sys
import sysconfig

import spotmq

if sysconfig.get_config_var("Py_GIL_DISABLED"):
    assert not sys._is_gil_enabled(), "importing spotmq brought the GIL back"

with spotmq.Spot() as owner, spotmq.Spot() as reader:
    owner.bind("tcp://127.0.0.1:0")
    owner.topic_create("news")
    assert owner.endpoint is not None
    reader.cluster_add(owner.endpoint, timeout_ms=5000)
    reader.cluster_sync(5000)
    reader.subscribe("news")
    owner.publish("news", b"hello")
    topic, data = reader.recv(timeout_ms=5000)
    assert (topic, data) == ("news", b"hello"), (topic, data)

print(
    f"spotmq {spotmq.__version__}, Python {sys.version.split()[0]}{sys.abiflags}: one message arrived"
)
