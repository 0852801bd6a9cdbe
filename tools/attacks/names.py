"""Files and folders with odd names."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from attacks.outcome import Outcome, attempt
from commands import bars

NAMES = (
    *(b"a b", b" ", b"'", b'"', b"a\nb", b"a\rb", b"a\tb", b"\x1b[31mred", b"\x07", b"\xff\xfe", b"a\xe9"),
    *(name.encode() for name in ("\u00e4\u00f6\u00fc", "\u202eabc", "\ufeffa", "e\u0301", "\U0001f4a9")),
    *(b"%s", b"{}", b"{0}", b"$HOME", b"`x`", b"*", b"?", b"[a]", b"~", b"#", b"&", b";", b"|", b"<", b">"),
    *(b"\\", b"a:b", b"a:test", b"a@b", b"emnist:letters", b"font-letters", b"..a", b"...", b"a.", b".a"),
    *(b"-", b"-a", b"--help", b"0", b"NaN", b"CON", b"a" * 200, b"a.npz.gz", b"http:a", b"a=b", b"a,b"),
)


def attack(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Train on a file of each name into a folder of it, predict with it, export it and import it again."""
    letters = bars(folder)
    for name in NAMES:
        room = Path(os.fsdecode(os.fsencode(folder) + b"/room"))
        room.mkdir()
        place = b"./" + name
        shutil.copyfile(letters, os.fsencode(room) + b"/" + name + b".npz")
        printable = repr(name)[2:-1][:40]
        options = ("--epochs", 1, "--arch", "lenet5", "--batch-size", 32)
        data = place + b".npz"
        trained = attempt(f"train {printable}", room, "train", "--data", data, "--out", place, *options)
        yield _same(trained, Path(os.fsdecode(os.fsencode(room) + b"/" + name)))
        model = place + b"/model.safetensors"
        yield attempt(f"predict {printable}", room, "predict", "--model", model, data)
        yield attempt(f"export {printable}", room, "export", "--model", model, "--to", "onnx", place)
        yield attempt(
            f"import {printable}",
            room,
            "import",
            place + b"/model.onnx",
            "--labels",
            "AB",
            "--out",
            place + b".new",
        )
        shutil.rmtree(os.fsencode(room))


def _same(outcome: Outcome, out: Path) -> Outcome:
    """Check that the training wrote its model."""
    if outcome.survived and not (out / "model.safetensors").exists():
        return Outcome(outcome.name, False, "no model was written")
    return outcome
