"""Model -> source text of a readable PyTorch module, model.py."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence

from lenet import __version__, models
from lenet.exporters.ir import TANH_HEIGHT, Graph, Shape
from lenet.models import Stage

HEAD = '''"""A LeNet for handwritten letters in PyTorch; its weights are in model.safetensors.

    from model import load

    network = load()
    network(images)  # logits, float32 (n, {classes})
    network.probabilities(images)  # float32 (n, {classes})

Images are uint8 (n, {rows}, {columns}), upright, 0 paper, 255 ink. Answer k means LABELS[k].
Written by lenet {version}: `lenet export --to torch`.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).with_name("model.safetensors")
NAME = {name}
LABELS = {labels}
# Divides the logits, so that answers are as often right as their probabilities say.
TEMPERATURE = {temperature}
'''

SCALED = """PAPER, INK = {background}, {ink}  # what the network sees of pixels 0 and 255
"""

SQUASH = f'''

def squash(x):
    """LeCun's scaled tanh."""
    return {TANH_HEIGHT} * torch.tanh(2 / 3 * x)
'''

SHARES = '''

def shares(old, new):
    """How much each of `old` pixels makes up of each of `new` equal parts of a line."""
    ends = torch.arange(new + 1, dtype=torch.float64) * old / new
    pixels = torch.arange(old, dtype=torch.float64)
    covered = torch.minimum(ends[1:, None], pixels + 1) - torch.maximum(ends[:-1, None], pixels)
    return (covered.clamp(min=0) * new / old).float()
'''

CONNECTED = '''

class ConnectedConv2d(nn.Conv2d):
    """A convolution whose output k sees those inputs that have an X in column k of a table."""

    def __init__(self, table, kernel_size, **options):
        super().__init__(len(table), len(table[0]), kernel_size, **options)
        marks = torch.tensor([[mark == "X" for mark in row] for row in table])
        self.register_buffer("marks", marks.T[:, :, None, None], persistent=False)

    def forward(self, x):
        return F.conv2d(x, self.weight * self.marks, self.bias, self.stride, self.padding)
'''

SUBSAMPLING = '''

class Subsampling(nn.Module):
    """Sums of windows, with a weight and a bias for each channel."""

    def __init__(self, channels, size):
        super().__init__()
        self.size = size
        self.weight = nn.Parameter(torch.full((channels,), 1 / size**2))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        sums = F.avg_pool2d(x, self.size, divisor_override=1)
        return sums * self.weight[:, None, None] + self.bias[:, None, None]
'''

CODES = '''

class Codes(nn.Module):
    """Minus the squared distance to each code of +-1, without what is the same for all of them."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.register_buffer("codes", torch.zeros(outputs, inputs))

    def forward(self, x):
        return 2 * x @ self.codes.T
'''

NETWORK = '''

class LeNet(nn.Module):
    """{parameters:,} parameters."""

    def __init__(self):
        super().__init__()
{parts}

    def forward(self, images):
        """Logits, float32 (n, {classes})."""
{steps}

    def probabilities(self, images):
        """A softmax of the logits, divided by the temperature."""
        return torch.softmax(self(images) / TEMPERATURE, dim=1)


def load(path=WEIGHTS):
    """The network with its weights."""
    network = LeNet()
    network.load_state_dict(load_file(path))
    return network
'''

HELPERS: dict[type[models.Layer], str] = {
    models.Tanh: SQUASH,
    models.Resize: SHARES,
    models.Subsample: SUBSAMPLING,
    models.Rbf: CODES,
}
ACTIVATIONS: dict[type[models.Layer], str] = {models.Relu: "F.relu", models.Tanh: "squash"}


def source(graph: Graph) -> str:
    """Return the text of model.py; data of the model file are in it as literals only."""
    stages = graph.model.spec.stages
    rows, columns = graph.sides
    text = HEAD.format(
        classes=len(graph.model.labels),
        rows=rows,
        columns=columns,
        version=__version__,
        name=_literal(graph.name),
        labels=_literal(graph.model.labels),
        temperature=graph.model.temperature,
    )
    if isinstance(scale := stages[0].layer, models.Scale):
        text += SCALED.format(background=float(scale.low), ink=float(scale.high))
    tables = {stage.name: table for stage in stages if (table := _connections(stage.layer))}
    text += "".join(_table(name, table) for name, table in tables.items())
    kinds = {type(stage.layer) for stage in stages}
    text += "".join(helper for kind, helper in HELPERS.items() if kind in kinds)
    if tables:
        text += CONNECTED
    return text + NETWORK.format(
        parameters=len(graph.model.parameters),
        classes=len(graph.model.labels),
        parts=_indented(_parts(stages, (1, rows, columns))),
        steps=_indented(_steps(stages, (1, rows, columns))),
    )


def _literal(text: str) -> str:
    """Return a Python string literal in ASCII, on one line."""
    return json.dumps(text) if text.isascii() else ascii(text)


def _connections(layer: models.Layer) -> tuple[str, ...] | None:
    """Return the connection table of a convolution, if it has one."""
    return layer.table if isinstance(layer, models.Conv) else None


def _table(name: str, rows: Sequence[str]) -> str:
    lines = [f'    "{row}",\n' for row in rows]
    return f"{name.upper()}_TABLE = [\n{''.join(lines)}]\n"


def _indented(lines: Iterator[str]) -> str:
    return "\n".join(f"{8 * ' '}{line}" for line in lines)


def _parts(stages: Sequence[Stage], shape: Shape) -> Iterator[str]:
    """Yield the lines of __init__, for an input of `shape`."""
    for stage in stages:
        name, layer = stage.name, stage.layer
        match layer:
            case models.Resize():
                for axis, side in zip(("rows", "columns"), shape[1:], strict=True):
                    value = f"shares({side}, {layer.side})"
                    yield f'self.register_buffer("{name}_{axis}", {value}, persistent=False)'
            case models.Conv():
                yield f"self.{name} = {_convolution(name, layer, shape[0])}"
                if layer.bias == "unit":
                    sides = ", ".join(map(str, stage.output))
                    yield f"self.{name}_bias = nn.Parameter(torch.zeros({sides}))"
            case models.Subsample():
                yield f"self.{name} = Subsampling({shape[0]}, {layer.window})"
            case models.Dense() | models.Rbf():
                value = "nn.Linear" if isinstance(layer, models.Dense) else "Codes"
                inputs = " * ".join(map(str, shape))
                yield f"self.{name} = {value}({inputs}, {layer.out_channels})"
        shape = stage.output


def _convolution(name: str, layer: models.Conv, channels: int) -> str:
    options = [f"stride={layer.stride}"] if layer.stride > 1 else []
    if layer.pad and layer.pad_value == 0:
        options += [f"padding={layer.pad}"]
    if layer.bias == "unit":
        options += ["bias=False"]
    more = "".join(f", {option}" for option in options)
    if layer.table:
        return f"ConnectedConv2d({name.upper()}_TABLE, {layer.kernel}{more})"
    return f"nn.Conv2d({channels}, {layer.out_channels}, {layer.kernel}{more})"


def _steps(stages: Sequence[Stage], shape: Shape) -> Iterator[str]:
    """Yield the lines of forward, with shapes; an activation shares a line with its layer."""
    step = "images[:, None] / 255"
    if isinstance(stages[0].layer, models.Scale):
        step = f"PAPER + (INK - PAPER) * {step}"
        stages = stages[1:]
    for stage in stages:
        if type(stage.layer) in ACTIVATIONS:
            step = f"{ACTIVATIONS[type(stage.layer)]}({step})"
            continue
        yield f"x = {step}  # {_shape(shape)}"
        yield from _before(stage.layer, shape)
        step = _step(stage)
        shape = stage.output
    yield f"return {step}"


def _before(layer: models.Layer, shape: Shape) -> Iterator[str]:
    if isinstance(layer, models.Conv) and layer.pad and layer.pad_value:
        sides = ", ".join(4 * [str(layer.pad)])
        yield f"x = F.pad(x, ({sides}), value={float(layer.pad_value)})"
    if isinstance(layer, models.Dense | models.Rbf) and len(shape) == 3:
        yield f"x = x.flatten(1)  # {_shape((math.prod(shape),))}"


def _step(stage: Stage) -> str:
    """Return the expression of a layer on x."""
    name, layer = stage.name, stage.layer
    if isinstance(layer, models.Resize):
        return f"self.{name}_rows @ x @ self.{name}_columns.T"
    if isinstance(layer, models.MaxPool):
        return f"F.max_pool2d(x, {layer.window})"
    if isinstance(layer, models.Conv) and layer.bias == "unit":
        return f"self.{name}(x) + self.{name}_bias"
    return f"self.{name}(x)"


def _shape(shape: Shape) -> str:
    return f"(n, {', '.join(map(str, shape))})"
