"""The figures of notebooks: what is on them, against what was put in."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from lenet import engine
from lenet.datasets import Dataset
from lenet.labels import LETTERS
from lenet.metrics import classification_metrics
from lenet.reports import plots
from lenet.training.history import Epoch, draw_history
from lenet.training.options import TrainingOptions
from lenet.training.recipes import Recipe
from lenet.training.trainer import Trainer, prepare
from made import letters

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def words(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def tile(figure: Figure, k: int) -> np.ndarray:
    """The k-th image on a figure of letters, found by where its caption stands."""
    axes = figure.axes[0]
    x, y = axes.texts[k].get_position()
    sheet = np.asarray(axes.images[0].get_array())
    return sheet[int(y) + 1 : int(y) + 29, int(x) - 14 : int(x) + 14]


def png(figure: Figure) -> Image.Image:
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return Image.open(stream)


def numbered(labels: list[int], classes: tuple[str, ...] = tuple(LETTERS)) -> Dataset:
    """Images that are all of one grey each, 1, 2, ..."""
    images = np.ones((len(labels), 28, 28), np.uint8)
    images *= np.arange(1, len(labels) + 1, dtype=np.uint8)[:, None, None]
    return Dataset(images, np.array(labels, np.uint8), ("made",), classes=classes)


def test_one_of_each_shows_each_class_that_occurs_once() -> None:
    data = letters(300)
    figure = plots.class_samples(data)
    assert words(figure) == list(LETTERS)
    for k in range(26):
        rows = np.flatnonzero(data.labels == k)
        assert any(np.array_equal(tile(figure, k), data.images[row]) for row in rows)
    some = plots.class_samples(numbered([2, 0, 2], ("x", "y", "z")))
    assert words(some) == ["x", "z"]
    assert (tile(some, 0) == 2).all()
    assert png(some).width > 500


def test_one_of_each_depends_on_the_seed_alone() -> None:
    data = letters(300)
    sheets = [np.asarray(plots.class_samples(data, seed).axes[0].images[0].get_array()) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(sheets[0], sheets[1])
    assert (sheets[0] != sheets[2]).any()


def test_the_surest_errors_come_first() -> None:
    data = numbered([0, 1, 2, 0], ("a", "b", "c"))
    shares = np.array([[0.4, 0.6, 0], [0.1, 0.9, 0], [0.75, 0, 0.25], [1, 0, 0]], np.float32)
    figure = plots.misclassified(data, shares)
    assert words(figure) == ["c as a 75%", "a as b 60%"]
    assert (tile(figure, 0) == 3).all()
    assert (tile(figure, 1) == 1).all()
    assert words(plots.misclassified(data, shares, limit=1)) == ["c as a 75%"]


def test_no_errors_are_a_blank_figure() -> None:
    data = numbered([0, 1], ("a", "b"))
    figure = plots.misclassified(data, np.eye(2, dtype=np.float32))
    assert words(figure) == []
    assert png(figure).convert("L").getextrema() == (255, 255)


def test_the_confusion_matrix_has_each_count_in_its_place() -> None:
    labels = np.array([0] * 7 + [1] * 2 + [2], np.uint8)
    answers = np.array([0] * 5 + [2] * 2 + [1] * 2 + [0])
    scores = classification_metrics(np.eye(3, dtype=np.float32)[answers], labels, ("a", "b", "c"))
    (axes,) = plots.confusion_matrix(scores).axes
    places = {text.get_position(): text.get_text() for text in axes.texts}
    assert places == {(0, 0): "5", (2, 0): "2", (1, 1): "2", (0, 2): "1"}  # (predicted, true)
    shades = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(shades, np.array([[5 / 7, 0, 2 / 7], [0, 1, 0], [1, 0, 0]]))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")


def test_the_curves_are_those_of_the_history() -> None:
    history = [Epoch(1, 0.1, 2.0, 0.3, 2.1, 0.2), Epoch(2, 0.1, 1.0, 0.6, 1.5, 0.5)]
    loss, accuracy = draw_history(history, 10).axes
    assert [np.asarray(line.get_ydata()).tolist() for line in loss.lines] == [[2.0, 1.0], [2.1, 1.5]]
    assert [np.asarray(line.get_ydata()).tolist() for line in accuracy.lines] == [[0.3, 0.6], [0.2, 0.5]]
    assert [np.asarray(line.get_xdata()).tolist() for line in loss.lines] == [[1, 2]] * 2
    low, high = loss.get_xlim()
    assert low < 1 < 10 < high < 11


@pytest.fixture
def epochs_shown(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The epochs on each figure that a notebook would have shown."""
    figures: list[list[int]] = []

    def show(figure: Figure) -> None:
        figures.append(np.asarray(figure.axes[0].lines[0].get_xdata()).tolist())

    def display(figure: Figure, *, display_id: bool) -> SimpleNamespace:
        assert display_id
        show(figure)
        return SimpleNamespace(update=show)

    monkeypatch.setattr("IPython.display.display", display)
    return figures


def made(epochs: int) -> Trainer:
    return prepare("holzweber2021", letters(300), Recipe(batch_size=64), TrainingOptions(num_epochs=epochs))


def test_curves_follow_a_training_and_end_with_it(epochs_shown: list[list[int]]) -> None:
    training = made(3)
    plots.train_and_plot(training, pause=0)
    assert epochs_shown == [[], [1], [1, 2], [1, 2, 3]]
    assert len(training.history) == 3
    epochs_shown.clear()
    plots.train_and_plot(training)  # the cell once more
    assert epochs_shown == [[1, 2, 3]]


def test_a_training_that_was_stopped_goes_on(
    epochs_shown: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    training = made(3)
    run = engine.Trainer.run

    def stop(trainer: engine.Trainer, *arguments: Any) -> Any:
        if len(training.history) == 2:
            raise KeyboardInterrupt
        return run(trainer, *arguments)

    monkeypatch.setattr(engine.Trainer, "run", stop)
    with pytest.raises(KeyboardInterrupt):
        plots.train_and_plot(training, pause=0)
    monkeypatch.setattr(engine.Trainer, "run", run)
    epochs_shown.clear()
    plots.train_and_plot(training, pause=0)
    assert epochs_shown == [[1, 2], [1, 2, 3]]


def test_drawing_pauses_but_not_at_the_end(epochs_shown: list[list[int]]) -> None:
    plots.train_and_plot(made(5), pause=1e9)
    assert epochs_shown == [[], [1], [1, 2, 3, 4, 5]]
