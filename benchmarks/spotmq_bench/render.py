"""Tables and plots from the JSON of earlier runs.

    spot bench render FILE … [--plots DIRECTORY] [--markdown FILE]

Tables are Markdown, on standard output or in a file. Plots need matplotlib (the extra
``bench-plots``).
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from spotmq_bench.harness.tables import Document, markdown


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="spot bench render", description="Tables and plots from earlier runs."
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--plots", type=Path, metavar="DIRECTORY", help="write SVG plots there")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write the tables there; with the plots"
    )
    args = parser.parse_args(argv)
    documents: list[Document] = [
        json.loads(path.read_text(encoding="utf-8")) for path in args.files
    ]
    drawn: list[list[Path]] = [[] for _ in documents]
    if args.plots:
        try:
            from spotmq_bench.harness import plots
        except ImportError as error:
            parser.error(f"--plots needs the extra bench-plots: {error}")
        args.plots.mkdir(parents=True, exist_ok=True)
        drawn = [plots.draw(document, args.plots) for document in documents]
    if args.markdown:
        parts = []
        for document, paths in zip(documents, drawn, strict=True):
            parts.append(markdown(document))
            for path in paths:
                beside = os.path.relpath(path, args.markdown.parent)
                parts.append(f"![{path.stem}]({Path(beside).as_posix()})")
        args.markdown.parent.mkdir(parents=True, exist_ok=True)
        args.markdown.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        print(f"wrote {args.markdown}")
    else:
        print("\n\n".join(markdown(document) for document in documents))
    for path in (path for paths in drawn for path in paths):
        print(f"\nwrote {path}")
