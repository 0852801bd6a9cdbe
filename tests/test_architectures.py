"""Specifications: the papers' numbers, strict parsing, shapes that agree with the engine."""

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenet._core import CONV, DENSE, MAXPOOL, RELU, Layer, Network
from lenet.architectures import ARCHITECTURES, Architecture, named, parse, plan, table, tensors
from lenet.errors import LenetError

FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def spec(*layers: object, side: object = (28, 28)) -> dict[str, object]:
    return {"input": side, "layers": [*layers, {"dense": 26}]}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("holzweber2021", [208, 3_216, 33_684, 2_210]),
        ("lenet5", [156, 2_416, 48_120, 10_164, 2_210]),
    ],
)
def test_parameters_of_the_papers(name: str, counts: list[int]) -> None:
    rows = table(named(name))
    assert [count for _, _, count in rows if count] == counts
    assert ARCHITECTURES[name].parameters == sum(counts)
    assert Network(parse(named(name))).parameters == sum(counts)


def test_a_wrong_number_of_parameters_is_noticed() -> None:
    with pytest.raises(AssertionError, match="20410"):
        Architecture("x", "", spec(), 20_411)


def test_holzweber2021_in_full() -> None:
    assert table(named("holzweber2021")) == [
        ("conv1", "8 x 28 x 28", 208),
        ("relu1", "8 x 28 x 28", 0),
        ("maxpool1", "8 x 14 x 14", 0),
        ("conv2", "16 x 10 x 10", 3_216),
        ("relu2", "16 x 10 x 10", 0),
        ("maxpool2", "16 x 5 x 5", 0),
        ("dense1", "84", 33_684),
        ("relu3", "84", 0),
        ("dense2", "26", 2_210),
    ]
    assert tensors(named("holzweber2021")) == [
        ("conv1.weight", (1, 5, 5, 8)),
        ("conv1.bias", (8,)),
        ("conv2.weight", (8, 5, 5, 16)),
        ("conv2.bias", (16,)),
        ("dense1.weight", (400, 84)),
        ("dense1.bias", (84,)),
        ("dense2.weight", (84, 26)),
        ("dense2.bias", (26,)),
    ]
    assert parse(named("holzweber2021")) == (
        Layer(CONV, 8, 5, 1, 2),
        Layer(RELU),
        Layer(MAXPOOL, 2),
        Layer(CONV, 16, 5, 1, 0),
        Layer(RELU),
        Layer(MAXPOOL, 2),
        Layer(DENSE, 84),
        Layer(RELU),
        Layer(DENSE, 26),
    )


def test_stride_padding_and_odd_sizes() -> None:
    stages = plan(
        spec(
            {"conv": 3, "kernel": 3, "padding": "same", "stride": 2},  # (15 + 2 - 3) // 2 + 1
            {"maxpool": 3},
            {"conv": 2, "kernel": 2},
            side=[15, 16],
        )
    )
    assert [stage.output for stage in stages] == [(3, 8, 8), (3, 2, 2), (2, 1, 1), (26,)]


def test_the_specification_is_json() -> None:
    for architecture in ARCHITECTURES.values():
        assert json.loads(json.dumps(architecture.spec)) == architecture.spec


def test_an_unknown_name_is_told_the_known() -> None:
    with pytest.raises(LenetError, match="did you mean lenet5"):
        named("lenet-5")


BAD = {
    "no object": (7, "exactly"),
    "no layers": ({"input": [28, 28]}, "exactly"),
    "more keys": ({**spec(), "name": "x"}, "exactly"),
    "input": (spec(side=28), "rows, columns"),
    "three sides": (spec(side=[28, 28, 1]), "rows, columns"),
    "side 0": (spec(side=[28, 0]), "1..512"),
    "side 513": (spec(side=[513, 28]), "1..512"),
    "side true": (spec(side=[True, 28]), "1..512"),
    "side 28.0": (spec(side=[28.0, 28]), "1..512"),
    "no list": ({"input": [28, 28], "layers": {"dense": 26}}, "list of 1 to 32"),
    "none": ({"input": [28, 28], "layers": []}, "list of 1 to 32"),
    "many": (spec(*[{"relu": {}}] * 32), "list of 1 to 32"),
    "word": (spec("relu"), "layer 1: must be an object"),
    "unknown": (spec({"relu": {}}, {"dropout": 0.5}), "layer 2: must be an object"),
    "two": (spec({"relu": {}, "maxpool": 2}), "layer 1: must be an object"),
    "unknown key": (spec({"maxpool": 2, "stride": 2}), "layer 1: maxpool takes only"),
    "dilation": (spec({"conv": 2, "kernel": 3, "dilation": 2}), "layer 1: conv takes only"),
    "relu 0": (spec({"relu": 0}), "layer 1: write"),
    "no kernel": (spec({"conv": 2}), 'layer 1: "kernel"'),
    "kernel 16": (spec({"conv": 2, "kernel": 16}), "1..15"),
    "kernel true": (spec({"conv": 2, "kernel": True}), "1..15"),
    "stride 0": (spec({"conv": 2, "kernel": 3, "stride": 0}), "1..8"),
    "channels": (spec({"conv": 4_097, "kernel": 3}), "1..4096"),
    "channels long": (spec({"conv": 10**4_000, "kernel": 3}), "this value"),
    "padding 2": (spec({"conv": 2, "kernel": 5, "padding": 2}), "same"),
    "padding list": (spec({"conv": 2, "kernel": 5, "padding": []}), "same"),
    "even same": (spec({"conv": 2, "kernel": 4, "padding": "same"}), "odd kernel"),
    "large kernel": (spec({"maxpool": 7}, {"conv": 2, "kernel": 5}), "layer 2: the kernel 5"),
    "large window": (spec({"maxpool": 7}, {"maxpool": 5}), "layer 2: the window 5"),
    "conv after dense": (spec({"dense": 9}, {"conv": 2, "kernel": 1}), "layer 2: conv1"),
    "pool after dense": (spec({"dense": 9}, {"maxpool": 1}), "layer 2: maxpool1"),
    "last": ({"input": [28, 28], "layers": [{"dense": 26}, {"relu": {}}]}, "layer 2: the last"),
    "parameters": (spec(*[{"dense": 4_096}] * 6), "more than 67,108,864 parameters"),
}


@pytest.mark.parametrize(("bad", "expected"), BAD.values(), ids=BAD)
def test_refuses_what_is_no_architecture(bad: object, expected: str) -> None:
    with pytest.raises(LenetError) as caught:
        parse(bad)
    assert str(caught.value).startswith("architecture: ")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


sizes = st.integers(1, 6)
layers = st.one_of(
    st.fixed_dictionaries(
        {"conv": sizes, "kernel": sizes},
        optional={"stride": st.integers(1, 3), "padding": st.sampled_from(["same", "valid"])},
    ),
    st.just({"relu": {}}),
    st.fixed_dictionaries({"maxpool": st.integers(1, 4)}),
    st.fixed_dictionaries({"dense": sizes}),
)


@FUZZ
@given(st.lists(layers, min_size=1, max_size=6), st.integers(1, 20), st.integers(1, 20))
def test_the_engine_agrees_on_what_fits(chain: list[object], height: int, width: int) -> None:
    spec = {"input": [height, width], "layers": chain}
    try:
        parsed = parse(spec)
    except LenetError as error:
        assert "odd kernel" in str(error) or not _fits(chain, height, width)  # noqa: PT017
        return
    network = Network(parsed, height, width)
    assert network.parameters == sum(math.prod(tensor.shape) for tensor in tensors(spec))
    assert network.classes == chain[-1]["dense"]


def _fits(chain: list[dict[str, int]], height: int, width: int) -> bool:
    """Whether the engine plans it, without this module's arithmetic."""
    kinds = {"conv": CONV, "relu": RELU, "maxpool": MAXPOOL, "dense": DENSE}
    packed = []
    for entry in chain:
        kind = next(key for key in entry if key in kinds)
        kernel = entry.get("kernel", 0)
        padding = kernel // 2 if entry.get("padding") == "same" else 0
        size = 0 if kind == "relu" else entry[kind]
        packed.append(Layer(kinds[kind], size, kernel, entry.get("stride", 1), padding))
    try:
        Network(packed, height, width)
    except LenetError:
        return False
    return True


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["conv", "kernel", "relu", "dense", "input"]), inner)
    ),
)


@FUZZ
@given(values, values)
def test_anything_is_parsed_or_refused(side: object, chain: object) -> None:
    try:
        parse({"input": side, "layers": chain})
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017
