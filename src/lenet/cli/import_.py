"""`lenet import`: another program's model as one of ours."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.cli.arguments import PEN_WIDTH
from lenet.engine.abi import DEFAULT_PEN
from lenet.importers.registry import READERS

if TYPE_CHECKING:
    from typing import Any

    from lenet.importers.importer import Imported

SUMMARY = "Import a model of another program."
_READERS_HELP = "\n".join(f"  {about}" for about in READERS.values())
EPILOG = f"""examples:
  lenet import tfjs/ --out model.safetensors
  lenet import emnist.h5 --out model.safetensors --orientation transposed
  lenet import model.onnx --out model.safetensors --input=-1..1
  lenet import state.safetensors --arch lenet5-relu --drop-first --out model.safetensors

formats, recognized by a file's first bytes:
{_READERS_HELP}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet import`."""
    parser.add_argument(
        "file", type=Path, metavar="FILE|FOLDER", help="model file, or folder with model.json"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="model file to write")
    parser.add_argument(
        "--arch",
        metavar="NAME|FILE",
        help="for state dicts: architecture of the weights, by name or as a specification in JSON "
        "(docs/reference/importing.md)",
    )
    parser.add_argument(
        "--input",
        type=_range,
        metavar="LOW..HIGH",
        help="input values for pixels 0 and 255, such as 0..255, or --input=-1..1 (default: from "
        "the model's first layer, else 0..1)",
    )
    parser.add_argument(
        "--invert", action="store_true", help="the model was trained on dark letters on a light ground"
    )
    parser.add_argument(
        "--orientation",
        choices=["upright", "transposed", "emnist"],
        default="upright",
        metavar="NAME",
        help="orientation of its training images: upright (default), or transposed = emnist, rows "
        "and columns exchanged as in EMNIST's files",
    )
    parser.add_argument(
        "--labels",
        default="",
        metavar="TEXT",
        help="class of each output, one character each (default: A to Z for 26 outputs, 0 to 9 for 10)",
    )
    parser.add_argument(
        "--drop-first",
        action="store_true",
        help="remove the first output, which is unused where labels begin with 1, as EMNIST's do",
    )
    parser.add_argument(
        "--pen-width",
        type=PEN_WIDTH,
        metavar="X",
        help=f"pen width used at inference, a fraction of a drawing's longer side (default {DEFAULT_PEN})",
    )


def _range(text: str) -> tuple[float, float]:
    low, dots, high = text.partition("..")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (0.0, 0.0)
    if not dots or not 0 < abs(ends[1] - ends[0]) < 1e6 or not max(map(abs, ends)) < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range, such as 0..1, 0..255 or -1..1")
    return ends


def run(args: argparse.Namespace) -> int:
    """Write the model; print its format, layers and what was changed."""
    from lenet.importers import ImportOptions, import_model
    from lenet.ink import Orientation
    from lenet.models import save_model

    options = ImportOptions(
        labels=args.labels,
        drop_first=args.drop_first,
        input_range=args.input,
        invert=args.invert,
        orientation=Orientation(args.orientation),
        pen_width=args.pen_width,
        architecture=_specification(args.arch) if args.arch else None,
    )
    imported = import_model(args.file, options)
    save_model(args.out, imported.model)
    _describe(args.file, args.out, imported)
    return 0


def _describe(file: Path, out: Path, imported: Imported) -> None:
    from lenet.models import layer_table

    model = imported.model
    low, high = imported.input_range
    print(f"{file}: {imported.format}, input {low:g}..{high:g}")
    for note in imported.notes:
        print(f"  {note}")
    for name, shape, count in layer_table(model.spec):
        print(f"{name:<12} {shape:<16} {f'{count:,}' if count else '':>9}".rstrip())
    print(f"wrote {out}: {len(model.parameters):,} parameters, outputs {model.labels}")
    print("next:")
    print(f"  lenet evaluate --model {out} --data font-letters")
    print(f"  lenet serve --model {out}")


def _specification(name: str) -> dict[str, Any]:
    """Return a specification by its name or from a file."""
    from lenet._util.bounded import MAX_JSON, from_json, read_bytes
    from lenet.errors import ModelFileError
    from lenet.models import ARCHITECTURES, get_spec

    if name in ARCHITECTURES or not Path(name).is_file():
        return get_spec(name).to_json()
    spec = from_json(read_bytes(Path(name), limit=MAX_JSON), name)
    if not isinstance(spec, dict):
        raise ModelFileError(f'{name}: must be an object with "input" and "layers"')
    return spec
