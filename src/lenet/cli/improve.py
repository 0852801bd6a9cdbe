"""`lenet improve`: a better model from collected letters, with proof."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.cli.arguments import DATASET_HELP, UsageError, add_model, integer, real
from lenet.cli.progress import note, progress_bar
from lenet.engine.abi import MAX_THREADS

if TYPE_CHECKING:
    from lenet.improve.run import Result

EPILOG = f"""examples:
  lenet improve letters.jsonl.gz --model modern-s --reference mine.npz --out better
  lenet improve letters.jsonl.gz --model runs/first/model.safetensors --data emnist:letters \\
    --reference mine.npz theirs.npz --out better --sign ~/.ssh/id_ed25519
  lenet improve --verify better --allowed-signers signers --identity me@example.org

The new model is written only if it is better on new people's letters, and not worse on the references;
otherwise the exit status is 1, and the report says why.

{DATASET_HELP}"""

DEFAULT_MARGIN_POINTS = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet improve`."""
    parser.add_argument(
        "export",
        nargs="?",
        type=Path,
        metavar="EXPORT",
        help="letters of `lenet collect export`, with the manifest beside them",
    )
    add_model(parser)
    parser.add_argument(
        "--reference",
        nargs="+",
        default=[],
        metavar="DATASET",
        help="data sets on which the new model must not be worse; they are not trained on",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for report.html, report.json and model.safetensors"
    )
    parser.add_argument(
        "--json", action="store_true", help="print report.json, or the result of --verify, as one line"
    )
    _add_training(parser)
    _add_proof(parser)


def _add_training(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("training")
    group.add_argument(
        "--data",
        nargs="+",
        default=["font-letters"],
        metavar="DATASET",
        help="base data that are trained on, too: the model's training data, as far as they are here "
        "(default: font-letters)",
    )
    group.add_argument(
        "--withdrawn",
        type=Path,
        metavar="FILE",
        help="newer list of withdrawn contributions (`lenet collect export --withdrawn`); an older export is "
        "refused (default: the export's manifest)",
    )
    group.add_argument(
        "--epochs", type=integer(1, 100_000), metavar="N", help="number of epochs (default: the model's)"
    )
    group.add_argument(
        "--from-scratch", action="store_true", help="start from random weights, not from the model's"
    )
    group.add_argument(
        "--seed",
        type=integer(0, 2**32 - 1),
        default=0,
        metavar="N",
        help="random seed; the same seed and data give the same bytes (default 0)",
    )
    group.add_argument(
        "--threads",
        type=integer(1, MAX_THREADS),
        default=min(MAX_THREADS, os.cpu_count() or 1),
        metavar="N",
        help="number of threads; the result does not depend on it (default: all cores)",
    )


def _add_proof(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("gate and proof")
    group.add_argument(
        "--margin",
        type=real(0, 100),
        default=DEFAULT_MARGIN_POINTS,
        metavar="POINTS",
        help="greatest loss of accuracy, in percentage points, that the references need not exclude "
        f"(default {DEFAULT_MARGIN_POINTS:g})",
    )
    group.add_argument(
        "--sign", type=Path, metavar="KEY", help="SSH key that signs report.json, as report.json.sig"
    )
    group.add_argument(
        "--verify", type=Path, metavar="DIR", help="verify an earlier result: its digests and its signature"
    )
    group.add_argument(
        "--allowed-signers",
        type=Path,
        metavar="FILE",
        help="with --verify: who may sign, as ssh-keygen's ALLOWED SIGNERS describes",
    )
    group.add_argument("--identity", metavar="NAME", help="with --verify: the signer in that file")


def run(args: argparse.Namespace) -> int:
    """Improve a model, or verify an earlier result; return 1 if the gate refuses the new model."""
    if args.verify:
        return _verify(args)
    _check(args)
    from lenet.improve.run import improve
    from lenet.improve.types import Options
    from lenet.models import DEFAULT_MODEL

    options = Options(
        export=args.export,
        model=args.model or DEFAULT_MODEL.stem,
        references=tuple(args.reference),
        data=tuple(args.data),
        seed=args.seed,
        epochs=args.epochs,
        threads=args.threads,
        margin=args.margin / 100,
        from_scratch=args.from_scratch,
        withdrawn=args.withdrawn,
        sign=args.sign,
    )
    return _print(improve(options, args.out, _stages), json_line=args.json)


def _check(args: argparse.Namespace) -> None:
    """Raise UsageError if an argument is missing, or belongs to --verify."""
    required = {"EXPORT": args.export, "--reference": args.reference, "--out": args.out}
    if missing := [name for name, value in required.items() if not value]:
        raise UsageError(f"{missing[0]}: is missing; see lenet improve --help")
    if args.allowed_signers or args.identity:
        raise UsageError("--allowed-signers and --identity: check a signature; give --verify DIR, too")


@contextmanager
def _stages(name: str, total: int | None = None) -> Iterator[Callable[[int], object]]:
    """Show a stage on a terminal."""
    with note(name) if total is None else progress_bar(desc=name, total=total) as bar:
        yield bar.update


def _print(result: Result, *, json_line: bool) -> int:
    """Print the decision; return the exit status."""
    import json

    gate = result.report.gate
    if json_line:
        print(json.dumps(json.loads(result.content)))
    else:
        for one in gate.sets:
            low, high = 100 * one.difference.low, 100 * one.difference.high
            print(
                f"{one.name}: accuracy {one.baseline_accuracy:.2%} -> {one.accuracy:.2%} "
                f"({100 * one.difference.value:+.2f} points, 95 % interval {low:+.2f} to {high:+.2f}; "
                f"{one.test.n:,} letters): {one.outcome}"
            )
    if result.model is None:
        print(f"lenet: refused: {gate.reasons[0]}; see {result.page}", file=sys.stderr)
        return 1
    if not json_line:
        print(f"wrote {result.model} and {result.page}")
    return 0


def _verify(args: argparse.Namespace) -> int:
    """Verify an earlier result; print what was checked."""
    import json

    from lenet.improve.verify import Signer, verify

    if bool(args.allowed_signers) != bool(args.identity):
        raise UsageError("--allowed-signers and --identity: belong together; give both")
    signer = Signer(args.allowed_signers, args.identity) if args.identity else None
    verified = verify(args.verify, signer)
    if args.json:
        lists = {"checked": list(verified.checked), "unchecked": list(verified.unchecked)}
        print(json.dumps({"passed": verified.passed, **lists}))
        return 0
    for line in verified.checked:
        print(line)
    for line in verified.unchecked:
        print(f"not checked: {line}")
    print("the gate passed" if verified.passed else "the gate refused the new model")
    return 0
