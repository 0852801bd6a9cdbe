"""Check the subject of a commit message; pre-commit calls it with the message's file.

python tools/commit_subject.py .git/COMMIT_EDITMSG
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

LIMIT = 100  # characters
SUBJECT = re.compile(r"[a-z][a-z0-9 _.,/-]*: [A-Za-z0-9`_].*[^.\s]")
WRITTEN_BY_GIT = re.compile(r"(Merge|Revert|fixup!|squash!|amend!) ?")


def problem(message: str) -> str | None:
    """Return why the message's first line is not a valid subject, or None if it is.

    Args:
        message: the whole commit message.
    """
    subject = message.split("\n", 1)[0]
    if WRITTEN_BY_GIT.match(subject):
        return None
    if len(subject) > LIMIT:
        return f"{len(subject)} characters; at most {LIMIT}"
    if not SUBJECT.fullmatch(subject):
        return "not of the form `area: imperative`, without a full stop"
    return None


def main() -> int:
    """Print the problem, if there is one; return the exit status."""
    message = problem(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if message:
        print(f"commit subject: {message}; see CONTRIBUTING.md", file=sys.stderr)
    return 1 if message else 0


if __name__ == "__main__":
    sys.exit(main())
