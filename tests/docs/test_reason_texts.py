"""Protects: docs/troubleshooting.md explains every reason that a peer may give for not being UP."""

import re

from blocks import ROOT

CAUSES = ROOT / "cpp" / "spot" / "registry" / "reason.cpp"
PAGE = ROOT / "docs" / "troubleshooting.md"


def test_every_reason_is_explained() -> None:
    texts = re.findall(r'case cause_t::\w+:\s+return "([^"]+)";', CAUSES.read_text())
    assert len(texts) > 10
    section = PAGE.read_text().split("### Why a peer is not UP")[1].split("\n### ")[0]
    rows = re.findall(r"(?m)^\| ([^|]+) \| [^|]{20,} \|$", section)
    assert set(texts) <= set(rows)
    assert len(rows) == len(texts) + 1  # and the head
