"""Writes the table of options into docs/configuration.md, from their declaration in spotmq/_options.py.

python scripts/options_table.py [FILE]: FILE in place of docs/configuration.md.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "configuration.md"
BEGIN = "<!-- made by scripts/options_table.py -->"
END = "<!-- end of what scripts/options_table.py made -->"


def declaration() -> ModuleType:
    """Imports the module alone, because the package would need its compiled part."""
    spec = importlib.util.spec_from_file_location(
        "_options", ROOT / "python" / "spotmq" / "_options.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["_options"] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


def default_of(value: object) -> str:
    if isinstance(value, tuple):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int):
        return f"{value:,}"
    return "none" if value is None else f'`"{value}"`'


def table(options: tuple[object, ...]) -> str:
    rows = ["| keyword and key | variable | type | default | |", "|---|---|---|--:|---|"]
    for option in options:
        name, variable = getattr(option, "name"), getattr(option, "variable")  # noqa: B009
        kind, about = str(getattr(option, "kind")), getattr(option, "about")  # noqa: B009
        default = default_of(getattr(option, "default"))  # noqa: B009
        rows.append(f"| `{name}` | `{variable}` | {kind} | {default} | {about} |")
    return "\n".join(rows)


def made() -> str:
    options = declaration()
    return (
        f"{BEGIN}\n\n### Of the node: `Spot(…)` and `from_config`\n\n{table(options.OPTIONS)}\n\n"
        f"### What `from_config` does with it\n\n{table(options.PLACES)}\n\n{END}"
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
