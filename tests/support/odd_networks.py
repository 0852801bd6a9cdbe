"""Networks that nobody would train, and that every export must still say right."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from lenet import exporters
from lenet.errors import LenetError
from lenet.models import Model, ModelMetadata, Spec

SIDES = [11, 13]
_SCALES = st.sampled_from([[-1, 1], [1, -1], [0.2, 1.1], [0.5, 0.5]])
_ACTIVATIONS: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{"relu": {}}, {"tanh": {}}])
_CONVOLUTIONS = st.fixed_dictionaries(
    {"conv": st.integers(1, 3), "kernel": st.sampled_from([1, 3])},
    optional={
        "stride": st.integers(1, 2),
        "bias": st.sampled_from(["unit", "channel"]),
        "padding": st.just("same"),
        "pad_value": st.sampled_from([0, -1, 0.5]),
    },
)
_MAPS = _CONVOLUTIONS | _ACTIVATIONS | st.sampled_from([{"maxpool": 2}, {"subsample": 2}])


def _spec(scale: list[Any], resize: list[Any], maps: list[Any], rest: list[Any]) -> Spec | None:
    """None where the layers do not fit together."""
    try:
        return Spec.from_json({"input": SIDES, "layers": [*scale, *resize, *maps, *rest, {"dense": 3}]})
    except LenetError:
        return None


SPECS = st.builds(
    _spec,
    st.lists(st.builds(lambda ends: {"scale": ends}, _SCALES), max_size=1),
    st.lists(st.just({"resize": 9}), max_size=1),
    st.lists(_MAPS, max_size=5),
    st.lists(_ACTIVATIONS | st.just({"dense": 4}), max_size=2),
).filter(bool)
"""Any layers in any order."""


def graph(spec: Spec) -> exporters.Graph:
    """With weights at random, and images to ask about."""
    numbers = np.random.default_rng(3)
    weights = spec.network().initialise(7)
    weights += numbers.normal(0, 0.1, len(weights)).astype(np.float32)
    images = numbers.integers(0, 256, (5, *SIDES)).astype(np.uint8)
    model = Model(spec, weights, ModelMetadata("abc", temperature=0.4))
    return exporters.lower(model, images)
