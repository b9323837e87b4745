"""Commits, each built and installed in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class BuildError(Exception):
    pass


def _run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(
            f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        )
    return done.stdout.strip()


def resolve(commit: str) -> str:
    try:
        return _run("git", "rev-parse", "--verify", "--end-of-options", commit + "^{commit}")
    except BuildError:
        raise BuildError(f"there is no commit {commit}") from None


def wheel(commit: str, wheels: Path, temporary: Path) -> Path:
    """This commit's wheel, built unless ``wheels`` has it."""
    directory = wheels / commit
    if not (built := list(directory.glob("*.whl"))):
        print(f"building {commit[:12]}", file=sys.stderr, flush=True)
        source = temporary / f"source-{commit[:12]}"
        _run("git", "worktree", "add", "--quiet", "--detach", source, commit)
        try:
            # With the tools that are here; nothing is downloaded.
            pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check")
            _run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", directory, source)
        finally:
            _run("git", "worktree", "remove", "--force", source)
        built = list(directory.glob("*.whl"))
    return built[0]


def install(wheel: Path, environment: Path) -> Path:
    """The Python of a new environment that has this wheel."""
    _run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    _run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--disable-pip-version-check", "--no-deps", "--no-index", wheel),
    )
    # What the harness imports besides comes from here. This environment's own spotmq, being
    # earlier on the path, is the one that is found; guard_ends makes sure.
    site = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    (site / "harness.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python
