"""`lenet export`: a model in other programs' formats."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lenet._util.counts import counted
from lenet._util.suggest import did_you_mean
from lenet.cli.arguments import DATASET_HELP, add_image_layout, add_model, image_layout
from lenet.cli.progress import note, progress_bar
from lenet.errors import LenetError, MissingDependencyError
from lenet.exporters.registry import FORMATS

if TYPE_CHECKING:
    from lenet.exporters import Exported

_FORMATS_HELP = "\n".join(f"  {name:<18} {form.about}" for name, form in FORMATS.items())
EPILOG = f"""examples:
  lenet export --to onnx exports
  lenet export --model runs/first/model.safetensors --to tfjs,litert,c exports
  lenet export --model modern-l --to litert-int8 --data letters.npz exports

formats:
{_FORMATS_HELP}

{DATASET_HELP}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet export`."""
    add_model(parser)
    parser.add_argument(
        "--to",
        type=_formats,
        required=True,
        metavar="FORMAT[,FORMAT...]",
        help="formats, listed below; all: every format that the installed packages can write",
    )
    parser.add_argument(
        "--data",
        default="font-letters",
        metavar="DATASET",
        help="data set of the model's classes; its training part calibrates the 8-bit formats, its test part "
        "measures the accuracy of the 8-bit and 16-bit formats (default: font-letters)",
    )
    add_image_layout(parser)
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder for the files")


def _formats(text: str) -> list[str]:
    names = list(FORMATS) if text == "all" else list(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in FORMATS:
            hint = did_you_mean(name.lower().replace("tflite", "litert"), FORMATS)
            remedy = f"{hint} known: {', '.join(FORMATS)}".lstrip()
            raise argparse.ArgumentTypeError(f"no format {name!r}; {remedy}")
    return names


def run(args: argparse.Namespace) -> int:
    """Write the files; print a line for each with the result of its verification."""
    from lenet.datasets import Rendering, load_train_test
    from lenet.exporters import Callbacks, export
    from lenet.inference.recognizer import model_path
    from lenet.models import load_model

    model = load_model(model_path(args.model))
    with note(f"reading {args.data}"):
        rendering = Rendering((model.pen_width, model.pen_width))
        letters = load_train_test(args.data, rendering=rendering, layout=image_layout(args))
    is_all = args.to == list(FORMATS)
    errors: list[LenetError] = []
    with progress_bar(total=len(args.to), unit="format") as bar:

        def written(exported: Exported) -> None:
            bar.update()
            bar.write(_line(exported))

        def skipped(name: str, error: LenetError) -> None:
            bar.update()
            text = f"{name}: not written: {str(error).removeprefix(f'{name}: ')}"
            if is_all:
                bar.write(text)
            else:
                errors.append(type(error)(text))

        callbacks = Callbacks(bar.set_description_str, written, skipped)
        results = export(model, args.to, args.folder, letters, callbacks)
    if results:
        print(f"wrote {args.folder / 'manifest.json'}", flush=True)
    _raise_last(errors)
    return 0


def _raise_last(errors: list[LenetError]) -> None:
    """Print all errors but one, and raise that; a missing package decides the exit status."""
    errors.sort(key=lambda error: isinstance(error, MissingDependencyError))
    for error in errors[:-1]:
        print(f"lenet: {error}", file=sys.stderr)
    if errors:
        raise errors[-1]


def _line(exported: Exported) -> str:
    size = sum(path.stat().st_size for path in exported.files)
    text = f"{exported.files[0]}  {size / 1000:,.1f} kB  "
    if exported.verification is None:
        return f"{text}not verified: {exported.install_hint}"
    verification = exported.verification
    text += f"verified with {verification.runtime} on {counted(verification.images, 'image')}: "
    if verification.before is None or verification.after is None:
        return f"{text}largest difference of a probability {verification.difference:.1e}"
    return f"{text}accuracy {100 * verification.after:.2f} % (float32: {100 * verification.before:.2f} %)"
