"""Configure Sphinx: `make docs` builds this folder into build/docs."""

from __future__ import annotations

import posixpath
import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
GENERATED = DOCS / "generated"  # ignored by git
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

sys.path.insert(0, str(ROOT / "tools" / "codegen"))
from cli_reference import cli_reference  # noqa: E402

project = PROJECT["name"]
author = "The lenet authors"
copyright = f"2026, {author}"  # noqa: A001
release = version = PROJECT["version"]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["README.md"]
default_role = "code"
suppress_warnings = ["myst.header"]  # generated tables begin below level 1

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # the notebook is committed with its outputs
nb_output_stderr = "remove"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # fields are documented once

html_theme = "furo"
html_title = f"lenet {release}"
html_theme_options = {
    "source_repository": PROJECT["urls"]["Homepage"],
    "source_branch": "main",
    "source_directory": "docs/",
}


def generate_sources() -> None:
    """Write the pages that are made at build time: the command line and the notebook."""
    GENERATED.mkdir(exist_ok=True)
    (GENERATED / "cli.md").write_text(cli_reference(), encoding="utf-8")
    shutil.copy(ROOT / "notebooks" / "lenet_emnist_letters.ipynb", GENERATED / "notebook.ipynb")


def link_to_repository(app: Sphinx, docname: str, source: list[str]) -> None:
    """Point links that leave docs/ to the repository, where the site has no page for them."""
    folder = posixpath.join("docs", posixpath.dirname(docname))

    def absolute(match: re.Match[str]) -> str:
        path, _, anchor = match[1].partition("#")
        target = posixpath.normpath(posixpath.join(folder, path))
        if target.startswith("docs/") or not (ROOT / target).exists():
            return match[0]
        kind = "tree" if (ROOT / target).is_dir() else "blob"
        url = f"{PROJECT['urls']['Homepage']}/{kind}/main/{target}"
        return f"]({url}#{anchor})" if anchor else f"]({url})"

    source[0] = re.sub(r"\]\((\.\./[^)\s]+)\)", absolute, source[0])


def list_names(app: Sphinx, kind: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Turn a docstring's aligned lines `name  meaning` into a list."""
    listed: list[str] = []
    column = 0  # where the meanings begin; 0 outside of a table
    for line in (line.replace("|", "\\|") for line in lines):  # absolute values, not substitutions
        match = re.match(r"(\w[\w, ]*?) {2,}(?=\S)", line)
        if not match and column:
            match = re.match(rf"(\w{{{column - 1}}}) (?=\S)", line)
        if match:
            if not column:
                listed.append("")
            column = match.end()
            listed.append(f"- ``{match[1]}``: {line[column:]}")
        elif column and line.startswith(" " * column):
            listed.append(f"  {line.strip()}")
        else:
            if column and line.strip():
                listed.append("")
            column = 0
            listed.append(line)
    lines[:] = listed


def setup(app: Sphinx) -> None:
    """Connect the hooks; Sphinx calls it."""
    generate_sources()
    app.connect("autodoc-process-docstring", list_names, priority=100)
    app.connect("source-read", link_to_repository)
