"""The header file: its comments, its interface and its program."""

from __future__ import annotations

from collections.abc import Sequence

from lenet import __version__, engine
from lenet.datasets.records import record_of
from lenet.engine import abi
from lenet.exporters import manifest
from lenet.exporters.c import source
from lenet.exporters.c.program import Program
from lenet.exporters.ir import Graph
from lenet.models.file import Model

SIZES = {"float": 4, "uint8_t": 1}

STACK = ", 3,500 of the stack"

USE_STROKES = """    static lenet_scratch scratch;
    const double points[] = {10, 0, 10, 90, 10, 0, 60, 0, 10, 40, 50, 40};
    const int32_t lengths[] = {2, 2, 2};
    lenet_answer answer;
    if (lenet_recognise_strokes(points, lengths, 3, &scratch, &answer) > 0 &&
        answer.verdict >= LENET_UNSURE)
      puts(lenet_label(answer.best));"""

USE_IMAGE = """    static lenet_scratch scratch;
    lenet_answer answer;
    lenet_recognise_image(image, &scratch, &answer);
    if (answer.verdict >= LENET_UNSURE) puts(lenet_label(answer.best));"""


def text(graph: Graph, program: Program, facts: Sequence[str] = ()) -> str:
    """Return the header file; `facts` are paragraphs of its first comment."""
    model = graph.model
    rows, columns = graph.sides
    drawn = (rows, columns) == (engine.SIDE, engine.SIDE)
    head = source.template(
        "interface.h",
        about=_about(graph, program, facts, drawn),
        name=source.string(graph.name),
        digest=manifest.digest(model),
        rows=rows,
        columns=columns,
        classes=len(model.labels),
        max_entropy=_threshold(model.max_entropy, "10.0f"),
        min_probability=_threshold(model.min_probability, "0.0f"),
        number=program.number,
        a=program.numbers[0],
        b=program.numbers[1],
        strokes=_strokes(model) if drawn else "",
        implementation=_implementation(graph, program, drawn),
    )
    return f"{head}\n{source.comment(_end(model))}\n"


def _threshold(value: float | None, never: str) -> str:
    return f"{never} /* none was fitted */" if value is None else source.number(value)


def _implementation(graph: Graph, program: Program, drawn: bool) -> str:
    labels = graph.model.labels
    steps = "\n".join(f"  {step}" for step in program.steps)
    if "scratch" not in steps:
        steps = f"  (void)scratch;\n{steps}"
    data = "\n".join(program.data)
    return source.template(
        "program.c",
        strokes=source.template("strokes.c") if drawn else "",
        library="\n".join(source.library(name, data + steps) for name in (program.library, "softmax.c")),
        data=data,
        steps=steps,
        labels=",\n".join(f"      {source.string(label)}" for label in labels),
        label_bytes=1 + max(len(label.encode()) for label in labels),
    )


def _strokes(model: Model) -> str:
    return source.template(
        "strokes.h",
        rasterizer_version=engine.RASTERIZER_VERSION,
        pen=repr(model.pen_width),
        min_pen=abi.MIN_PEN,
        max_pen=abi.MAX_PEN,
        max_points=abi.MAX_POINTS,
        max_coordinate=f"{abi.MAX_COORDINATE}.0",
        bad_argument=int(abi.Status.BAD_ARGUMENT),
        bad_coordinate=int(abi.Status.BAD_COORDINATE),
        too_large=int(abi.Status.TOO_LARGE),
    )


def _about(graph: Graph, program: Program, facts: Sequence[str], drawn: bool) -> str:
    scratch = SIZES[program.number] * sum(program.numbers)
    paragraphs = [
        f"{source.text_in_comment(graph.name)}: a network that names one hand-drawn letter, in "
        f"{program.kind}. Written by lenet {__version__}; change the model, not this file.",
        "Use: in one file of the program",
        f'    #define LENET_IMPLEMENTATION\n    #include "{program.file}"',
        USE_STROKES if drawn else USE_IMAGE,
        "and in others the second line alone. C99 or C++; <stdint.h>, <float.h> and <math.h> with "
        "expf, logf and tanhf (-lm) are all that it needs. Nothing is allocated, and nothing "
        "written but what the caller passes. With LENET_API defined as `static inline` all of it "
        "stays in one file: so a program can hold several models.",
        f"Memory, in bytes: constants {program.bytes:,}, scratch {scratch:,}{STACK if drawn else ''}.",
        *facts,
        "SPDX-License-Identifier: MIT\nThe licence, and whose letters the network learned from, "
        "stand at the end.",
    ]
    return source.comment("\n\n".join(paragraphs))


def _end(model: Model) -> str:
    """Return the licence, and the attributions of the training data."""
    records = {name: record_of(name) for name in model.trained_on}
    lines = [record.license if record else name for name, record in records.items()]
    lines += model.training.attributions
    listed = [f"- {source.text_in_comment(line)}" for line in dict.fromkeys(lines)]
    trained = ["", "The network was trained on", "", *listed] if listed else []
    return "\n".join([source.template("licence.txt").strip(), *trained])
