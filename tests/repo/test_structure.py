"""The invariants of docs/architecture.md that are about the code's own shape."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lenet
from repository import ROOT

PACKAGE = ROOT / "src" / "lenet"

# Each may import those before it; docs/architecture.md has the same order.
ORDER = [
    "errors",
    "labels",
    "_util",
    "engine",
    "ink",
    "models",
    "metrics",
    "datasets",
    "training",
    "inference",
    "evaluation",
    "exporters",
    "importers",
    "reports",
    "executors",
    "bulk",
    "sweep",
    "improve",
    "server",
    "notebook",
    "cli",
]


# The files that know how Python calls C.
ENGINE = {f"engine/{name}.py" for name in ("abi", "library", "network", "recognizer", "trainer")}


def sources() -> list[Path]:
    """The package's own; beside the built page lies what was exported, a PyTorch module too."""
    return [path for path in PACKAGE.rglob("*.py") if PACKAGE / "server" / "static" not in path.parents]


def imported(path: Path) -> set[str]:
    """The package's modules that a file imports, by their names within the package."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "lenet":
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lenet."):
            modules.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            modules |= {a.name.split(".")[1] for a in node.names if a.name.startswith("lenet.")}
    return modules


def test_imports_point_one_way() -> None:
    top = {PACKAGE / "__init__.py", PACKAGE / "__main__.py"}
    files = [path for path in sources() if path not in top]
    seen = set()
    for path in files:
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        seen.add(name)
        allowed = {*ORDER[: ORDER.index(name) + 1], "__version__"}
        assert imported(path) <= allowed, f"{path} imports {imported(path) - allowed}"
    assert seen == set(ORDER)


def module_imports(path: Path) -> set[str]:
    """Return the package's modules that a file imports when it is imported itself."""
    modules = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lenet":
            for name in node.names:
                full = PACKAGE.parent.joinpath(*str(node.module).split("."), name.name)
                inner = full.with_suffix(".py").is_file() or (full / "__init__.py").is_file()
                modules.add(f"{node.module}.{name.name}" if inner else str(node.module))
    return modules


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {}
    for path in sources():
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        graph[name] = module_imports(path) - {name}
    order = graphlib.TopologicalSorter(graph)
    order.prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize(
    ("folder", "pattern", "words", "owners"),
    [
        ("src/lenet", "*.py", r"\bctypes\b", ENGINE),
        (
            "web/src",
            "*.ts",
            r"lenet_\w+\(",
            {
                "engine/abi.gen.ts",
                "engine/wasm.ts",
                "engine/pictures.ts",
                "engine/rasterizer.ts",
                "engine/network.ts",
                "engine/reference.ts",
                "engine/trainer.ts",
            },
        ),
        ("web/src", "*.ts", r"\bWebAssembly\.", {"engine/wasm.ts"}),
        ("web/src", "*.ts", r"getImageData|readPixels", {"features/picture/decode.ts"}),
    ],
)
def test_few_files_know_the_engine_or_pixels(folder: str, pattern: str, words: str, owners: set[str]) -> None:
    knowing = {
        path.relative_to(ROOT / folder).as_posix()
        for path in (ROOT / folder).rglob(pattern)
        if re.search(words, path.read_text(encoding="utf-8"))
    }
    assert knowing == owners


def test_nothing_reads_pixels_back_and_nothing_is_evaluated() -> None:
    for path in (ROOT / "web" / "src").rglob("*.ts"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"toDataURL|toBlob|\beval\(|new Function", text), path
    for path in sources():
        assert not re.search(r"\bimport pickle|\beval\(|\bexec\(", path.read_text(encoding="utf-8")), path


def test_files_and_networks_raise_errors_of_a_kind() -> None:
    for room in ("models", "datasets", "ink", "importers/readers"):
        for path in (PACKAGE / room).rglob("*.py"):
            assert not re.search(r"raise LenetError\(", path.read_text(encoding="utf-8")), path


def test_the_public_names_are_these() -> None:
    assert sorted(lenet.__all__) == ["LenetError", "Recognition", "Recognizer", "load"]


SERVER = {"msgspec", "starlette", "uvicorn", "prometheus_client", "sqlalchemy"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, lenet; lenet.load; print(*sorted(m.split('.')[0] for m in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"PIL", "jinja2", "matplotlib", "tqdm", "torch", "http", "playwright", *SERVER} & set(loaded)


def test_the_command_line_loads_no_server_before_it_serves() -> None:
    code = "import sys; from lenet.cli.main import ALL_COMMANDS\n"
    code += "for entry in ALL_COMMANDS.values(): entry.load()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not SERVER & {name.split(".")[0] for name in done.stdout.split()}


def test_the_list_of_commands_loads_neither_numpy_nor_the_engine() -> None:
    code = "import sys; from lenet.cli.main import parser; parser().format_help(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "lenet.engine"} & set(done.stdout.split())


def test_strokes_and_arrays_are_read_with_numpy_alone() -> None:
    """docs/how-to/embed.md says so."""
    code = """
import sys
for name in ("PIL", "tqdm", "platformdirs"):
    sys.modules[name] = None  # importing it fails
import numpy as np, lenet
recognizer = lenet.load()
print(recognizer.recognize([[(0, 0), (0, 10)], [(0, 10), (6, 10)]]).letter)
picture = np.full((60, 50), 230, np.uint8)
picture[8:52, 10:16] = picture[46:52, 10:40] = 30
print(recognizer.recognize(picture).letter)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["L", "L"]


def test_the_version_is_the_same_everywhere() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{lenet.__version__}"' in project
    package = (ROOT / "web" / "package" / "package.json").read_text(encoding="utf-8")
    assert f'"version": "{lenet.__version__}"' in package
    assert f"## [{lenet.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "folder",
    [
        "web",
        "tools/assets/fonts",
        "tools/assets/stroke_fonts",
        "benchmarks/browser/site",
        "benchmarks/browser/lighthouse",
        "tests/data/runtimes",
        "examples/angular",
    ],
)
def test_lock_files_name_no_registry(folder: str) -> None:
    """A place within the project may be named."""
    text = (ROOT / folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in text
    assert re.findall(r'"resolved": "(?!\.\./)', text) == []
