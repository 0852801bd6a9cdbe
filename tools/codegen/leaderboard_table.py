"""Write the published results on the EMNIST Letters test into docs/reference/evaluation.md.

python tools/codegen/leaderboard_table.py
"""

from pathlib import Path

from lenet.evaluation.leaderboard import table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "evaluation.md"
BEGIN, END = "<!-- made by tools/codegen/leaderboard_table.py -->\n", "<!-- end of table -->\n"

if __name__ == "__main__":
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(before + BEGIN + table() + END + after, encoding="utf-8")
