"""Each guide for contributors, followed in a copy of the repository, works and touches few files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from doc_blocks import blocks
from how_to import copy_repository, follow, run_in_copy

from packaged import program
from repository import ROOT

GUIDES = ROOT / "docs" / "how-to"
pytestmark = pytest.mark.slow


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


RELU6 = """
import numpy as np
from lenet.models import Model, Spec, save_model

layers = [{"conv": 4, "kernel": 5}, {"relu6": {}}, {"maxpool": 2}]
layers += [{"dense": 16}, {"relu6": {}}, {"dense": 26}]
spec = Spec.from_json({"input": [28, 28], "layers": layers})
network = spec.network()
parameters = network.initialise(0) * 20
random = np.random.default_rng(0)
images = random.integers(0, 256, (40, 28, 28)).astype(np.uint8)
labels = random.integers(0, 26, 40).astype(np.uint8)

values = network.activations(parameters, images[0])
assert values[2].max() == values[5].max() == 6, "both are cut at 6"
exponents = np.exp(values[-1].ravel() - values[-1].max())
difference = network.predict(parameters, images, 1.0)[0] - exponents / exponents.sum()
assert np.abs(difference).max() < 1e-5, "the fast kernel agrees with reference.hpp"

gradient, _ = network.gradient(parameters, images, labels)
direction = random.standard_normal(len(parameters)).astype(np.float32)
losses = [network.gradient(parameters + step * direction, images, labels)[1] for step in (-1e-4, 1e-4)]
slope = (losses[1] - losses[0]) / 2e-4
assert abs(slope - gradient @ direction) < 0.05 * abs(slope), "the gradient agrees with finite differences"
save_model("relu6.safetensors", Model(spec, network.initialise(0)))
"""


# Compiles the library of one instruction set; each takes seconds.
BASELINE = """
import sys
sys.path.insert(0, "tools/build")
import build, platforms
name = platforms.wanted()
variants = platforms.VARIANTS[platforms.PLATFORMS[name].family]
platforms.VARIANTS[platforms.PLATFORMS[name].family] = {"baseline": variants["baseline"]}
build.build_core(name, build.NATIVE)
"""


@pytest.mark.compiler
def test_a_layer_is_eight_files_and_the_changelog(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four more are generated, and the engine is compiled."""
    assert len(follow(GUIDES / "add-a-layer.md", copy) - {"CHANGELOG.md"}) == 8
    run_in_copy(copy, "tools/codegen/abi.py")
    run_in_copy(copy, "-c", BASELINE)
    monkeypatch.setenv("LENET_ISA", "baseline")
    run_in_copy(copy, "tools/codegen/layer_reference.py")
    reference = (copy / "docs" / "reference" / "model-file.md").read_text(encoding="utf-8")
    assert '| `{"relu6": {}}` | min(max(0, x), 6) (Howard et al. 2017). | unchanged |' in reference
    run_in_copy(copy, "-c", RELU6)
    exporting = ("-m", "lenet", "export", "--model", "relu6.safetensors", "--to", "onnx", "exports")
    assert "ONNX Runtime" in run_in_copy(copy, *exporting)
    (copy / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    command = [program("npm"), "run", "types"]
    done = subprocess.run(command, cwd=copy / "web", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_data_set_is_three_files(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = GUIDES / "add-a-data-set.md"
    assert len(follow(guide, copy)) == 3
    [making] = [block.code for block in blocks(guide) if block.language == "python"]
    run_in_copy(copy, "-c", making)
    monkeypatch.setenv("LENET_SHARED", str(copy / "shared"))
    printed = run_in_copy(copy, "-m", "lenet", "data", "info", "school_letters")
    assert "The Pupils 2026 (CC0)" in printed
    code = "from lenet.datasets.registry import is_for_evaluation; print(is_for_evaluation('school_letters'))"
    assert run_in_copy(copy, "-c", code) == "True\n"
