"""Draws docs/images/spot-top.svg: the screen of spot top for a cluster of spot commands that it starts."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from spotmq.cli.output import Notes, Output
from spotmq.cli.screen import Frame
from spotmq.cli.session import open_node
from spotmq.cli.top import _Watch
from spotmq.cli.traffic import Sort

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "spot-top.svg"
WHERE = "tcp://127.0.0.1:5555"
FOR_EVER = ("--count", "0", "--wait", "10", "--quiet")
SUBSCRIBERS = (("sub", WHERE), ("sub", WHERE, "news*"))
PUBLISHERS = (
    ("pub", WHERE, "prices:EURUSD", "1.0842", "--rate", "25000", *FOR_EVER),
    ("pub", WHERE, "news.weather", "21 degrees", "--rate", "40", *FOR_EVER),
    ("pub", WHERE, "camera.front", "x" * 120_000, "--rate", "30", *FOR_EVER),
    ("pub", WHERE, "news.sport", "2:1", "--rate", "7", *FOR_EVER),
)


def main() -> None:
    spot = shutil.which("spot", path=str(Path(sys.executable).parent))
    if spot is None:
        sys.exit("the spot command is not installed beside this interpreter")
    console = Console(record=True, width=104, file=io.StringIO(), force_terminal=True)
    commands = []
    try:
        with open_node(Notes("top", quiet=True), WHERE, timeout=5) as node:
            node.subscribe("*", missing_ok=True)
            for arguments in (*SUBSCRIBERS, *PUBLISHERS):
                commands.append(subprocess.Popen([spot, *arguments], stdout=subprocess.DEVNULL))
            for _, _, topic, *_ in PUBLISHERS:
                node.wait_for_topic(topic)
            *_, rows = _Watch(node, ["*"], 2.0, Sort.rate, Output()).looks(3, None)
            stats = node.stats()
            console.print(Frame(WHERE, stats.peers_up, stats.lost, rows))
    finally:
        for command in commands:
            command.terminate()
            command.wait()
    print(console.export_text(clear=False))
    svg = console.export_svg(title="spot top")
    # Removes the fonts of other sites, because the project's pages fetch nothing.
    PICTURE.write_text(re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL))


if __name__ == "__main__":
    main()
