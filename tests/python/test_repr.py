"""Protects: what objects show in a shell and in a notebook."""

from html.parser import HTMLParser

import pytest
from conftest import MakeNode, Pair

import spotmq
from spotmq import _tables


class Table(HTMLParser):
    """The cells of an HTML table; anything else in it fails."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("table", "thead", "tbody", "tr", "th", "td")
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.rows[-1][-1] += data


def test_a_node_tells_where_it_is_and_what_it_knows(pair: Pair) -> None:
    assert repr(pair.owner).startswith(f"<spotmq.Spot {pair.owner.node_id[:8]} {pair.endpoint}")
    assert "2 topics" in repr(pair.client)
    assert "1 of 1 peers UP" in repr(pair.client)


def test_queues_tell_what_they_get(node: spotmq.Spot) -> None:
    queue = node.subscriber("a*", "b", missing_ok=True)
    assert repr(queue) == f"<spotmq.Subscriber of {node.node_id[:8]} to a*, b>"
    assert "to nothing" in repr(node.subscriber())
    typed = node.subscriber("a*", codec="json")
    assert "Json()" in repr(typed)
    assert "to a*" in repr(typed)
    events = node.watch()
    assert repr(events) == f"<spotmq.Events of {node.node_id[:8]} open>"
    node.close()
    assert "closed" in repr(events)
    assert "closed" in repr(queue)


def test_a_context_counts_its_nodes() -> None:
    with spotmq.Context() as context:
        node = spotmq.Spot(context)
        assert repr(context) == "<spotmq.Context open, 1 node>"
        node.close()


def test_records_can_be_read(pair: Pair) -> None:
    [info, _] = pair.client.list_topics()
    assert (
        repr(info)
        == f"TopicInfo(topic='a', location=Location.REMOTE, endpoints=({pair.endpoint!r},), reachable=True)"
    )
    assert "state=PeerState.UP" in repr(pair.client.peers()[0])
    with pair.client.watch() as events:
        assert repr(events.recv(10_000)).startswith("Event(kind=EventKind.TOPIC_ADDED, topic=")
    assert repr(pair.client.stats()).startswith("Stats(published=0,")


def test_counters_of_many_topics_are_not_all_shown(node: spotmq.Spot) -> None:
    for number in range(50):
        node.topic_create(f"topic{number:02}")
    text = repr(node.stats())
    assert text.startswith("Stats(published=0,")
    assert "50 in all" in text
    assert text.count("TopicStats(") == 3


def test_lists_are_lists(pair: Pair) -> None:
    for found in (pair.client.list_topics(), pair.client.peers()):
        assert isinstance(found, list)
        assert found == list(found)
        assert repr(found) == repr(list(found))


def test_notebooks_show_tables(pair: Pair) -> None:
    topics = pair.client.list_topics()
    assert isinstance(topics, _tables.TopicList)
    rows = Table(topics._repr_html_()).rows
    assert rows == [
        ["topic", "location", "endpoints", "reachable"],
        ["a", "REMOTE", pair.endpoint, "True"],
        ["b", "REMOTE", pair.endpoint, "True"],
    ]
    peers = pair.client.peers()
    assert isinstance(peers, _tables.PeerList)
    rows = Table(peers._repr_html_()).rows
    assert rows[0] == ["endpoint", "node_id", "name", "state", "topics", "reason", "since"]
    assert rows[1][:6] == [pair.endpoint, pair.owner.node_id, "", "UP", "2", ""]
    assert float(rows[1][6]) > 0


EVIL = "<script>alert('x')</script>&amp;\"'"


def test_names_are_no_markup(make_node: MakeNode) -> None:
    node = make_node()
    node.topic_create(EVIL)
    topics = node.list_topics()
    assert isinstance(topics, _tables.TopicList)
    html = topics._repr_html_()
    assert "<script>" not in html
    assert Table(html).rows[1][0] == EVIL


@pytest.mark.parametrize("count", [0, 5_000])
def test_any_number_of_rows(make_node: MakeNode, count: int) -> None:
    node = make_node()
    for number in range(count):
        node.topic_create(f"{number}" + "x" * 200)
    topics = node.list_topics()
    assert isinstance(topics, _tables.TopicList)
    html = topics._repr_html_()
    assert len(html) < 100_000
    assert ("and 4,800 more" in html) == (count > 0)
