"""Specifications: the papers' numbers, strict parsing, shapes that agree with the engine."""

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bad_specs import BAD, spec
from lenet.engine import (
    CONV,
    DENSE,
    MAXPOOL,
    RBF,
    RELU,
    RESIZE,
    SCALE,
    SUBSAMPLE,
    TANH,
    Layer,
    Network,
)
from lenet.errors import LenetError
from lenet.models import ARCHITECTURES, Spec
from repository import ROOT

FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def test_stride_padding_and_odd_sizes() -> None:
    stages = Spec.from_json(
        spec(
            {"conv": 3, "kernel": 3, "padding": "same", "stride": 2},  # (15 + 2 - 3) // 2 + 1
            {"maxpool": 3},
            {"conv": 2, "kernel": 2},
            side=[15, 16],
        )
    ).stages
    assert [stage.output for stage in stages] == [(3, 8, 8), (3, 2, 2), (2, 1, 1), (26,)]


def test_pad_value_is_read_by_its_old_name() -> None:
    layers: list[dict[str, Any]] = [
        {"conv": 2, "kernel": 3, "padding": "same", "pad_value": -0.5},
        {"dense": 26},
    ]
    new = {"input": [28, 28], "layers": layers}
    old = json.loads(json.dumps(new).replace("pad_value", "background"))
    assert Spec.from_json(old).to_json() == new
    layers[0]["background"] = -0.5
    with pytest.raises(LenetError, match="layer 1: conv takes only"):
        Spec.from_json(new)


def test_the_reference_of_layers_is_made_from_their_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "codegen"))
    import layer_reference as made

    assert made.BEGIN + made.layer_reference() + made.END in made.PAGE.read_text(encoding="utf-8")


def test_the_specification_is_json() -> None:
    for architecture in ARCHITECTURES.values():
        text = json.dumps(architecture.spec.to_json())
        assert Spec.from_json(json.loads(text)) == architecture.spec


@pytest.mark.parametrize(("bad", "expected"), BAD.values(), ids=BAD)
def test_refuses_what_is_no_architecture(bad: object, expected: str) -> None:
    with pytest.raises(LenetError) as caught:
        Spec.from_json(bad)
    assert str(caught.value).startswith("architecture: ")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


sizes = st.integers(1, 6)
layers = st.one_of(
    st.fixed_dictionaries(
        {"conv": sizes, "kernel": sizes},
        optional={
            "stride": st.integers(1, 3),
            "padding": st.sampled_from(["same", "valid"]),
            "bias": st.sampled_from(["channel", "unit"]),
            "pad_value": st.sampled_from([0, -1, 0.5]),
            "table": st.lists(st.text("X.", min_size=1, max_size=3), min_size=1, max_size=3),
        },
    ),
    st.fixed_dictionaries({"subsample": st.integers(1, 4)}),
    st.fixed_dictionaries({"resize": st.integers(1, 20)}),
    st.fixed_dictionaries({"scale": st.just([-1, 1])}),
    st.fixed_dictionaries(
        {"rbf": st.integers(1, 2), "codes": st.lists(st.text("X.", max_size=4), max_size=2)}
    ),
    st.just({"tanh": {}}),
    st.just({"relu": {}}),
    st.fixed_dictionaries({"maxpool": st.integers(1, 4)}),
    st.fixed_dictionaries({"dense": sizes}),
)


@FUZZ
@given(st.lists(layers, min_size=1, max_size=6), st.integers(1, 20), st.integers(1, 20))
def test_the_engine_agrees_on_what_fits(chain: list[dict[str, Any]], height: int, width: int) -> None:
    spec = {"input": [height, width], "layers": chain}
    try:
        parsed = Spec.from_json(spec)
    except LenetError as error:
        words = ("odd kernel", "alone", "row", "marks")  # what the engine never gets to see
        assert any(word in str(error) for word in words) or not _fits(chain, height, width)  # noqa: PT017
        return
    network = Network(parsed.engine_layers, height, width)
    assert network.parameters == sum(math.prod(tensor.shape) for tensor in parsed.tensors)
    assert network.classes == parsed.num_classes


def _fits(chain: list[dict[str, Any]], height: int, width: int) -> bool:
    """Return True if the engine accepts the layers, without the checks of lenet.models.spec."""
    kinds = {
        **{"conv": CONV, "relu": RELU, "maxpool": MAXPOOL, "dense": DENSE, "tanh": TANH},
        **{"subsample": SUBSAMPLE, "rbf": RBF, "scale": SCALE, "resize": RESIZE},
    }
    packed = []
    for entry in chain:
        kind = next(key for key in entry if key in kinds)
        kernel = entry.get("kernel", 0)
        padding = kernel // 2 if entry.get("padding") == "same" else 0
        size = 0 if kind in ("relu", "tanh", "scale") else entry[kind]
        marks = "".join(entry.get("table", entry.get("codes", [])))
        more: dict[str, Any] = {"table": bytes(mark == "X" for mark in marks)}
        more["biases"] = int(entry.get("bias") == "unit")
        packed.append(Layer(kinds[kind], size, kernel, entry.get("stride", 1), padding, **more))
    try:
        Network(packed, height, width)
    except LenetError:
        return False
    return True


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["conv", "kernel", "relu", "dense", "table", "scale", "rbf", "codes"]),
            inner,
        )
    ),
)


@pytest.mark.slow
@FUZZ
@given(values, values)
def test_anything_is_parsed_or_refused(side: object, chain: object) -> None:
    try:
        Spec.from_json({"input": side, "layers": chain})
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017
