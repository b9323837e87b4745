"""MkDocs hooks: they add pages from elsewhere in the repository to the site, and keep links to these working.

A link from docs/ to a file outside it works on the repository's pages. In the site, PAGES get an address of their
own; every other file that is linked to is copied, as text, so that the site is complete without a network.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
PAGES = {  # path in the repository: path in the site
    "README.md": "index.md",  # what the start page links to as README is on that page
    "CONTRIBUTING.md": "contributing.md",
    "THIRD_PARTY.md": "third-party.md",
    "benchmarks/README.md": "benchmarks/index.md",
    "benchmarks/results/README.md": "benchmarks/results.md",
    "cpp/spot/wire/PROTOCOL.md": "protocol.md",
    "tests/README.md": "tests.md",
}
_SITE = {there: here for here, there in PAGES.items() if there != "index.md"}
_LINK = re.compile(r"(\]\(|src=\"|href=\")([^)\s\"#]+)(#[^)\s\"]*)?(\)|\")")
_FENCED = re.compile(r"^( *```.*?^ *```$)", re.MULTILINE | re.DOTALL)


def _repository_path(uri: str) -> str:
    """The file in the repository of a page of the site."""
    return _SITE.get(uri, f"docs/{uri}")


def _linked(text: str, folder: str) -> set[str]:
    """The files of the repository that a page links to, by their paths there."""
    return {
        posixpath.normpath(posixpath.join(folder, match[2]))
        for match in _LINK.finditer(text)
        if "://" not in match[2] and not match[2].startswith("mailto:")
    }


def _site_path(path: str) -> str:
    if path in PAGES:
        return PAGES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.endswith((".svg", ".png", ".json")):
        return path
    return f"source/{path}.txt"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for path, uri in PAGES.items():
        if uri != "index.md":
            files.append(File.generated(config, uri, content=(ROOT / path).read_text()))
    wanted: set[str] = set()
    for file in files.documentation_pages():
        source = _repository_path(file.src_uri)
        wanted |= _linked((ROOT / source).read_text(), posixpath.dirname(source))
    for path in sorted(wanted):
        if path not in PAGES and not path.startswith("docs/") and (ROOT / path).is_file():
            files.append(
                File.generated(config, _site_path(path), content=(ROOT / path).read_bytes())
            )
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    source = _repository_path(page.file.src_uri)

    def relink(match: re.Match[str]) -> str:
        opening, target, anchor, closing = match[1], match[2], match[3] or "", match[4]
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if not (ROOT / path).is_file():
            return match[0]  # MkDocs reports the bad link itself
        here = posixpath.dirname(page.file.src_uri)
        return f"{opening}{posixpath.relpath(_site_path(path), here or '.')}{anchor}{closing}"

    parts = _FENCED.split(markdown)
    return "".join(part if i % 2 else _LINK.sub(relink, part) for i, part in enumerate(parts))
