"""`lenet export` and `lenet import`: what they print and write."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lenet._util.bounded import MAX_JSON, from_json, read_bytes
from lenet.datasets import load_train_test
from lenet.errors import LenetError
from lenet.exporters import FORMATS, Exported
from lenet.exporters import export as export_model
from lenet.importers import Wishes, import_model
from lenet.inference.recognizer import model_path
from lenet.models import ARCHITECTURES, named, table
from lenet.models import file as model_file


def export(options: argparse.Namespace) -> int:
    """Writes a model in other formats; a line for each that says what proved it."""
    from tqdm import tqdm

    model = model_file.load(model_path(options.model))
    letters = load_train_test(options.data, pens=(model.pen, model.pen))
    with tqdm(total=len(options.to), unit="format", disable=None, leave=False) as bar:

        def progress(name: str) -> None:
            bar.set_description_str(name)

        def done(one: Exported) -> None:
            bar.update()
            bar.write(_line(one))

        def missing(name: str, remedy: str) -> None:
            bar.update()
            bar.write(f"{name}: not written: {remedy}")

        everything = missing if options.to == list(FORMATS) else None
        export_model(model, options.to, options.folder, letters, progress, done, everything)
    print(f"wrote {options.folder / 'manifest.json'}")
    return 0


def _line(one: Exported) -> str:
    size = sum(path.stat().st_size for path in one.files)
    said = f"{one.files[0]}  {size / 1000:,.1f} kB  "
    if one.proof is None:
        return f"{said}not proven: {one.remedy}"
    proof = one.proof
    said += f"proven by {proof.runtime} on {proof.images:,} images: "
    if proof.before is None or proof.after is None:
        return f"{said}at most {proof.difference:.1e} off"
    return f"{said}reads {100 * proof.after:.2f} % instead of {100 * proof.before:.2f} %"


def import_(options: argparse.Namespace) -> int:
    """Writes another program's model as one of ours, and says how it became one."""
    wishes = Wishes(
        labels=options.labels,
        drop_first=options.drop_first,
        pixels=options.input,
        transposed=options.transposed,
        pen=options.pen,
        architecture=_architecture(options.arch) if options.arch else None,
    )
    imported = import_model(options.file, wishes)
    model = imported.model
    model_file.save(options.out, model)
    low, high = imported.pixels
    print(f"{options.file}: {imported.format}, pixels from {low:g} to {high:g}")
    for note in imported.notes:
        print(f"  {note}")
    for name, shape, count in table(model.architecture):
        print(f"{name:<12} {shape:<16} {f'{count:,}' if count else '':>9}".rstrip())
    print(f"wrote {options.out}: {len(model.parameters):,} parameters, outputs {model.labels}")
    print("next:")
    print(f"  lenet evaluate --model {options.out} --data glyphs")
    print(f"  lenet draw --model {options.out}")
    return 0


def _architecture(name: str) -> dict[str, Any]:
    """A specification by its name or out of a file."""
    if name in ARCHITECTURES or not Path(name).is_file():
        return named(name)
    spec = from_json(read_bytes(Path(name), limit=MAX_JSON), name)
    if not isinstance(spec, dict):
        raise LenetError(f'{name}: must be an object with "input" and "layers"')
    return spec
