"""Protects: the log of a join in docs/cluster.md is the one that nodes write, and fits a page."""

import logging
import re
from pathlib import Path

from conftest import MakeNode
from helpers import up, wait_until
from test_logging import Lines, lines

import spotmq

__all__ = ["lines"]  # a fixture

PAGE = Path(__file__).parents[2] / "docs" / "cluster.md"
LINES_OF_A_PAGE = 60
DONE = "INFO closed"


def documented() -> list[str]:
    section = PAGE.read_text().split("### The log of a join")[1].split("###")[0]
    found = re.search(r"```text\n(.*?)\n```", section, re.DOTALL)
    assert found
    return [line.replace("INFO  ", "INFO ", 1) for line in found[1].splitlines()]


def nameless(lines: list[str]) -> list[str]:
    """Without what differs from run to run: ports become names, as do ids; fences lose their numbers."""
    text = "\n".join(lines)
    bound = re.search(r"bound to 'tcp://127.0.0.1:(\d+)'", text)
    seed = re.search(r"peer 'tcp://127.0.0.1:(\d+)' added", text)
    member = re.search(r"learned of node (\w+) at 'tcp://127.0.0.1:(\d+)' from peer", text)
    assert bound
    assert seed
    assert member
    for port, name in ((bound[1], "N"), (seed[1], "A"), (member[2], "B")):
        text = text.replace(f":{port}'", f":{name}'")
    text = re.sub(r":\d+'", ":any'", text)
    for known, name in re.findall(r"it is node (\w+) named '(\w+)'", text):
        text = text.replace(f"node {known}", f"node {name}")
    return re.sub(r"fence \d+", "fence #", text).splitlines()


def test_the_page_shows_what_is_logged(lines: Lines, make_node: MakeNode) -> None:
    logger = logging.getLogger("spotmq")
    logger.setLevel(logging.WARNING)
    a, b = make_node(name="a"), make_node(name="b")
    for node, topics in ((a, ("news", "chat")), (b, ("logs",))):
        node.bind("tcp://127.0.0.1:0")
        for topic in topics:
            node.topic_create(topic)
    assert a.endpoint is not None
    b.cluster_add(a.endpoint)
    wait_until(lambda: up(a) and up(b))
    logger.setLevel(logging.DEBUG)
    n = make_node(name="n")
    n.bind("tcp://127.0.0.1:0")
    n.subscribe("news", missing_ok=True)
    n.join(a.endpoint)
    n.wait_for_peers(2)
    wait_until(lambda: up(a, 2) and up(b, 2))
    n.subscribe("logs")
    n.close()
    who = re.compile(rf"^node {n.node_id[:8]} 'n': ")

    def told() -> list[str]:
        texts = [(record.levelname, record.getMessage()) for record in lines.records]
        return [f"{level} {who.sub('', text)}" for level, text in texts if who.match(text)]

    wait_until(lambda: DONE in told())
    logged, page = told(), documented()
    assert len(logged) <= LINES_OF_A_PAGE
    assert len(page) <= LINES_OF_A_PAGE
    assert set(nameless(logged)) == set(nameless(page))
    assert page[-1] == DONE


def test_join_looks_at_the_level(lines: Lines, make_node: MakeNode) -> None:
    seed = make_node()
    seed.bind("tcp://127.0.0.1:0")
    assert seed.endpoint is not None
    logger = logging.getLogger("spotmq")
    logger.setLevel(logging.CRITICAL)
    node = make_node()
    lines.records.clear()
    logger.setLevel(logging.DEBUG)
    node.join(seed.endpoint)
    wait_until(lambda: any("added: connecting" in line for line in lines.of(node)))


def test_who_is_not_connected_to_and_why(lines: Lines, make_node: MakeNode) -> None:
    def joined(node: spotmq.Spot, seed: spotmq.Spot) -> None:
        assert seed.endpoint is not None
        node.bind("tcp://127.0.0.1:0")
        node.cluster_add(seed.endpoint)

    hub, other, node = (make_node(heartbeat_ms=100) for _ in range(3))
    hub.bind("tcp://127.0.0.1:0")
    joined(other, hub)
    joined(node, hub)
    wait_until(lambda: up(node, 2) and up(other, 2) and up(hub, 2))
    assert other.endpoint is not None
    node.cluster_remove(other.endpoint)
    why = f"not connecting to node {other.node_id[:8]} at '{other.endpoint}': it was removed"
    wait_until(lambda: any(line.endswith(why) for line in lines.of(node)))
    # The hub tells of it again and again, and of whoever comes next.
    late = make_node(heartbeat_ms=100)
    joined(late, hub)
    wait_until(lambda: up(late, 3) and up(node, 2))
    assert sum(line.endswith(why) for line in lines.of(node)) == 1
