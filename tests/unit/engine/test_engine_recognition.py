"""Recognition in one call: the same as rasterizing, predicting, deciding and sorting one after another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lenet import engine
from lenet.engine import DENSE, Layer, Network, PackedStrokes, Recognizer, Settings, judge, library
from lenet.errors import LenetError
from lenet.ink.packing import pack
from lenet.metrics.decision import VERDICTS
from reference_decision import Decision, decisions, entropy

TIED = [0.0, 0.125, 0.25, 0.5, 1.0]
EMPTY = Decision("empty", (), ())
EPSILON = 1e-12  # nats: within it the last bits of a logarithm decide

Drawing = list[list[tuple[float, float]]]


def decided(recognitions: Sequence[engine.RawRecognition]) -> list[Decision]:
    return [Decision(VERDICTS[verdict], classes, shares) for verdict, classes, shares in recognitions]


def network_of(classes: int, seed: int = 0) -> tuple[Network, npt.NDArray[np.float32]]:
    """Return a network whose probabilities are spread out."""
    network = Network([Layer(DENSE, out_channels=classes)])
    return network, network.initialise(seed) * np.float32(4)


thresholds = st.tuples(st.none() | st.floats(0, 1), st.none() | st.floats(0, 5))
probabilities = arrays.arrays(
    np.float32,
    st.tuples(st.integers(0, 5), st.integers(1, 62)),
    elements=st.sampled_from(TIED) | st.floats(0, 1, width=32),
)


# ---- Deciding ------------------------------------------------------------------------------------


@given(probabilities, thresholds)
@example(np.full((1, 62), 1 / 62, np.float32), (0.5, 1.0))
@example(np.eye(3, dtype=np.float32), (1.0, 0.0))
def test_deciding_agrees_with_the_oracle(
    rows: npt.NDArray[np.float32], limits: tuple[float | None, float | None]
) -> None:
    assume(limits[1] is None or (np.abs(entropy(rows) - limits[1]) > EPSILON).all())
    assert decided(engine.unpack(judge(rows, *limits))) == decisions(rows, *limits)


def test_beyond_the_candidates_there_is_no_class() -> None:
    [row] = judge(np.array([[0.25, 0.75]], np.float32))
    assert row["candidates"] == 2
    assert row["classes"].tolist() == [1, 0, -1, -1, -1]
    assert row["probabilities"].tolist() == [0.75, 0.25, 0, 0, 0]


@pytest.mark.parametrize(
    "limits", [(-0.1, None), (1.1, None), (math.nan, None), (None, -1.0), (None, math.nan)]
)
def test_thresholds_out_of_range_are_refused(limits: tuple[Any, Any]) -> None:
    with pytest.raises(LenetError, match="an argument is out of its range"):
        judge(np.eye(3, dtype=np.float32), *limits)
    network, parameters = network_of(3)
    with pytest.raises(LenetError, match="an argument is out of its range"):
        Recognizer(network, parameters, Settings(1.0, *limits, 0.17)).strokes([])


@pytest.mark.parametrize("shape", [(3,), (0, 0), (1, 0), (1, 1, 1)])
def test_probabilities_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(LenetError):
        judge(np.zeros(shape, np.float32))


# ---- Drawings ------------------------------------------------------------------------------------

coordinates = st.floats(-1e9, 1e9) | st.integers(-20, 20).map(float)
drawings = st.lists(st.lists(st.tuples(coordinates, coordinates), max_size=6), max_size=4)


def step_by_step(
    recognizer: tuple[Network, npt.NDArray[np.float32]],
    images: Sequence[npt.NDArray[np.uint8] | None],
    how: Settings,
) -> tuple[list[Decision], bool]:
    """Recognize images by a call for each step: those with ink are predicted together.

    Also returns whether no entropy lies at the threshold.
    """
    network, parameters = recognizer
    inked = [image for image in images if image is not None and image.any()]
    stack = np.array(inked, np.uint8).reshape(-1, 28, 28)
    predicted = network.predict(parameters, stack, how.temperature)
    limits = how.min_probability, how.max_entropy
    rows = iter(decisions(predicted, *limits))
    clear = limits[1] is None or bool((np.abs(entropy(predicted) - limits[1]) > EPSILON).all())
    return [next(rows) if image is not None and image.any() else EMPTY for image in images], clear


@settings(max_examples=50)
@given(
    st.lists(drawings, max_size=40), st.integers(1, 62), thresholds, st.floats(0.02, 1), st.floats(0.01, 100)
)
@example([[], [[(0, 0), (0, 9)]], [[], []], [[(1, 1)]], []], 26, (0.5, 1.0), 0.17, 1.0)
@example([[[(0, 0), (0, 9), (5, 9)]]] * 40, 3, (None, None), 0.17, 1.0)
def test_drawings_in_one_call_are_those_step_by_step(
    strokes: list[Drawing],
    classes: int,
    limits: tuple[float | None, float | None],
    pen: float,
    temperature: float,
) -> None:
    network, parameters = network_of(classes)
    how = Settings(temperature, *limits, pen)
    packed = [pack(drawing) for drawing in strokes]
    images = [engine.ink_strokes(one, pen) for one in packed]
    expected, clear = step_by_step((network, parameters), images, how)
    assume(clear)
    recognizer = Recognizer(network, parameters, how)
    assert decided(recognizer.strokes(packed)) == expected
    blank = np.zeros((28, 28), np.uint8)
    stack = np.array([blank if image is None else image for image in images], np.uint8).reshape(-1, 28, 28)
    assert decided(engine.unpack(recognizer.images(stack))) == expected


def test_equal_probabilities_keep_the_order_of_their_classes() -> None:
    network, parameters = network_of(62)
    recognizer = Recognizer(network, np.zeros_like(parameters), Settings(1.0, 0.5, None, 0.17))
    drawings = [pack([[(0, 0), (0, 9)]])] * 20
    expected = Decision("unsure", (0, 1, 2, 3, 4), (float(np.float32(1) / np.float32(62)),) * 5)
    assert decided(recognizer.strokes(drawings)) == [expected] * 20


@pytest.mark.parametrize("count", [63, 64, 65, 130, 1024])
def test_many_images_are_those_step_by_step(count: int) -> None:
    random = np.random.default_rng(count)
    images = random.integers(0, 256, (count, 28, 28), np.uint8)
    images[random.random(count) < 0.2] = 0
    of, how = network_of(26), Settings(2.0, 0.5, 2.5, 0.17)
    expected, clear = step_by_step(of, list(images), how)
    assert clear
    assert decided(engine.unpack(Recognizer(*of, how).images(images))) == expected
    assert {decision.verdict for decision in expected} == {"letter", "unsure", "not-a-letter", "empty"}


def test_no_bit_depends_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(1).integers(0, 256, (1100, 28, 28), np.uint8)
    images[::7] = 0
    recognizer = Recognizer(*network_of(26), Settings(1.0, None, None, 0.17))
    results = []
    for processors in (1, 3):
        monkeypatch.setattr("lenet.engine.network.processors", lambda n=processors: n)
        results.append(recognizer.images(images).tobytes())
    assert results[0] == results[1]


def test_threads_may_share_a_recognizer() -> None:
    recognizer = Recognizer(*network_of(26), Settings(1.0, 0.5, 1.0, 0.17))
    packed = [pack([[(0, 0), (n, 9), (5, n)]]) for n in range(100)]
    expected = [recognizer.strokes([one]) for one in packed]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert list(pool.map(lambda one: recognizer.strokes([one]), packed)) == expected


# ---- Refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "lengths", "message"),
    [
        ([0, math.nan], [1], "a coordinate is not a number"),
        ([0, 1e10], [1], "a coordinate is not a number"),
        ([0, 0], [2, -1], "an argument is out of its range"),
        ([0] * 200_002, [100_001], "too large"),
    ],
)
def test_a_wrong_drawing_among_others_is_refused(
    points: list[float], lengths: list[int], message: str
) -> None:
    recognizer = Recognizer(*network_of(3), Settings(1.0, None, None, 0.17))
    good, wrong = pack([[(0, 0), (0, 9)]]), PackedStrokes(np.array(points, np.float64).tobytes(), lengths)
    for some in ([wrong], [good, wrong], [wrong, good], [pack([]), wrong]):
        with pytest.raises(LenetError, match=message):
            recognizer.strokes(some)
    assert len(recognizer.strokes([good])) == 1


@pytest.mark.parametrize("how", [Settings(0.0, None, None, 0.17), Settings(1.0, None, None, 2.0)])
def test_settings_out_of_range_are_refused(how: Settings) -> None:
    recognizer = Recognizer(*network_of(3), how)
    with pytest.raises(LenetError, match="an argument is out of its range"):
        recognizer.strokes([pack([[(0, 0)]])])


def test_a_network_of_other_images_takes_images_alone() -> None:
    network = Network([Layer(DENSE, out_channels=3)], 8, 9)
    recognizer = Recognizer(network, network.initialise(0), Settings(1.0, None, None, 0.17))
    assert len(recognizer.images(np.ones((2, 8, 9), np.uint8))) == 2
    with pytest.raises(LenetError, match="do not fit"):
        recognizer.strokes([pack([[(0, 0)]])])
    others: list[Any] = [np.ones((2, 9, 8), np.uint8), np.ones((2, 8, 9))]
    for images in others:
        with pytest.raises(LenetError, match="images must be uint8"):
            recognizer.images(images)


def test_other_parameters_are_refused() -> None:
    network, parameters = network_of(3)
    with pytest.raises(LenetError, match="the network has"):
        Recognizer(network, parameters[1:], Settings(1.0, None, None, 0.17))


# ---- Memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [1, 3, 62])
def test_nothing_beyond_the_workspace_is_written(monkeypatch: pytest.MonkeyPatch, classes: int) -> None:
    blocks = []

    def guarded(size: int) -> npt.NDArray[np.uint8]:
        whole = library.block(size + 4096)
        whole[size:] = 0xA5
        blocks.append(whole[size:])
        return whole[:size]

    monkeypatch.setattr("lenet.engine.recognizer.block", guarded)
    recognizer = Recognizer(*network_of(classes), Settings(1.0, 0.5, 1.0, 0.17))
    assert len(recognizer.images(np.full((200, 28, 28), 7, np.uint8))) == 200
    assert len(recognizer.strokes([pack([[(0, 0), (0, 9)]])] * 200)) == 200
    assert len(blocks) == 1  # used again
    assert (blocks[0] == 0xA5).all()


def test_memory_is_lent_to_one_call_at_a_time() -> None:
    recognizer = Recognizer(*network_of(3), Settings(1.0, None, None, 0.17))
    good, wrong = pack([[(0, 0), (0, 9)]]), pack([[(0, math.inf)]])
    for _ in range(5):
        with pytest.raises(LenetError):
            recognizer.strokes([wrong])
        expected = recognizer.strokes([good])
        first, second = recognizer.strokes([good]), recognizer.strokes([pack([])])
        assert first == expected != second
