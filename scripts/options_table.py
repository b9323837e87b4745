"""Writes the table of options into docs/configuration.md: those that the compiled module declares, and PLACES of
spotmq/_options.py.

python scripts/options_table.py [FILE]: FILE in place of docs/configuration.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

from spotmq._options import OPTIONS, PLACES, Option

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "configuration.md"
BEGIN = "<!-- made by scripts/options_table.py -->"
END = "<!-- end of what scripts/options_table.py made -->"


def default_of(value: object) -> str:
    if isinstance(value, tuple):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int):
        return f"{value:,}"
    return "none" if value is None else f'`"{value}"`'


def table(options: tuple[Option, ...]) -> str:
    rows = ["| keyword and key | variable | type | default | |", "|---|---|---|--:|---|"]
    for option in options:
        default = default_of(option.default)
        rows.append(
            f"| `{option.name}` | `{option.variable}` | {option.kind} | {default} | {option.about} |"
        )
    return "\n".join(rows)


def made() -> str:
    return (
        f"{BEGIN}\n\n### Of the node: `Spot(…)` and `from_config`\n\n{table(OPTIONS)}\n\n"
        f"### What `from_config` does with it\n\n{table(PLACES)}\n\n{END}"
    )


def main() -> None:
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        sys.exit(f"{PAGE} has no place for the table: {BEGIN} … {END}")
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    target.write_text(before + made() + after)


if __name__ == "__main__":
    main()
