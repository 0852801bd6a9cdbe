"""docs/how-to/add-a-language.md and add-a-view.md, followed in a copy of web/."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from repository import ROOT

HOW_TO = ROOT / "docs" / "how-to"
pytestmark = pytest.mark.slow

Npm = Callable[..., None]


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch) -> Npm:
    """Run npm in a folder; raise BuildError if it fails."""
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "build"))
    import build

    build.install_packages(ROOT / "web")
    if not (ROOT / "build" / "lenet.wasm").exists():
        build.build_wasm()
    return build.npm


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A copy of web/, with the built engine and the package beside it."""
    copy = tmp_path / "web"
    shutil.copytree(ROOT / "web", copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    for beside in ("build", "src"):
        (tmp_path / beside).symlink_to(ROOT / beside)
    return copy


def blocks(name: str) -> list[str]:
    """The TypeScript of a how-to."""
    text = (HOW_TO / name).read_text(encoding="utf-8")
    return re.findall(r"^```ts\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def insert(path: Path, after: str, lines: str) -> None:
    """Put lines behind the one that is `after`."""
    text = path.read_text(encoding="utf-8")
    assert text.count(f"\n{after}\n") == 1
    path.write_text(text.replace(f"\n{after}\n", f"\n{after}\n{lines}"), encoding="utf-8")


def changed(web: Path) -> set[str]:
    """Files of the copy that the original lacks or has otherwise."""
    files = {
        path.relative_to(web).as_posix(): path
        for folder in (web / "src", web / "public")
        for path in folder.rglob("*")
        if path.is_file()
    }
    return {
        name
        for name, path in files.items()
        if not (ROOT / "web" / name).exists() or path.read_bytes() != (ROOT / "web" / name).read_bytes()
    }


def test_a_language_is_one_folder_and_one_line(web: Path, npm: Npm, tmp_path: Path) -> None:
    from platforms import BuildError

    [line] = blocks("add-a-language.md")
    folder = web / "src" / "i18n" / "nl"
    shutil.copytree(web / "src" / "i18n" / "de", folder)
    insert(web / "src" / "i18n" / "languages.ts", "const ENTRIES = {", line)
    assert {re.sub(r"^src/i18n/nl/.*", "src/i18n/nl/", name) for name in changed(web)} == {
        "src/i18n/nl/",
        "src/i18n/languages.ts",
    }
    npm("exec", "--", "tsc", cwd=web)
    built = tmp_path / "built"
    npm("exec", "--", "vite", "build", "--outDir", str(built), cwd=web)
    assert list((built / "assets").glob("nl-*.js"))
    assert '<p class="problem" lang="nl">' in (built / "index.html").read_text(encoding="utf-8")
    manifest = json.loads((built / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert set(manifest["name_localized"]) == {"de", "nl"}
    # The compiler names a text that is missing.
    errors = (folder / "errors.ts").read_text(encoding="utf-8")
    (folder / "errors.ts").write_text(re.sub(r'\n  "status \{\}".*', "", errors), encoding="utf-8")
    with pytest.raises(BuildError):
        npm("exec", "--", "tsc", cwd=web)


def test_a_view_is_four_files(web: Path, npm: Npm, tmp_path: Path) -> None:
    from platforms import BuildError

    view, desk, name, texts = blocks("add-a-view.md")
    place = web / "src" / "features" / "ruler" / "view.ts"
    place.parent.mkdir()
    place.write_text(view, encoding="utf-8")
    insert(web / "src" / "ui" / "state.ts", '  draw: "letter",', desk)
    for language in ("en", "de"):
        page = web / "src" / "i18n" / language / "page.ts"
        insert(page, "  views: {", name)
        insert(page, "  navigation: " + ('"Views",' if language == "en" else '"Ansichten",'), texts)
    assert len(changed(web)) == 4
    npm("exec", "--", "tsc", cwd=web)
    built = tmp_path / "built"
    npm("exec", "--", "vite", "build", "--outDir", str(built), cwd=web)
    assert list((built / "assets").glob("ruler-*.js"))
    # A language that lacks the texts is named by the compiler.
    shutil.copyfile(ROOT / "web" / "src" / "i18n" / "de" / "page.ts", page)
    with pytest.raises(BuildError):
        npm("exec", "--", "tsc", cwd=web)
