"""Tables and plots from the JSON of earlier runs.

    spot bench render FILE … [--plots DIRECTORY]

Tables go to standard output as Markdown. Plots need matplotlib (the extra ``bench-plots``).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from spotmq_bench.harness.tables import Document, markdown


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="spot bench render", description="Tables and plots from earlier runs."
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--plots", type=Path, metavar="DIRECTORY", help="write SVG plots there")
    args = parser.parse_args(argv)
    documents: list[Document] = [
        json.loads(path.read_text(encoding="utf-8")) for path in args.files
    ]
    print("\n\n".join(markdown(document) for document in documents))
    if args.plots:
        try:
            from spotmq_bench.harness import plots
        except ImportError as error:
            parser.error(f"--plots needs the extra bench-plots: {error}")
        args.plots.mkdir(parents=True, exist_ok=True)
        for document in documents:
            for path in plots.draw(document, args.plots):
                print(f"\nwrote {path}")
