"""Each guide for contributors, followed in a copy of the repository, works and touches few files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from doc_blocks import blocks
from how_to import ROOT, copy_repository, follow, run_in_copy

GUIDES = ROOT / "docs" / "how-to"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_repository(tmp_path)


def test_an_export_format_is_four_files(copy: Path) -> None:
    touched = follow(GUIDES / "add-an-export-format.md", copy)
    assert len(touched) == 4
    printed = run_in_copy(copy, "-m", "lenet", "export", "--to", "json", "exports")
    assert "model.json" in printed
    manifest = json.loads((copy / "exports" / "manifest.json").read_text(encoding="utf-8"))
    assert "json" in manifest["formats"]
    [example, printed] = [b.code for b in blocks(copy / "docs/reference/formats.md") if b.heading == "json"]
    assert run_in_copy(copy / "exports", "-c", example) == printed


def test_a_benchmark_is_three_files(copy: Path) -> None:
    touched = follow(GUIDES / "add-a-benchmark.md", copy)
    assert len(touched) == 3
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    for arguments in (("init",), ("add", "core"), (*identity, "commit", "-m", "test: a copy")):
        subprocess.run(["git", *arguments], cwd=copy, check=True, capture_output=True)
    modules = "from benchmarks.lib import measuring; from benchmarks.engine import rasterizing"
    code = f"{modules}; measuring.LOAD = 0; rasterizing.main()"  # idle or not
    assert "| 0.17 | " in run_in_copy(copy, "-c", code)
    chosen = ("tests/repo/test_benchmarks.py", "-k", "rasterizing")
    assert "1 passed" in run_in_copy(copy, "-m", "pytest", "-p", "no:cacheprovider", *chosen)
