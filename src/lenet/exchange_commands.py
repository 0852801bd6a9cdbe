"""`lenet export`: what it prints and writes."""

from __future__ import annotations

import argparse

from lenet import model_file
from lenet.datasets import load
from lenet.exporting import Exported
from lenet.exporting import export as export_model
from lenet.recognizer import model_path


def export(options: argparse.Namespace) -> int:
    """Writes a model in other formats; a line for each that says what proved it."""
    from tqdm import tqdm

    model = model_file.load(model_path(options.model))
    letters = load(options.data, pens=(model.pen, model.pen), part="test")
    with tqdm(total=len(options.to), unit="format", disable=None, leave=False) as bar:

        def progress(name: str) -> None:
            bar.set_description_str(name)

        def done(one: Exported) -> None:
            bar.update()
            bar.write(_line(one))

        export_model(model, options.to, options.folder, letters, progress, done)
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
