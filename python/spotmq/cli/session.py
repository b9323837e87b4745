"""A node at ENDPOINT: it binds there if this machine has the address and it is free, and joins otherwise."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import spotmq
from spotmq import _threads
from spotmq._advice.paths import is_final
from spotmq._nearest import printable
from spotmq.cli.errors import FAILED, INTERRUPTED, UserError
from spotmq.cli.output import Notes

# The pause before the command tries again to bind an address of this machine whose holder does not
# answer: the holder may have been a command that has ended meanwhile.
_ATTEMPT_MS = 2_000.0
_FAREWELL_S = 0.5

# How long commands that have other work wait for the nodes that ENDPOINT told of. Some of these nodes
# may be commands that have just ended.
_ACQUAINTANCE_S = 1.0

_TCP = re.compile(r"tcp://(?P<host>\[[^\]]*\]|[^:]*):(?P<port>\d+|\*)\Z")
_EVERYWHERE = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


class Deadline:
    """A time from now, in milliseconds where it is handed to a node."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left_ms(self, at_most: float | None = None) -> float:
        left = max(0.0, (self._at - time.monotonic()) * 1000)
        return left if at_most is None else min(left, at_most)

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._at


def _reachable_from_here(endpoint: str) -> str | None:
    """The endpoint at which a node bound to this one is reached; None: it takes any free port."""
    if not endpoint:
        raise UserError("'' is no endpoint: use tcp://host:port or ipc://path")
    if endpoint.startswith("inproc://"):
        raise UserError(f"{endpoint!r} exists within one process only: use tcp:// or ipc://")
    match = _TCP.match(endpoint)
    if match is None:
        return endpoint
    if match["port"] in ("0", "*"):
        return None
    return f"tcp://{_EVERYWHERE.get(match['host'], match['host'])}:{match['port']}"


def own_address(endpoint: str) -> str:
    """Where a node that joins there listens itself, so that others reach it: any free port.

    On the loopback device when it joins through that, and on all interfaces when it joins another
    machine, since which one the others see is not known here.
    """
    if endpoint.startswith("ipc://"):
        return f"{endpoint}.{os.getpid()}"
    match = _TCP.match(endpoint)
    host = match["host"] if match else "*"
    if host == "localhost" or host.startswith("127."):
        return "tcp://127.0.0.1:0"
    return "tcp://[::1]:0" if host == "[::1]" else "tcp://*:0"


def _listen(spot: spotmq.Spot, endpoint: str, listen: str | None) -> None:
    if listen is not None:
        spot.bind(listen)
        return
    try:
        spot.bind(own_address(endpoint))
    except spotmq.SpotError:
        # A folder that this user may not write to: the node can be reached on this machine.
        if not endpoint.startswith("ipc://"):
            raise
        spot.bind("tcp://127.0.0.1:0")


def _nobody(endpoint: str, timeout: float, error: spotmq.PeerUnreachable) -> UserError:
    why = f": {printable(error.reason)}" if error.reason else ""
    return UserError(f"no node answered at {endpoint} within {timeout:g} s{why}")


@contextmanager
def open_node(
    notes: Notes,
    endpoint: str,
    *,
    timeout: float,
    listen: str | None = None,
    prepare: Callable[[spotmq.Spot], None] = lambda spot: None,
    tell: bool = False,
    **options: Any,
) -> Iterator[spotmq.Spot]:
    """A node that is bound to the endpoint or has joined the cluster of the node there.

    prepare: what is done to it first; a subscription made here is in effect when this returns.
    tell: also when it joined; that it listens is told in any case.
    """
    spot = _at(notes, endpoint, Deadline(timeout), timeout, listen, prepare, tell, options)
    try:
        yield spot
    except KeyboardInterrupt:
        _close_soon(spot, INTERRUPTED)
        raise
    except SystemExit as end:  # a signal
        _close_soon(spot, end.code if isinstance(end.code, int) else FAILED)
        raise
    finally:
        spot.close()


def _close_soon(spot: spotmq.Spot, status: int) -> None:
    """Close a node whose command was ended by a signal: messages have a short time to leave."""
    closing = threading.Thread(target=spot.close, daemon=True)
    closing.start()
    if not _threads.join([closing], _FAREWELL_S):
        os._exit(status)


def _at(
    notes: Notes,
    endpoint: str,
    deadline: Deadline,
    timeout: float,
    listen: str | None,
    prepare: Callable[[spotmq.Spot], None],
    tell: bool,
    options: dict[str, Any],
) -> spotmq.Spot:
    target = _reachable_from_here(endpoint)
    while True:
        spot = spotmq.Spot(name=f"spot {notes.command}", **options)
        try:
            prepare(spot)
            refusal = _bind(spot, endpoint)
            if refusal is None:
                notes(f"listening at {spot.endpoint}, where nobody was")
                return spot
            if target is None or _is_final(endpoint, refusal):
                raise refusal
            _listen(spot, endpoint, listen)
            taken = isinstance(refusal, spotmq.AddressInUse)
            try:
                _join(spot, target, deadline.left_ms(_ATTEMPT_MS if taken else None))
            except spotmq.PeerUnreachable as error:
                if not taken or deadline.over:
                    raise _explain(target, refusal, timeout, error) from None
            else:
                if tell:
                    notes(f"joined {target}")
                return spot
        except BaseException:
            spot.close()
            raise
        spot.close()


def _join(spot: spotmq.Spot, target: str, timeout_ms: float) -> None:
    spot.join(target, timeout_ms=max(1.0, timeout_ms))  # with 0 it would not wait for an answer


def _bind(spot: spotmq.Spot, endpoint: str) -> spotmq.SpotError | None:
    """Bind the node, or return the error."""
    try:
        spot.bind(endpoint)
    except spotmq.SpotError as error:
        return error
    return None


def _is_final(endpoint: str, refusal: spotmq.SpotError) -> bool:
    """Whether no other node can be there either: it is a path at which no socket can be bound."""
    if endpoint.startswith("ipc://") and isinstance(refusal, spotmq.InvalidEndpoint):
        return True
    return is_final(endpoint, refusal.errno)


def _explain(
    target: str, refusal: spotmq.SpotError, timeout: float, error: spotmq.PeerUnreachable
) -> UserError:
    if isinstance(refusal, spotmq.AddressInUse):
        why = f": {printable(error.reason)}" if error.reason else ""
        return UserError(
            f"somebody listens at {target} but did not answer as a node within {timeout:g} s{why}"
        )
    if isinstance(refusal, spotmq.InvalidEndpoint):  # an address of another machine
        return _nobody(target, timeout, error)
    return UserError(
        f"nobody answered at {target}, and this command may not listen there: {refusal}"
    )


@contextmanager
def open_observer(
    notes: Notes,
    endpoint: str,
    *,
    timeout: float,
    listen: str | None,
    cluster: str | None,
) -> Iterator[tuple[spotmq.Spot, list[str]]]:
    """A node that knows the cluster, and the endpoints of nodes that did not answer in time.

    Where nobody listens at ENDPOINT there may be nodes all the same that wait for somebody to: those
    who joined a command that has ended. They are given a moment.
    """
    deadline = Deadline(timeout)
    with open_node(notes, endpoint, timeout=timeout, listen=listen, cluster=cluster) as spot:
        try:
            spot.wait_for_peers(1, deadline.left_ms(_ATTEMPT_MS))
        except spotmq.Timeout:
            raise UserError(f"there is no other node at {endpoint}") from None
        yield spot, settle(spot, deadline)


@contextmanager
def connect_only(
    notes: Notes, endpoint: str, *, timeout: float, cluster: str | None
) -> Iterator[spotmq.Spot]:
    """A client of the node at ENDPOINT, and of no other node."""
    target = _reachable_from_here(endpoint)
    if target is None:
        raise UserError(f"{endpoint!r} names no port to ask at")
    with spotmq.Spot(name=f"spot {notes.command}", gossip=False, cluster=cluster) as spot:
        try:
            _join(spot, target, timeout * 1000)
        except spotmq.PeerUnreachable as error:
            raise _nobody(target, timeout, error) from None
        yield spot


def _may_come(peer: spotmq.PeerInfo) -> bool:
    """Whether the topics of a peer are not known yet, as of one that is DOWN and never answered."""
    if peer.state is spotmq.PeerState.DOWN:
        return not peer.node_id
    return peer.state is not spotmq.PeerState.UP


def get_acquainted(spot: spotmq.Spot, timeout: float) -> list[str]:
    """settle(), for a command that goes on without the nodes that do not answer at once."""
    return settle(spot, Deadline(min(timeout, _ACQUAINTANCE_S)))


def settle(spot: spotmq.Spot, deadline: Deadline) -> list[str]:
    """Learn of the whole cluster: its nodes, as ENDPOINT told of them, and their topics.

    Returns the endpoints of nodes that did not answer in time.
    """
    known: set[str] = set()
    while True:
        try:
            spot.cluster_sync(deadline.left_ms())
        except spotmq.Timeout as error:
            return error.missing
        peers = spot.peers()
        waiting = [peer for peer in peers if _may_come(peer)]
        now = {peer.endpoint for peer in peers}
        if not waiting and now == known:
            return []
        known = now
        try:
            up = sum(peer.state is spotmq.PeerState.UP for peer in peers)
            spot.wait_for_peers(up + len(waiting), deadline.left_ms())
        except spotmq.Timeout:
            return [peer.endpoint for peer in waiting]
