"""Advice that looks at what the node knows: topics, peers, subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotmq._nearest import did_you_mean, few, printable, shown
from spotmq.errors import Timeout
from spotmq.types import PeerInfo, PeerState

if TYPE_CHECKING:
    from spotmq._advice.case import Case
    from spotmq._node import Node

_MOST_TOPICS = 10_000  # a node with more is not asked for the list of them
_MOST_STATES = 3  # peers whose state is told


def _together(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _state(peer: PeerInfo) -> str:
    why = f": {printable(peer.reason)}" if peer.reason else ""
    return f"{shown(peer.endpoint)} is {peer.state}{why}"


def _states(peers: list[PeerInfo]) -> str:
    text = ", ".join(_state(peer) for peer in peers[:_MOST_STATES])
    more = len(peers) - _MOST_STATES
    return f"{text}, and {more:,} more" if more > 0 else text


def _not_up(spot: Node) -> str:
    return _states([peer for peer in spot.peers() if peer.state is not PeerState.UP])


def _topics(spot: Node, wanted: str) -> str:
    """The topics that the node knows, and the one that was probably meant."""
    stats = spot._stats()  # stats() would also add up the counters of each topic
    count = stats["topics_local"] + stats["topics_remote"]
    if count > _MOST_TOPICS:
        return f"{count:,} topics are known here"
    names = [info.topic for info in spot.list_topics()]
    if names:
        return _together(f"known here: {few(names)}", _not_up(spot), did_you_mean(wanted, names))
    if not spot.peers():
        return "this node has neither topics nor peers yet: see topic_create, cluster_add and join"
    return _together("no topic is known here", _not_up(spot) or "its peers have none either")


def _owners(spot: Node, topic: str) -> tuple[str, ...]:
    return next((info.endpoints for info in spot.list_topics() if info.topic == topic), ())


def topic_not_found(case: Case) -> str:
    if case.spot is None:
        return ""
    if case.call in ("topic_destroy", "wait_for_subscribers") and case.spot.topic_exists(
        case.subject
    ):
        owners = few(_owners(case.spot, case.subject)) or "another node"
        return f"it is REMOTE: it belongs to {owners}"
    waits = "missing_ok=True subscribes all the same" if case.call == "subscribe" else ""
    return _together(waits, _topics(case.spot, case.subject))


def topic_exists(case: Case) -> str:
    if case.call == "topic_route":
        return "a node that owns a topic is not routed to another for it"
    return "it can be published to as it is"


def peer_exists(case: Case) -> str:
    peers = case.spot.peers() if case.spot else []
    state = next((f"it is {peer.state}" for peer in peers if peer.endpoint == case.subject), "")
    return _together(state, "join() does not mind")


def peer_not_found(case: Case) -> str:
    if case.spot is None:
        return ""
    endpoints = [peer.endpoint for peer in case.spot.peers()]
    if not endpoints:
        return "this node has no peers"
    return _together(f"its peers: {few(endpoints)}", did_you_mean(case.subject, endpoints))


def peer_unreachable(case: Case) -> str:
    if case.call == "publish":
        return "wait_for_peers() waits for its return"
    if case.subject.startswith("inproc://"):
        return "inproc:// reaches nodes of the same Context only"
    bound = "is a node bound there, and may this machine reach it?"
    return f"{bound} With timeout_ms=0 the call returns at once, and goes on trying"


def not_subscribed(case: Case) -> str:
    if case.queue is None:
        return ""
    names = case.queue.subscriptions()
    if not names:
        return "there are no subscriptions"
    return _together(f"subscribed to: {few(names)}", did_you_mean(case.subject, names))


def _nothing_arrived(case: Case) -> str:
    if case.queue is None or case.spot is None:
        return ""
    names = case.queue.subscriptions()
    if not names:
        return "it is subscribed to nothing: see subscribe"
    unknown = [
        name for name in names if not set(name) & set("*?") and not case.spot.topic_exists(name)
    ]
    return _together(
        f"subscribed to: {few(names)}",
        f"nobody has {few(unknown)} yet" if unknown else "",
        _not_up(case.spot),
    )


def timeout(case: Case) -> str:
    if case.spot is None or not isinstance(case.error, Timeout):
        return ""
    if case.call == "recv":
        return _nothing_arrived(case)
    if case.call == "wait_for_topic":
        return _topics(case.spot, case.subject)
    if case.call == "wait_for_subscribers":
        return _not_up(case.spot)
    if case.call == "wait_for_peers":
        return _together(f"{case.spot._stats()['peers_up']} are UP", _not_up(case.spot))
    stays = "the subscription stays, and is in effect when they answer"
    missing = set(case.error.missing)
    states = _states([peer for peer in case.spot.peers() if peer.endpoint in missing])
    return _together(states, stays if case.call == "subscribe" else "")
