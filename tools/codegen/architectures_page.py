"""Writes docs/reference/architectures.md from the architectures of the package.

python tools/codegen/architectures_page.py
"""

from pathlib import Path

from lenet.models.summary import document

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "architectures.md"

if __name__ == "__main__":
    PAGE.write_text(document(), encoding="utf-8")
