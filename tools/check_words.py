"""Check that prose and identifiers use the field's words (docs/glossary.md): part of `make lint`.

Prose is Markdown, comments, docstrings, the English texts of the page, the text of report templates, and in
Python the texts of `--help` and of errors.

python tools/check_words.py             # every file that git tracks
python tools/check_words.py docs/*.md   # these files
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

PHRASES = {
    r"\bis no (?!longer|more|less)": 'write "is not a"',
    r"\bwhom\b": "name the person or thing",
    r"\bso many\b": "name the number",
    r"\bbut for\b": 'write "except"',
    r"\bas [\w.`]+ (?:has|have) it\b": 'write "as in ..."',
    r"\b(?:that which|those that|those who|all that)\b": "name the thing",
    r"\bwhat is taken for what\b": 'write "confusion matrix"',
    r"\bletters? held out\b": 'write "validation set"',
}
"""Phrases that a reader has to read twice, and the remedy. Case does not matter."""

SPELLINGS = {
    r"\bcolor": "colour",
    r"\bgray": "grey",
    r"\bcenter": "centre",
    r"\bbehavior": "behaviour",
    r"\bneighbor": "neighbour",
    r"\bfavor": "favour",
    r"\blabeled\b": "labelled",
    r"\blabeling\b": "labelling",
    r"\bmodeling\b": "modelling",
}
"""Spellings of other varieties of English, and the ones of this repository."""

ISE = re.compile(r"\b([A-Za-z]+)is(e|es|ed|ing|er|ers|ations?)\b")
KEEPS_ISE = re.compile(r"(?:w|v|pr|ra|o|u|exerc|prec|conc|prom|prem|expert)$|^(?:a|sun|c)?r$", re.IGNORECASE)
"""The beginning of words in "ise" that have no spelling with "ize": otherwise, noise, raise, exercise."""

OPENING = re.compile(r"^(?:What|That which|Those that|Whether|Whom|Whose)\b(?![^.]*\?)")
"""A docstring or a comment does not open with a clause as its subject."""

IDENTIFIERS = {
    "_core": "engine",
    "standing": "comparability",
    "mixed_up": "confusions_between",
    "forgiving": "accuracy_merging",
    "top_five": "top5_accuracy",
    "tempered": "apply_temperature",
    "suspicious": "find_label_issues",
    "split_validation": "train_validation_split",
    "is_in_fifth": "holdout_mask",
    "uninterrupted": "defer_interrupt",
    "replacing": "atomic_write",
    "with_outputs": "with_num_classes",
    "lenet_rate": "lenet_learning_rate",
    "lenet_order": "lenet_sample_order",
    "backstage": "dataClient",
    "keypen": "keyboardPen",
    "scrambled": "hash32",
}
"""Identifiers that were renamed, and their names now."""

VARIABLES = {"found", "said", "shown", "given", "told"}
"""Names that tell how a value came about; a variable or an argument says what it is."""

PROSE = {".py", ".ts", ".hpp", ".cpp", ".h", ".css", ".md", ".j2"}
SKIPPED = (
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "NOTICE",
    "docs/glossary.md",
    "docs/research/",
    "tools/check_words.py",
)
COMMENT = re.compile(r"(?<![:\"'\w])//+ ?(.*)|/\*+([\s\S]*?)\*/")
TEXTS = "web/src/i18n/en/"
"""The English texts of the page: prose in string literals."""
CODE = re.compile(r"```[\s\S]*?```|`[^`\n]*`")
LITERAL = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`")
MARKUP = re.compile(
    r"\{#[\s\S]*?#\}|\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}|<style[\s\S]*?</style>|<[^>]*>|`[^`\n]*`"
)
MARKED_UP = {".md", ".j2"}
SHOWN = {"help", "description", "epilog"}
"""Arguments of argparse that people read."""


class Finding(NamedTuple):
    """One place, with what is wrong and the remedy."""

    place: str
    problem: str


def python_prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments and docstrings of a Python file, each with its line number."""
    docstrings_follow = (None, tokenize.NEWLINE, tokenize.INDENT, tokenize.NL)
    previous = None
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#: ")
        elif previous in docstrings_follow and token.string.startswith(('"""', 'r"""')):
            yield token.start[0], token.string.strip('r"')
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            previous = token.type


def python_texts(text: str) -> Iterator[tuple[int, str]]:
    """Yield the texts of `--help` and of errors in a Python file, each with its line number."""
    for node in ast.walk(ast.parse(text)):
        roots: list[ast.expr] = []
        if isinstance(node, ast.Call):
            roots = [keyword.value for keyword in node.keywords if keyword.arg in SHOWN]
        elif isinstance(node, ast.Raise) and node.exc is not None:
            roots = [node.exc]
        for part in (part for root in roots for part in ast.walk(root)):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.lineno, part.value


def blanked(text: str, pattern: re.Pattern[str]) -> str:
    """Return the text with matches replaced by spaces, so that lines keep their numbers."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def page_texts(text: str) -> Iterator[tuple[int, str]]:
    """Yield the string literals of a TypeScript file of texts, each with its line number."""
    for match in LITERAL.finditer(blanked(text, COMMENT)):
        yield text.count("\n", 0, match.start()) + 1, match[1] or match[2] or match[3] or ""


def other_prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments of a C++, TypeScript or CSS file, each with its line number."""
    for match in COMMENT.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, (match[1] or match[2] or "").strip(" *\n")


def prose(name: str, text: str) -> Iterable[tuple[int, str]]:
    """Yield what people read in a file, each passage with its line number."""
    suffix = Path(name).suffix
    if suffix == ".py":
        return chain(python_prose(text), python_texts(text))
    if suffix == ".md":
        return enumerate(blanked(text, CODE).splitlines(), 1)
    if suffix == ".j2":
        return enumerate(blanked(text, MARKUP).splitlines(), 1)
    return chain(other_prose(text), page_texts(text)) if name.startswith(TEXTS) else other_prose(text)


def misspellings(passage: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield words that are spelled in another way than in the rest of the repository, with the remedy."""
    passage = blanked(passage, re.compile(r"`[^`]*`"))
    for pattern, spelling in SPELLINGS.items():
        for match in re.finditer(pattern, passage):
            yield match, f'write "{spelling}"'
    for match in ISE.finditer(passage):
        if not KEEPS_ISE.search(match[1]):
            yield match, f'write "{match[1]}iz{match[2]}"'


def variables(text: str) -> Iterator[tuple[int, str]]:
    """Yield the names that a Python file assigns, its arguments included, each with its line number."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def findings(path: Path, name: str) -> Iterator[Finding]:
    """Yield the findings of one file."""
    text = path.read_text(encoding="utf-8")
    for line, passage in prose(name, text):
        if not (path.suffix in MARKED_UP or name.startswith(TEXTS)) and OPENING.match(passage):
            yield Finding(
                f"{name}:{line}", f'opens with "{passage.split()[0]}"; the subject is the thing itself'
            )
        matches = [
            (match, remedy)
            for pattern, remedy in PHRASES.items()
            for match in re.finditer(pattern, passage, re.IGNORECASE)
        ]
        for match, remedy in chain(matches, misspellings(passage)):
            place = line + passage.count("\n", 0, match.start())
            yield Finding(f"{name}:{place}", f'"{match[0].strip()}"; {remedy}')
    if path.suffix in MARKED_UP:
        return
    if path.suffix == ".py":
        for line, variable in variables(text):
            if variable in VARIABLES:
                yield Finding(f"{name}:{line}", f"a variable {variable}; call it what it is")
    for number, code in enumerate(text.splitlines(), 1):
        if code.lstrip().startswith(("#", "//", "*")):
            continue
        for old, new in IDENTIFIERS.items():
            if re.search(rf"(?<![\w\"'-]){old}(?![\w\"'-])", code):
                yield Finding(f"{name}:{number}", f"{old} is now called {new}")


def tracked() -> list[str]:
    """Return the files that git tracks."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def main() -> int:
    """Print the findings; return 1 if there is one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="default: every file that git tracks")
    names = [name for name in parser.parse_args().files or tracked() if not name.startswith(SKIPPED)]
    wanted = [name for name in names if Path(name).suffix in PROSE and (ROOT / name).is_file()]
    problems = [finding for name in wanted for finding in findings(ROOT / name, name)]
    for finding in problems:
        print(f"{finding.place}: {finding.problem}")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
