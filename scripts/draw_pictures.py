"""Draws the pictures of docs/: python scripts/draw_pictures.py [FOLDER], docs/pictures by default.

They are committed, so that the pages need nothing to be shown; tests/docs/test_generated.py compares them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

INK, FAINT, BLUE, GREEN, ORANGE = "#263238", "#90a4ae", "#1565c0", "#2e7d32", "#e65100"
FILL = {INK: "#ffffff", FAINT: "#fafafa", BLUE: "#e3f2fd", GREEN: "#e8f5e9", ORANGE: "#fff3e0"}

Point = tuple[float, float]


class Picture:
    """An SVG on a white card, so that it can be read on a dark page, too."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._size = (width, height)
        self._title = title
        self._parts: list[str] = []

    def text(
        self, at: Point, words: str, *, size: int = 13, color: str = INK, anchor: str = "middle"
    ) -> None:
        x, y = at
        for i, line in enumerate(words.split("\n")):
            self._parts.append(
                f'<text x="{x:g}" y="{y + i * size * 1.3:g}" font-size="{size}" fill="{color}" '
                f'text-anchor="{anchor}">{escape(line)}</text>'
            )

    def box(
        self,
        at: Point,
        size: tuple[float, float],
        words: str = "",
        *,
        color: str = INK,
        top: bool = False,
    ) -> None:
        """top: the words are a heading, and there is room below."""
        (x, y), (width, height) = at, size
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8" '
            f'fill="{FILL[color]}" stroke="{color}" stroke-width="1.5"/>'
        )
        lines = words.count("\n") + 1
        middle = y + 22 if top else y + height / 2 + 5 - (lines - 1) * 8.5
        self.text((x + width / 2, middle), words)

    def arrow(
        self,
        start: Point,
        end: Point,
        words: str = "",
        *,
        color: str = INK,
        both: bool = False,
        dashed: bool = False,
        at: Point | None = None,
    ) -> None:
        """at: where the words stand; above the middle by default."""
        (x1, y1), (x2, y2) = start, end
        marks = f'marker-end="url(#{color[1:]})"' + (
            f' marker-start="url(#{color[1:]}-start)"' if both else ""
        )
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self._parts.append(
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{color}" '
            f'stroke-width="1.6"{dash} {marks}/>'
        )
        if words:
            self.text(at or ((x1 + x2) / 2, (y1 + y2) / 2 - 6), words, size=12, color=color)

    def line(self, start: Point, end: Point) -> None:
        (x1, y1), (x2, y2) = start, end
        self._parts.append(
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{FAINT}" stroke-dasharray="2 4"/>'
        )

    def svg(self) -> str:
        width, height = self._size
        tip = "M0,0 L8,4 L0,8 z"
        markers = "".join(
            f'<marker id="{color[1:]}{suffix}" markerWidth="8" markerHeight="8" refX="7" refY="4" '
            f'orient="{orient}"><path d="{tip}" fill="{color}"/></marker>'
            for color in FILL
            for suffix, orient in (("", "auto"), ("-start", "auto-start-reverse"))
        )
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
                f' width="{width}" height="{height}" font-family="system-ui, sans-serif" role="img">',
                f"<title>{escape(self._title)}</title>",
                f"<defs>{markers}</defs>",
                f'<rect width="{width}" height="{height}" rx="10" fill="#ffffff"/>',
                *self._parts,
                "</svg>\n",
            ]
        )


def cluster() -> Picture:
    picture = Picture(640, 300, "Three nodes, each connected to each, without a broker")
    nodes: dict[str, tuple[Point, str, str]] = {
        "A": ((30, 40), "LOCAL  game:player1\nREMOTE chat:room1\nREMOTE news", BLUE),
        "B": ((410, 40), "REMOTE game:player1\nLOCAL  chat:room1\nREMOTE news", GREEN),
        "C": ((220, 190), "REMOTE game:player1\nREMOTE chat:room1\nLOCAL  news", ORANGE),
    }
    for name, ((x, y), topics, color) in nodes.items():
        picture.box((x, y), (200, 92), f"node {name}", color=color, top=True)
        picture.text((x + 22, y + 44), topics, size=12, anchor="start")
    picture.arrow((232, 86), (408, 86), both=True, color=FAINT)
    picture.arrow((140, 134), (250, 188), both=True, color=FAINT)
    picture.arrow((500, 134), (390, 188), both=True, color=FAINT)
    picture.text((320, 76), "TCP", size=12, color=FAINT)
    return picture


def publish() -> Picture:
    picture = Picture(
        640, 240, "A LOCAL topic is sent to its subscribers, a REMOTE one goes to its owner first"
    )
    picture.box((20, 30), (150, 60), "publisher\n(not the owner)", color=BLUE)
    picture.box((250, 80), (140, 80), "owner of “news”\ngives each message\nits seq", color=ORANGE)
    picture.box((20, 150), (150, 60), "subscriber", color=GREEN)
    picture.box((480, 30), (140, 60), "subscriber", color=GREEN)
    picture.box((480, 150), (140, 60), "subscriber to “n*”", color=GREEN)
    picture.arrow((172, 66), (248, 104), "publish", color=BLUE, at=(222, 70))
    picture.arrow((248, 138), (172, 174), "1, 2, 3 …", color=ORANGE, at=(222, 176))
    picture.arrow((392, 104), (478, 66), "1, 2, 3 …", color=ORANGE, at=(424, 72))
    picture.arrow((392, 138), (478, 174), "1, 2, 3 …", color=ORANGE, at=(424, 176))
    return picture


def queues() -> Picture:
    picture = Picture(640, 250, "A node's receive queues are independent")
    picture.box((20, 90), (120, 70), "other nodes", color=ORANGE)
    picture.box((220, 20), (260, 210), "one node", top=True)
    for y, words in (
        (50, "Spot: its own queue"),
        (110, "subscriber(“log:*”)"),
        (170, "subscriber(“news”)"),
    ):
        picture.box((250, y), (200, 44), words, color=BLUE)
        picture.arrow((142, 125), (248, y + 22), color=ORANGE)
        picture.arrow((452, y + 22), (520, y + 22), color=GREEN)
    for y, words in ((72, "main thread"), (132, "thread that\nwrites a file"), (192, "asyncio")):
        picture.text((526, y + 4), words, anchor="start", size=12, color=GREEN)
    return picture


def lost() -> Picture:
    picture = Picture(640, 150, "A gap in the numbers is reported with the message after it")
    for i, seq in enumerate((1, 2, 3, 4, 5, 6)):
        gone = seq in (3, 4)
        picture.box((60 + i * 90, 30), (66, 40), f"seq {seq}", color=FAINT if gone else BLUE)
        if gone:
            picture.text((93 + i * 90, 92), "dropped: full", size=11, color=FAINT)
        else:
            picture.text((93 + i * 90, 92), "lost = 2" if seq == 5 else "lost = 0", size=12)
    picture.text((320, 128), "sent 6 = received 4 + lost 2", color=ORANGE)
    return picture


def data_flow() -> Picture:
    picture = Picture(760, 360, "Where messages travel between two nodes")
    picture.box((20, 20), (280, 320), "node A", top=True)
    picture.box((460, 20), (280, 320), "node B", top=True)
    for y, left, right in (
        (60, "service thread", "service thread"),
        (150, "application threads", "ingress thread"),
    ):
        picture.box((35, y), (120, 44), left.replace(" ", "\n", 1), color=GREEN)
        picture.box((605, y), (120, 44), right.replace(" ", "\n", 1), color=GREEN)
    picture.box((605, 270), (120, 44), "application\nthreads", color=GREEN)
    sockets = (
        (60, "DEALER to B", "ROUTER"),
        (150, "PUSH to B", "PULL"),
        (210, "XSUB", "XPUB"),
        (270, "XPUB", "XSUB"),
    )
    for y, left, right in sockets:
        picture.box((195, y), (90, 44), left, color=BLUE)
        picture.box((475, y), (90, 44), right, color=BLUE)
    picture.arrow((287, 82), (473, 82), "control", both=True)
    picture.arrow((287, 172), (473, 172), "publish REMOTE: ingress", color=ORANGE)
    picture.arrow((473, 232), (287, 232), "data", color=ORANGE)
    picture.arrow((287, 292), (473, 292), "data", color=ORANGE)
    picture.arrow((157, 82), (193, 82), both=True)
    picture.arrow((567, 82), (603, 82), both=True)
    picture.arrow((157, 172), (193, 172), color=ORANGE)
    picture.arrow((567, 172), (603, 172), color=ORANGE)
    picture.arrow((640, 196), (567, 226), color=ORANGE)
    picture.arrow((193, 226), (120, 196), color=ORANGE)
    picture.arrow((80, 196), (193, 286), color=ORANGE)
    picture.arrow((567, 292), (603, 292), color=ORANGE)
    picture.text((98, 310), "publish LOCAL", size=12, color=ORANGE)
    return picture


def sequence(title: str, lanes: Sequence[str], steps: Sequence[tuple[int, int, str]]) -> Picture:
    """Messages between lanes, from top to bottom; a step from a lane to itself is a note."""
    gap, left, row = 260, 110, 34
    picture = Picture(left * 2 + gap * (len(lanes) - 1), 90 + row * len(steps), title)
    bottom = 70 + row * len(steps)
    for i, lane in enumerate(lanes):
        picture.box((left + i * gap - 70, 14), (140, 34), lane, color=BLUE)
        picture.line((left + i * gap, 48), (left + i * gap, bottom))
    for i, (start, end, words) in enumerate(steps):
        y = 84 + i * row
        if start == end:
            picture.box((left + start * gap - 100, y - 20), (200, 26), words, color=ORANGE)
        else:
            near = 3 if end > start else -3
            picture.arrow((left + start * gap + near, y), (left + end * gap - near, y), words)
    return picture


def join() -> Picture:
    new, seed, member = 0, 1, 2
    return sequence(
        "A new node joins a cluster through one of its members",
        ("new node N", "seed A", "member B"),
        (
            (new, seed, "HELLO: id, name, endpoints; QUERY"),
            (seed, new, "WELCOME: A's id and endpoints"),
            (new, seed, "connects: data, ingress"),
            (new, seed, "all filters, then a fence token (data)"),
            (seed, new, "QUERY_RESP: A's topics"),
            (seed, new, "FENCE: the token came out of the XPUB"),
            (new, new, "A is UP at N"),
            (seed, new, "connects and greets in turn"),
            (seed, seed, "N is UP at A"),
            (seed, new, "PEERS: B's endpoint and id"),
            (seed, member, "PEERS: N's endpoint and id"),
            (new, member, "connects: HELLO, QUERY, …"),
            (member, new, "connects: HELLO, QUERY, …"),
            (member, member, "all are connected to all"),
        ),
    )


PICTURES = {
    "cluster": cluster,
    "publish": publish,
    "queues": queues,
    "lost": lost,
    "data-flow": data_flow,
    "join": join,
}


def main() -> None:
    folder = Path(
        sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "pictures"
    )
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (folder / f"{name}.svg").write_text(draw().svg())


if __name__ == "__main__":
    main()
