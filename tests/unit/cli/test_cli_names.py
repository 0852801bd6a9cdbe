"""The command line: old names of commands and options work for one more version."""

from __future__ import annotations

import argparse
import re

import pytest

import lenet
from lenet.cli.main import ALIASES, ALL_COMMANDS, Entry, main, parser
from lenet.cli.renamed import RENAMED, Renamed, with_new_names

REQUIRED = {
    "": [],
    "train": ["--out", "run"],
    "evaluate": ["--data", "x"],
    "data fetch": ["emnist"],
    "import": ["x", "--out", "y"],
}
VALUES = {"--train-pen-width": ["0.1", "0.2"], "--class-balance": ["0.5"], "--distillation-alpha": ["0.5"]}
FLAGS = {"--no-aug", "--stroke-jitter", "--no-verify"}


def arguments(row: Renamed, spelling: str) -> list[str]:
    """A whole command with the option in one spelling."""
    first, *more = spelling.split()
    option = row.new.split()[0]
    takes_none = " " in row.new or option in FLAGS or not option.startswith("-")
    values = [] if takes_none else VALUES.get(option, ["1"])
    return [*row.command.split(), first, *more, *values, *REQUIRED[row.command]]


@pytest.mark.parametrize("row", RENAMED, ids=lambda row: f"{row.command} {row.old}".strip())
def test_an_old_name_is_the_new_one_with_a_warning(row: Renamed) -> None:
    words, warnings = with_new_names(arguments(row, row.old))
    assert parser().parse_args(words) == parser().parse_args(arguments(row, row.new))
    program = f"lenet {row.command}".strip()
    assert warnings == [f"{program}: {row.old} is now {row.new}; the old name goes in the next version"]
    assert with_new_names(arguments(row, row.new)) == (arguments(row, row.new), [])


def test_the_parser_does_not_know_the_old_names() -> None:
    known: dict[str, set[str]] = {}
    for name, entry in ALL_COMMANDS.items():
        sub = argparse.ArgumentParser()
        entry.load().add_arguments(sub)
        known[name] = {option for action in sub._actions for option in action.option_strings}
    for row in RENAMED:
        if row.command in known and " " not in row.old:
            assert row.old not in known[row.command]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["--rate=0.1"], ["--lr=0.1"]),
        (["--recipe=plain"], ["--recipe", "default", "--no-aug"]),
        (["--recipe", "holzweber2021"], ["--recipe", "holzweber2021"]),
        (["--data", "best", "--batch", "8"], ["--data", "best", "--batch-size", "8"]),
        (["--data", "x", "--", "--rate"], ["--data", "x", "--", "--rate"]),
        (["--batch-size", "8"], ["--batch-size", "8"]),
    ],
)
def test_only_options_are_replaced(old: list[str], new: list[str]) -> None:
    assert with_new_names(["train", *old])[0] == ["train", *new]
    assert with_new_names(["predict", *old]) == (["predict", *old], [])


def test_a_warning_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", "--model", "holzweber2021"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("# Model card: holzweber2021\n")
    assert captured.err == "lenet: card is now model-card; the old name goes in the next version\n"


def test_draw_is_another_name_of_serve() -> None:
    assert ALIASES == {"serve": ["draw"]}
    assert parser().parse_args(["draw"]) == parser().parse_args(["serve"])


def test_the_default_architecture_is_that_of_the_default_model() -> None:
    args = parser().parse_args(["train", "--out", "run"])
    assert args.arch == lenet.load().model.training.name


def test_an_old_name_of_a_data_set_is_a_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "info", "font-letters:fifth", "font-letters:rest"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "lenet: :fifth is now :test; the old name goes in the next version",
        "lenet: :rest is now :train; the old name goes in the next version",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("predcit x.png", "lenet: predcit: no such command; did you mean predict?"),
        ("Train --out x", "lenet: Train: no such command; did you mean train?"),
        ("sweep reprot x", "lenet sweep: reprot: no such command; did you mean report?"),
        ("sweep report x.toml --to y", "lenet sweep report: --to: no such option;"),
        ("data ftech emnist", "lenet data: ftech: no such command; did you mean fetch?"),
        ("zzz", "lenet: zzz: no such command; there are serve, draw, predict, "),
        ("--versoin", "lenet: --versoin: no such option; did you mean --version?"),
        ("train --lrr 3", "lenet train: --lrr: no such option; did you mean --lr?"),
        (
            "train --out x --orient rot90",
            "lenet train: --orient: no such option; did you mean --orientation?",
        ),
        ("evaluate --basline=x", "lenet evaluate: --basline: no such option; did you mean --baseline?"),
        ("train --qqqq", "lenet train: --qqqq: no such option;"),
        ("train --out x --lr -1", "lenet train: --lr: must be between 0 and 1000000;"),
        ("train --out x --lr nan", "lenet train: --lr: must be between 0 and 1000000;"),
        ("train --out x --epochs 0", "lenet train: --epochs: must be between 1 and 100000;"),
        ("train --out x --epochs 1.5", "lenet train: --epochs: '1.5' is not an integer;"),
        (
            "train --out x --arch modern-z",
            "lenet train: --arch: modern-z: no such architecture; did you mean",
        ),
        ("export --to pytorch x", "lenet export: --to: no format 'pytorch'; did you mean torch?"),
        ("export --to onnx,tflite x", "lenet export: --to: no format 'tflite'; did you mean litert?"),
        (
            "export --to TFLite-int8 x",
            "lenet export: --to: no format 'TFLite-int8'; did you mean litert-int8?",
        ),
    ],
)
def test_a_misspelt_word_is_told_what_is_meant(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(line.split())
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(message)
    assert output.err.count("\n") == 1


@pytest.mark.parametrize("entry", ALL_COMMANDS.values(), ids=lambda entry: entry.module)
def test_examples_of_the_help_parse_and_name_no_data_that_a_newcomer_lacks(entry: Entry) -> None:
    text = entry.load().EPILOG.replace("\\\n", " ")
    for line in text.splitlines():
        if line.startswith("  lenet "):
            parser().parse_args(line.partition(">")[0].split()[1:])
    assert not re.search("omniglot_latin|unipen_dev|sd19_letters", text)
