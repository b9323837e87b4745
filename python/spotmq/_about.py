"""The versions that are installed. A report of a bug should begin with them."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from pathlib import Path

import spotmq
from spotmq import _core

# The distributions that each extra adds at run time.
_EXTRAS = {
    "bench": ("pyzmq", "numpy", "psutil", "tqdm"),
    "cli": ("typer", "rich"),
    "codecs": ("msgspec", "numpy"),
    "toml": ("tomli",),  # on Python 3.10; later versions have tomllib
}


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _extra(distributions: tuple[str, ...]) -> str:
    found = {name: _version(name) for name in distributions}
    if not any(found.values()):
        return "not installed"
    have = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    missing = ", ".join(name for name, version in found.items() if not version)
    return f"{have}; without {missing}" if missing else have


def _extras() -> dict[str, tuple[str, ...]]:
    if sys.version_info < (3, 11):
        return _EXTRAS
    return {name: needs for name, needs in _EXTRAS.items() if name != "toml"}


def text() -> str:
    """The report, in lines that people can read and grep can search."""
    version, bundled, features = _core.libzmq()
    gil = "" if getattr(sys, "_is_gil_enabled", lambda: True)() else ", without GIL"
    rows = {
        "spotmq": f"{spotmq.__version__} in {Path(spotmq.__file__).parent}",
        "libzmq": f"{version}, {'bundled' if bundled else 'of the system'}",
        "features": ", ".join(features) or "none",
        "python": f"{platform.python_implementation()} {platform.python_version()}{gil}",
        "platform": platform.platform(),
    }
    rows.update({f"[{name}]": _extra(needs) for name, needs in _extras().items()})
    width = max(map(len, rows))
    return "\n".join(f"{name:{width}}  {value}" for name, value in rows.items())
