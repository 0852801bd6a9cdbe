"""The networks that go by name: the papers' numbers, and that each one learns."""

import re

import numpy as np
import pytest

import reference
import reference_layers
from agreement import GRADIENT, MARGIN, make
from lenet import engine
from lenet.cli import main as cli
from lenet.errors import LenetError
from lenet.models import (
    ARCHITECTURES,
    Architecture,
    Dense,
    Spec,
    Subsample,
    get_architecture,
    get_spec,
    layer_table,
)
from lenet.models.output_codes import letter_codes
from lenet.models.summary import description, document, overview
from repository import ROOT

DOCS = ROOT / "docs" / "reference"

# The layers in each paper: shape of the output and free parameters; the total.
PAPERS = {
    "lecun1989": (
        {
            "H1": ("12 x 8 x 8", 1_068),
            "H2": ("12 x 4 x 4", 2_592),
            "H3": ("30", 5_790),
            "output": ("10", 310),
        },
        9_760,
    ),
    "lenet1": (
        {
            "H1": ("4 x 24 x 24", 104),
            "H2": ("4 x 12 x 12", 8),
            "H3": ("12 x 8 x 8", 512),
            "H4": ("12 x 4 x 4", 24),
            "output": ("10", 1_930),
        },
        2_578,
    ),
    "lenet5": (
        {
            "C1": ("6 x 28 x 28", 156),
            "S2": ("6 x 14 x 14", 12),
            "C3": ("16 x 10 x 10", 1_516),
            "S4": ("16 x 5 x 5", 32),
            "C5": ("120", 48_120),
            "F6": ("84", 10_164),
            "output": ("10", 0),
        },
        60_000,
    ),
}


@pytest.mark.parametrize("name", PAPERS)
def test_shapes_and_parameters_are_those_of_the_paper(name: str) -> None:
    layers, parameters = PAPERS[name]
    spec, names = get_spec(name).with_num_classes(10), ARCHITECTURES[name].names
    rows = {names[layer]: (shape, count) for layer, shape, count in layer_table(spec) if layer in names}
    assert rows == layers
    assert sum(count for _, count in layers.values()) == parameters
    assert engine.Network(spec.engine_layers).parameters == parameters


# Connections of 1 weight each, and 1 bias a unit: another count that the papers give.
CONNECTIONS = {
    "lecun1989": {"H1": 19_968, "H2": 38_592},
    "lenet1": {"H1": 59_904, "H2": 2_880, "H3": 32_768, "H4": 960, "output": 1_930},  # 98,442
    "lenet5": {"C1": 122_304, "S2": 5_880, "C3": 151_600, "S4": 2_000, "C5": 48_120},
}


@pytest.mark.parametrize("name", CONNECTIONS)
def test_connections_are_those_of_the_paper(name: str) -> None:
    """Each output pixel of a convolution has the map's weights once, and a bias."""
    names = ARCHITECTURES[name].names
    for stage in get_spec(name).with_num_classes(10).stages:
        if names.get(stage.name) not in CONNECTIONS[name]:
            continue
        channels, *sides = stage.output
        weights = int(np.prod(stage.tensors[0].shape))
        if isinstance(stage.layer, Subsample):
            weights *= stage.layer.window**2
        total = (weights + channels) * int(np.prod(sides)) if sides else weights + channels
        assert total == CONNECTIONS[name][names[stage.name]], stage.name


def columns(name: str) -> list[set[int]]:
    """For each map of the convolution with a table, from 0: the maps that it sees."""
    layer = next(layer for layer in get_spec(name).engine_layers if layer.table)
    return [set(np.flatnonzero(column).tolist()) for column in reference_layers.connected(layer).T]


def test_the_tables_are_those_of_the_papers() -> None:
    """Column by column, as nobody typed them into the specifications."""
    six = [{n, (n + 1) % 6, (n + 2) % 6} for n in range(6)]
    six += [{n, (n + 1) % 6, (n + 2) % 6, (n + 3) % 6} for n in range(6)]
    assert columns("lenet5") == [*six, {0, 1, 3, 4}, {1, 2, 4, 5}, {0, 2, 3, 5}, set(range(6))]
    assert columns("lenet5-softmax") == columns("lenet5")
    module = [{0}, {0, 1}, {0, 1}, {1}, {0, 1}, {0, 1}]
    assert columns("lenet1") == module + [{n + 2 for n in maps} for maps in module]
    assert [len(maps) for maps in columns("lecun1989")] == 12 * [8]


def test_the_other_networks() -> None:
    counts = {name: [c for _, _, c in layer_table(get_spec(name)) if c] for name in ARCHITECTURES}
    assert counts["holzweber2021"] == [208, 3_216, 33_684, 2_210]
    assert counts["lenet5-relu"] == [156, 2_416, 48_120, 10_164, 2_210]
    assert counts["lenet5-softmax"] == [156, 12, 1_516, 32, 48_120, 10_164, 2_210]
    assert counts["modern-s"] == [416, 4_640, 18_496, 12_336, 1_274]
    assert counts["modern-l"] == [832, 18_496, 73_856, 131_328, 6_682]
    assert counts["lecun1989"][-1] == 30 * 26 + 26
    assert counts["lenet1"][-1] == 192 * 26 + 26
    for name, each in counts.items():
        assert ARCHITECTURES[name].parameters == sum(each)


def test_holzweber2021_in_full() -> None:
    assert layer_table(get_spec("holzweber2021")) == [
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
    assert list(get_spec("holzweber2021").tensors) == [
        ("conv1.weight", (1, 5, 5, 8)),
        ("conv1.bias", (8,)),
        ("conv2.weight", (8, 5, 5, 16)),
        ("conv2.bias", (16,)),
        ("dense1.weight", (400, 84)),
        ("dense1.bias", (84,)),
        ("dense2.weight", (84, 26)),
        ("dense2.bias", (26,)),
    ]


def test_tensors_of_tables_and_unit_biases() -> None:
    assert list(get_spec("lecun1989").tensors[:4]) == [
        ("conv1.weight", (1, 5, 5, 12)),
        ("conv1.bias", (12, 8, 8)),
        ("conv2.weight", (96, 5, 5)),
        ("conv2.bias", (12, 4, 4)),
    ]
    assert list(get_spec("lenet1").tensors[2:6]) == [
        ("subsample1.weight", (4,)),
        ("subsample1.bias", (4,)),
        ("conv2.weight", (20, 5, 5)),
        ("conv2.bias", (12,)),
    ]


def test_codes_are_letters_of_7_by_12_and_no_two_alike() -> None:
    codes = letter_codes()
    assert len(set(codes)) == 26
    assert {len(code) for code in codes} == {84}
    assert [codes[11][row : row + 7] for row in (0, 70, 77)] == [
        "XX.....",
        "XXXXXXX",
        "XXXXXXX",
    ]  # L
    apart = [sum(a != b for a, b in zip(p, q, strict=True)) for p in codes for q in codes if p < q]
    assert min(apart) >= 8


def test_wrong_numbers_of_parameters_are_noticed() -> None:
    spec = Spec((28, 28), (Dense(26),))
    with pytest.raises(AssertionError, match="20410"):
        Architecture("x", "", spec, 20_411)
    with pytest.raises(AssertionError, match="7850"):
        Architecture("x", "", spec, 20_410, published=(10, 7_851))


def test_an_unknown_name_is_told_the_known() -> None:
    for function in (get_spec, get_architecture):
        with pytest.raises(LenetError, match="did you mean lenet5"):
            function("lenet-5")


def test_the_page_is_made_from_the_architectures() -> None:
    assert (DOCS / "architectures.md").read_text(encoding="utf-8") == document()


def test_what_is_printed_names_layers_and_sums() -> None:
    for name, each in ARCHITECTURES.items():
        assert f"{each.parameters:,} parameters" in overview()
        text = description(each)
        assert text.startswith(f"{name}: ")
        assert re.search(rf"^all +{each.parameters:,}$", text, re.MULTILINE)
        assert all(departure in text for departure in each.departures)


def test_the_command_lists_them_or_shows_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["architectures"]) == 0
    assert capsys.readouterr().out == overview() + "\n"
    assert cli.main(["architectures", "lenet1"]) == 0
    assert capsys.readouterr().out == description(ARCHITECTURES["lenet1"]) + "\n"
    with pytest.raises(SystemExit):
        cli.main(["architectures", "lenet-1"])
    assert "did you mean lenet1" in capsys.readouterr().err


# ---- Each one learns ------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_gradient_is_the_slope_of_the_loss(name: str) -> None:
    """Of the whole network, for some of the parameters of each tensor, by central differences."""
    layers = list(get_spec(name).engine_layers)
    case = next(
        case for case in (make(layers, 28, 28, 3, seed) for seed in range(40))
        if reference.gradient(*case, 0.1).margin > MARGIN
    )  # fmt: skip
    gradient, _ = engine.Network(layers).gradient(case.parameters, case.images, case.labels, 0.1)
    weights, step = case.parameters.astype(np.float64), 1e-7
    largest = float(np.abs(gradient).max())
    random, start = np.random.default_rng(0), 0
    for tensor in get_spec(name).tensors:
        size = int(np.prod(tensor.shape))
        for index in start + random.integers(0, size, 4):
            change = np.zeros_like(weights)
            change[index] = step
            above = reference.loss(layers, weights + change, case.images, case.labels, 0.1)
            below = reference.loss(layers, weights - change, case.images, case.labels, 0.1)
            slope = (above - below) / (2 * step)
            assert gradient[index] == pytest.approx(slope, abs=GRADIENT * largest), tensor.name
        start += size


def letters() -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (200, 28, 28) that show which of 4 labels they have, all over and noisily."""
    random = np.random.default_rng(1)
    labels = random.integers(0, 4, 200).astype(np.uint8)
    images = random.integers(0, 60, (200, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[3 + 6 * label : 8 + 6 * label, 4:24] = 230
    return images, labels


def train(name: str, threads: int) -> tuple[np.ndarray, list[float]]:
    """Weights and loss after each of 6 epochs, augmented."""
    recipe = engine.Recipe(
        optimizer=engine.ADAMW, schedule=engine.CONSTANT, batch_size=50, steps=24, learning_rate=3e-3,
        momentum=0.9, beta2=0.999, epsilon=1e-8, seed=3,
        augmentation=engine.Augmentation(shift=0.02, thin=0.2),
    )  # fmt: skip
    network = engine.Network(get_spec(name).engine_layers)
    parameters = network.initialise(5)
    moments = np.zeros(2 * network.parameters, np.float32)
    images, labels = letters()
    losses = []
    with engine.Trainer(network, recipe, threads) as trainer:
        for epoch in range(6):
            order = engine.draw_order(np.ones(200), 3, epoch, 200)
            losses.append(
                trainer.run(
                    engine.State(parameters, moments), engine.Batch(images, labels, order), 4 * epoch
                )[0]
            )
    return parameters, losses


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_it_learns_and_the_weights_do_not_depend_on_threads(name: str) -> None:
    parameters, losses = train(name, threads=1)
    assert losses[-1] < losses[0] / 2
    for threads in (2, 3):
        np.testing.assert_array_equal(train(name, threads)[0], parameters)
