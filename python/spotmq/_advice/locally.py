"""Advice that needs nothing from other nodes: addresses, names, limits."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

from spotmq import _lifecycle
from spotmq._advice.endpoints import advise_endpoint
from spotmq._advice.paths import advise_path, in_the_way
from spotmq._nearest import shown

if TYPE_CHECKING:
    from spotmq._advice.case import Case

_PRIVILEGED = 1024  # ports below this one need privileges


def _port(endpoint: str) -> str:
    port = endpoint.rpartition(":")[2]
    return port if endpoint.startswith("tcp://") and port.isdigit() else ""


def _holder_in_this_process(endpoint: str) -> str:
    for node in _lifecycle.nodes.still_there():
        if node.closed:
            continue
        for name in ("endpoint", "data_endpoint"):
            held: str | None = getattr(node, name)
            if held and (held == endpoint or (_port(held) and _port(held) == _port(endpoint))):
                return f"it is the {name} of {node!r}, a node of this process"
    return ""


def address_in_use(case: Case) -> str:
    option = case.error._option
    which = f"given as {option}; " if option else ""
    holder = _holder_in_this_process(case.subject)
    if holder:
        return which + holder
    if port := _port(case.subject):
        if sys.platform == "darwin":
            command = f"lsof -nP -iTCP:{port} -sTCP:LISTEN"
        else:
            command = f"ss -ltnp 'sport = :{port}'"
        return f"{which}`{command}` tells which program has it; port 0 takes any free one"
    if case.subject.startswith("inproc://"):
        return f"{which}another node of this Context has the name"
    if obstacle := in_the_way(case.subject):
        return which + obstacle
    return f"{which}another program listens there"


def already_bound(case: Case) -> str:
    endpoint = case.spot.endpoint if case.spot else None
    bound = f"it listens on {shown(endpoint)}; " if endpoint else ""
    return f"{bound}another endpoint needs another Spot"


def invalid_endpoint(case: Case) -> str:
    if case.call == "join" and not case.subject:
        return ""
    return advise_endpoint(case.subject, case.call == "bind")


def invalid_topic(case: Case) -> str:
    topic = case.subject
    try:
        size = len(topic.encode())
    except UnicodeEncodeError:
        return "it has half of a surrogate pair, which UTF-8 cannot write"
    if not topic:
        return "it is empty"
    if size > 255:
        return f"it has {size} bytes"
    if "\0" in topic:
        return "it has a NUL"
    if "*" in topic or "?" in topic:
        return "that is a pattern, which one can subscribe to, but not create or publish to"
    return ""


def again(case: Case) -> str:
    return (
        "a subscriber reads too slowly: a larger send_hwm, a longer send_timeout_ms, or "
        'overflow="drop", which reports losses instead'
    )


def closed(case: Case) -> str:
    if "forked" in str(case.error.args[-1]):
        return "make a new Spot after the fork"
    what = case.queue if case.queue is not None else case.spot
    return f"{what!r}; a `with` block closes where it ends" if what is not None else ""


def message_too_large(case: Case) -> str:
    return "Spot(max_message_bytes=…) allows more, and has to at both ends"


def of_the_system(case: Case) -> str:
    """Advice for a plain SpotError: the operating system refused something."""
    number = case.error.errno
    if number in (errno.EMFILE, errno.ENFILE):
        return "this process has no descriptors left: `ulimit -n` raises their number"
    port = _port(case.subject)
    if number in (errno.EACCES, errno.EPERM) and port and int(port) < _PRIVILEGED:
        return f"ports below {_PRIVILEGED} need privileges"
    if number == errno.EADDRNOTAVAIL:
        return f"no interface here has this address; 'tcp://*:{port or 5555}' listens on all"
    return advise_path(case.subject, number)
