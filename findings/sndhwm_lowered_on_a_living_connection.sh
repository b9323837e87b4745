#!/usr/bin/env bash
# libzmq 4.3.5 (in pyzmq 27.3.0): a ZMQ_SNDHWM that is lowered while a connection lives can stop it for good.
#
# Valid input: a PUSH and a PULL over TCP. 400 messages go through and are read, so that nothing is queued. Then
# ZMQ_SNDHWM goes from 1000 to 10; zmq_setsockopt(3) names it among the options that take effect at once. From
# then on the sender has no room, although its queue is empty and its peer reads, and 1000 again does not help.
#
# The cause is in pipe.cpp: the reader reports what it has read once for every half of the mark that held when
# it connected (here 500). After 400 messages the writer takes all 400 for unread, more than the lowered mark,
# and sets the connection aside until the reader reports. The reader has nothing to report any more.
#
# Seen: "400 went through", 0 sent after lowering, 0 sent after raising again. Fails if that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyzmq==27.3.0

"$work/venv/bin/python" - <<'PY'
import time

import zmq

print("pyzmq", zmq.__version__, "libzmq", zmq.zmq_version())


def send_for(push, pull, seconds):
    """How many messages go out and come in within the time."""
    sent = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            push.send(b"x", zmq.NOBLOCK)
        except zmq.Again:
            time.sleep(0.01)
            continue
        pull.recv()
        sent += 1
    return sent


context = zmq.Context()
push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
push.linger = 0
push.sndhwm = pull.rcvhwm = 1000
pull.bind("tcp://127.0.0.1:*")
push.connect(pull.last_endpoint)
for _ in range(400):
    push.send(b"x")
for _ in range(400):
    pull.recv()
print("400 went through")
push.sndhwm = 10
lowered = send_for(push, pull, 2)
print("after ZMQ_SNDHWM = 10:", lowered, "sent in 2 s")
push.sndhwm = 1000
raised = send_for(push, pull, 2)
print("after ZMQ_SNDHWM = 1000 again:", raised, "sent in 2 s")
context.destroy()
if lowered or raised:
    raise SystemExit("The behaviour has changed")
PY
