"""The rooms of web/src: which may import which, and no circle of imports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest

from repository import ROOT

SOURCE = ROOT / "web" / "src"

# A room imports itself and the rooms before it. docs/architecture.md has the same order.
ORDER = [
    "i18n",
    "engine",
    "model",
    "ink",
    "dataset",
    "training",
    "storage",
    "server",
    "segmentation",
    "ui",
    "features",
    "offline",
    "entries",
]

IMPORT = re.compile(r'\b(?:from|import)\b\s*\(?\s*"(\.{1,2}/[^"?]+)')
WORKER = re.compile(r'\bnew URL\("(\.{1,2}/[^"]+)", import\.meta\.url\)')
GLOB = re.compile(r"\bimport\.meta\.glob\b.*")
GLOBBED = re.compile(r'"(\.{1,2}/[^"]+)"')


def resolve(importer: str, target: str) -> PurePosixPath:
    """The path of an import below web/src; it begins with ".." outside."""
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / target).parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)


def imported(source: Path, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Pairs of modules below `source`, the importing one first, without imports from elsewhere."""
    for path in sorted(source.rglob("*.ts")):
        name = path.relative_to(source).as_posix()
        text = path.read_text(encoding="utf-8")
        for target in pattern.findall(text):
            place = resolve(name, target)
            if place.parts[0] == "..":
                continue
            stem = re.sub(r"\.js$", ".ts", place.as_posix())
            file = next((f for f in (stem, f"{stem}.ts", f"{stem}.d.ts") if (source / f).is_file()), None)
            if file is not None:  # the compiler holds that imports resolve; the rest is text
                yield name, file


def violations(source: Path) -> list[str]:
    """Imports that the order of the rooms forbids, as text."""
    pairs = [*imported(source, IMPORT), *imported(source, WORKER)]
    actual = []
    for importer, module in pairs:
        own, other = (PurePosixPath(name).parts for name in (importer, module))
        late = ORDER.index(other[0]) > ORDER.index(own[0])
        across = own[0] == other[0] == "features" and own[1] != other[1]
        if late or across:
            actual.append(f"{importer} imports {module}")
    return actual


def circle(source: Path) -> list[str]:
    """Modules of a circle of imports, in their order; empty without one."""
    graph: dict[str, set[str]] = {}
    for importer, module in imported(source, IMPORT):
        graph.setdefault(importer, set()).add(module)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_module_lies_in_a_room() -> None:
    assert {path.name for path in SOURCE.iterdir()} == set(ORDER)


def test_rooms_import_one_way_and_features_do_not_import_features() -> None:
    assert len(list(imported(SOURCE, IMPORT))) > 300  # the patterns find what there is
    assert len(list(imported(SOURCE, WORKER))) == 3
    assert violations(SOURCE) == []


def test_no_circle_of_imports() -> None:
    assert circle(SOURCE) == []


def test_only_the_entries_find_modules_by_a_pattern() -> None:
    """Such imports are not seen above."""
    globs = {
        path.relative_to(SOURCE).as_posix(): GLOBBED.findall(line)
        for path in SOURCE.rglob("*.ts")
        for line in GLOB.findall(path.read_text(encoding="utf-8"))
    }
    assert globs == {"entries/views.ts": ["../features/*/view.ts"]}


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("i18n/x.ts", 'import type { Key } from "../ui/y";'),
        ("model/x.ts", 'export { key } from "../ui/y";'),
        ("ink/x.ts", 'const key = await import("../ui/y");'),
        ("dataset/x.ts", 'new Worker(new URL("../ui/y.ts", import.meta.url));'),
        ("features/one/x.ts", 'import {\n  key,\n} from "../two/y";'),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, module: str, line: str) -> None:
    for name, text in {module: line, "ui/y.ts": "", "features/two/y.ts": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(violations(tmp_path)) == 1
    assert circle(tmp_path) == []


def test_a_circle_is_found(tmp_path: Path) -> None:
    for name, text in {
        "a": 'import "./b";',
        "b": 'import type { C } from "./c";',
        "c": 'import("./a")',
    }.items():
        (tmp_path / f"{name}.ts").write_text(text, encoding="utf-8")
    assert set(circle(tmp_path)) == {"a.ts", "b.ts", "c.ts"}
