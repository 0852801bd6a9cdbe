"""PyTorch state dicts as safetensors: weights whose layers come from an architecture.

The architecture is a specification (docs/reference/model-file.md) with four more layers:
`{"batchnorm": {}}`, `{"averagepool": 2}`, `{"plain-tanh": {}}` and `{"sigmoid": {}}`.
A convolution's weight is (out, in, rows, columns), a linear layer's (out, in),
and the first of these counts its inputs channel, row, column.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from lenet import models
from lenet._util.bounded import finite, read_bytes, shown
from lenet.errors import ModelFileError, UnsupportedError
from lenet.importers.ir import (
    Activation,
    Affine,
    Array,
    Chain,
    Convolution,
    Dense,
    Flatten,
    Pad,
    Pool,
    Step,
    batch_norm,
)
from lenet.importers.lower.chain import TANH_HEIGHT, TANH_SLOPE
from lenet.models import Spec, Stage, safetensors

FORMAT = "PyTorch state dict"
EPSILON = 1e-5  # of torch.nn.BatchNorm2d
_OURS = {"averagepool": "maxpool", "plain-tanh": "tanh", "sigmoid": "tanh"}  # of the same shape
_NORMALISED: dict[str, Any] = {"batchnorm": {}}

_FLOATS = ("F64", "F32", "F16", "BF16")
_COUNTS = ("I64", "I32")  # such as num_batches_tracked of batch normalization

Module = dict[str, Array]


def read(path: Path, architecture: Any) -> tuple[Chain, list[bytes]]:
    """Return the chain of a state dict of that architecture, and the file's bytes.

    Raise LenetError for a damaged file and for weights that are missing, left over, or of other
    shapes than the architecture's.
    """
    data = read_bytes(path)
    modules = _modules(_tensors(safetensors.parse(data)))
    steps: list[Step] = []
    input_range, channels = None, 1
    for kind, stage in _planned(architecture):
        if stage is None:
            steps.append(_normalised(kind, channels, modules))
            continue
        channels = stage.output[0]
        if isinstance(stage.layer, models.Scale):
            input_range = (float(stage.layer.low), float(stage.layer.high))
        else:
            steps += _steps(stage, kind, modules)
    if modules:
        raise UnsupportedError(
            f"weights {shown(min(modules))} that the architecture lacks; batch normalization is "
            'written {"batchnorm": {}} in it, where it stands'
        )
    rows, columns = architecture["input"]
    return Chain(FORMAT, (rows, columns), steps, input_range), [data]


def _planned(architecture: Any) -> list[tuple[str, Stage | None]]:
    """Return the kind and the stage of each layer; None for batchnorm, which keeps the shape."""
    layers = architecture.get("layers") if isinstance(architecture, dict) else None
    if not isinstance(layers, list) or not all(isinstance(layer, dict) and layer for layer in layers):
        raise ModelFileError('--arch: must be an object with "input" and "layers"')
    if absent := {"resize", "rbf"} & {key for layer in layers for key in layer}:
        raise UnsupportedError(f"--arch: PyTorch has no {min(absent)}; such a network cannot be read")
    ours = [
        {_OURS.get(key, key): value for key, value in layer.items()}
        for layer in layers
        if layer != _NORMALISED
    ]
    planned = iter(Spec.from_json({**architecture, "layers": ours}).stages)
    planned_layers: list[tuple[str, Stage | None]] = []
    for layer in layers:
        stage = None if layer == _NORMALISED else next(planned)
        kind = next((key for key in _OURS if key in layer), stage and stage.name.rstrip("0123456789"))
        planned_layers.append((kind or "batchnorm", stage))
    return planned_layers


def _tensors(contents: safetensors.Contents) -> dict[str, Array]:
    """Return the tensors of floats as float64, finite. Raise LenetError for other types."""
    for name, entry in contents.entries.items():
        if entry.dtype not in _FLOATS + _COUNTS:
            raise UnsupportedError(f"tensor {shown(name)} is {entry.dtype}; known are {', '.join(_FLOATS)}")
    names = [name for name, entry in contents.entries.items() if entry.dtype in _FLOATS]
    return {name: finite(contents.array(name), shown(name)) for name in names}


def _modules(tensors: dict[str, Array]) -> dict[str, Module]:
    """Group tensors by module: "features.0.weight" is the weight of features.0."""
    modules: dict[str, Module] = {}
    for name in sorted(tensors, key=_natural):
        module, _, kind = name.rpartition(".")
        modules.setdefault(module, {})[kind] = tensors[name]
    return modules


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts 10 after 9."""
    parts = re.split("([0-9]{1,9})", name)
    return [(int(part), "") if k % 2 else (0, part) for k, part in enumerate(parts)]


def _take(modules: dict[str, Module], place: str, weight: tuple[int | None, ...]) -> Module:
    """Remove and return the first module with a weight of this shape (None: any size).

    Only numbers in names tell the order: raise LenetError if two modules fit.
    """
    normalises = place == "batchnorm"
    fitting = [
        name
        for name, module in modules.items()
        if ("running_mean" in module) == normalises
        and (shape := module.get("weight", np.empty(())).shape)
        and len(shape) == len(weight)
        and all(size in (None, length) for size, length in zip(weight, shape, strict=True))
    ]
    words = " x ".join("?" if size is None else str(size) for size in weight)
    if not fitting:
        raise ModelFileError(f"no weights of {words} for {place}; is --arch its architecture?")
    if len({re.sub(r"[0-9]+", "", name) for name in fitting}) > 1:
        raise UnsupportedError(
            f"{shown(fitting[0])} and {shown(fitting[-1])} could both be {place}; number them"
        )
    return modules.pop(fitting[0])


def _array(module: Module, kind: str, count: int, place: str, default: float = 0.0) -> Array:
    """Return an array with one number a channel."""
    array = module.get(kind, np.full(count, default))
    if array.shape != (count,):
        raise ModelFileError(f"{place}: its {kind} has the shape {array.shape}, not ({count},)")
    return array


def _normalised(place: str, channels: int, modules: dict[str, Module]) -> Affine:
    module = _take(modules, place, (channels,))
    names = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    gamma, beta, mean, variance = (
        _array(module, name, channels, place, default) for name, default in names.items()
    )
    return batch_norm(place, gamma, beta, mean, variance, EPSILON)


def _steps(stage: Stage, kind: str, modules: dict[str, Module]) -> list[Step]:
    """Return the steps of a stage."""
    place, layer = stage.name, stage.layer
    match layer:
        case models.Conv() if layer.bias == "unit":
            raise UnsupportedError(f"--arch: {place}: PyTorch has no bias for each unit")
        case models.Conv():
            module = _take(modules, place, (layer.out_channels, None, layer.kernel, layer.kernel))
            bias = _array(module, "bias", layer.out_channels, place)
            strides, pads = (layer.stride, layer.stride), (layer.pad, layer.pad)
            around = Pad(place, (pads, pads), float(layer.pad_value))
            step = Convolution(place, module["weight"], bias, strides)
            return [around, step] if layer.pad else [step]
        case models.Dense():
            module = _take(modules, place, (layer.out_channels, None))
            bias = _array(module, "bias", layer.out_channels, place)
            return [Flatten(place, "CHW"), Dense(place, module["weight"].T, bias)]
        case models.Subsample():
            channels = stage.output[0]
            module = _take(modules, place, (channels,))
            bias = _array(module, "bias", channels, place)
            mean = Pool(place, "average", (layer.window, layer.window))
            return [mean, Affine(place, module["weight"] * layer.window**2, bias)]
        case models.MaxPool():
            return [Pool(place, "max" if kind == "maxpool" else "average", (layer.window, layer.window))]
        case models.Relu():
            return [Activation(place, "relu")]
        case _ if kind == "tanh":  # ours: 1.7159 tanh(2/3 x)
            slope, height = (np.array(TANH_SLOPE), np.array(TANH_HEIGHT))
            before, after = (Affine(place, x, np.array(0.0)) for x in (slope, height))
            return [before, Activation(place, "tanh"), after]
        case _:
            return [Activation(place, "tanh" if kind == "plain-tanh" else "sigmoid")]
