"""`lenet import`: another program's model as one of ours."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.cli.arguments import add_orientation, pen_width
from lenet.engine.abi import DEFAULT_PEN
from lenet.importers.registry import READERS

if TYPE_CHECKING:
    from typing import Any

    from lenet.importers.importer import Imported

_READERS_HELP = "\n".join(f"  {about}" for about in READERS.values())
EPILOG = f"""examples:
  lenet import tfjs/ --out model.safetensors
  lenet import emnist.h5 --out model.safetensors --orientation transposed
  lenet import model.onnx --out model.safetensors --input=-1..1
  lenet import state.safetensors --arch lenet5-relu --labels emnist:letters --out model.safetensors

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
    add_orientation(parser, "orientation of its training images")
    parser.add_argument(
        "--labels",
        default="",
        metavar="TEXT|emnist:SPLIT",
        help="class names, one character for each output; or the order of a split of EMNIST: emnist:letters, "
        "balanced, bymerge, byclass, digits or mnist (default: A-Z for 26 outputs, 0-9 for 10, 0-9 A-Z for "
        "36, emnist:balanced for 47, emnist:byclass for 62)",
    )
    parser.add_argument(
        "--keep-outputs",
        type=_outputs,
        metavar="FIRST..LAST",
        help="outputs to keep, counted from 0; the others are removed, such as outputs that were never "
        "trained: 1..26 for EMNIST Letters, whose labels begin with 1 (default: all)",
    )
    parser.add_argument(
        "--pen-width",
        type=pen_width,
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


def _outputs(text: str) -> tuple[int, int | None]:
    ends = re.fullmatch(r"([0-9]{1,6})\.\.([0-9]{1,6})?", text)
    if not ends:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range of outputs, such as 1..26 or 1..")
    return int(ends[1]), int(ends[2]) if ends[2] else None


def run(args: argparse.Namespace) -> int:
    """Write the model; print its format, layers and what was changed."""
    from lenet.importers import ImportOptions, import_model
    from lenet.importers.trial import orientation_hint
    from lenet.labels import LETTERS
    from lenet.models import save_model

    options = ImportOptions(
        labels=args.labels,
        outputs=args.keep_outputs,
        input_range=args.input,
        invert=args.invert,
        orientation=args.orientation,
        pen_width=args.pen_width,
        architecture=_specification(args.arch) if args.arch else None,
    )
    imported = import_model(args.file, options)
    save_model(args.out, imported.model)
    _describe(args.file, args.out, imported)
    if hint := orientation_hint(args.file, options, imported.model):
        print(hint)
        commands = [f"{_command(args)} {hint.options}"]
    else:
        out = shlex.quote(str(args.out))
        has_letters = set(LETTERS) <= set(imported.model.labels)
        commands = [f"lenet evaluate --model {out} --data font-letters"] if has_letters else []
        commands.append(f"lenet serve --model {out}")
    print("next:", *commands, sep="\n  ")
    return 0


def _command(args: argparse.Namespace) -> str:
    """Return the command that was given, without --orientation and --invert."""
    words = ["lenet", "import", str(args.file), "--out", str(args.out)]
    words += ["--arch", args.arch] if args.arch else []
    words += ["--labels", args.labels] if args.labels else []
    if args.input:
        low, high = (str(end).removesuffix(".0") for end in args.input)
        words.append(f"--input={low}..{high}")  # "=", because a value may begin with "-"
    if args.keep_outputs:
        first, last = args.keep_outputs
        words += ["--keep-outputs", f"{first}..{'' if last is None else last}"]
    words += ["--pen-width", str(args.pen_width)] if args.pen_width is not None else []
    return shlex.join(words)


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
