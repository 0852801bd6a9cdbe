"""The metrics against scikit-learn, SciPy and statsmodels.

These take a second to import, so the tests do it: each process of a run collects this file.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import lenet.metrics
from lenet import metrics
from lenet.metrics.decision import entropy

BINS = 15
Probabilities = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


@pytest.fixture(params=[2, 10, 26, 62])
def predictions(request: pytest.FixtureRequest) -> tuple[Probabilities, Labels, str]:
    """Probabilities of 400 images, half of them confident; every class occurs."""
    classes = request.param
    random = np.random.default_rng(classes)
    labels = np.append(np.arange(classes), random.integers(0, classes, 400 - classes)).astype(np.uint8)
    logits = random.normal(0, 2, (len(labels), classes))
    logits[np.arange(0, len(labels), 2), labels[::2]] += 4
    powers = np.exp(logits)
    names = "".join(map(chr, range(65, 65 + classes)))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32), labels, names


def normalized(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Rows that sum to 1 in double precision, which scikit-learn asks for."""
    return probabilities / probabilities.sum(axis=1, dtype=np.float64, keepdims=True)


def test_classification_metrics_against_scikit_learn(
    predictions: tuple[Probabilities, Labels, str],
) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, recall_score, top_k_accuracy_score

    probabilities, labels, names = predictions
    order, predicted = np.arange(len(names)), probabilities.argmax(axis=1)
    scores = metrics.classification_metrics(probabilities, labels, names)
    assert scores.accuracy == pytest.approx(accuracy_score(labels, predicted))
    np.testing.assert_array_equal(scores.confusion, confusion_matrix(labels, predicted, labels=order))
    assert scores.loss == pytest.approx(log_loss(labels, normalized(probabilities), labels=order), rel=1e-6)
    recalls = recall_score(labels, predicted, labels=order, average=None)
    assert list(scores.per_class_accuracy().values()) == pytest.approx(list(recalls))
    if len(names) > 5:
        top5 = top_k_accuracy_score(labels, probabilities, k=5, labels=order)
        assert scores.top5_accuracy == pytest.approx(top5)
    else:
        assert scores.top5_accuracy == 1


def test_accuracy_merging_against_merged_labels(predictions: tuple[Probabilities, Labels, str]) -> None:
    from sklearn.metrics import accuracy_score

    probabilities, labels, names = predictions
    scores = metrics.classification_metrics(probabilities, labels, names)
    a, b = (names.index(name) for name in scores.top_confusions(1)[0][:2])
    merged = [np.where(some == b, a, some) for some in (labels, probabilities.argmax(axis=1))]
    assert scores.accuracy_merging(names[a], names[b]) == pytest.approx(accuracy_score(*merged))
    assert scores.accuracy_merging(names[a], names[b]) > scores.accuracy


def test_calibration_error_against_scikit_learn(predictions: tuple[Probabilities, Labels, str]) -> None:
    from sklearn.calibration import calibration_curve

    probabilities, labels, _ = predictions
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    diagram = metrics.reliability(confidence, correct, BINS)
    accuracy, mean = calibration_curve(correct, confidence, n_bins=BINS, strategy="uniform")
    counts, _ = np.histogram(confidence, BINS, (0, 1))
    np.testing.assert_array_equal(diagram.counts, counts)
    filled = counts > 0
    np.testing.assert_allclose(diagram.accuracy[filled], accuracy)
    np.testing.assert_allclose(diagram.confidence[filled], mean, rtol=1e-6)
    assert diagram.ece == pytest.approx((counts[filled] * abs(accuracy - mean)).sum() / len(labels), rel=1e-5)


def test_temperature_against_scipy(predictions: tuple[Probabilities, Labels, str]) -> None:
    from scipy.optimize import minimize_scalar
    from sklearn.metrics import log_loss

    probabilities, labels, names = predictions

    def loss(temperature: float) -> float:
        scaled = metrics.apply_temperature(probabilities, temperature)
        return float(log_loss(labels, scaled, labels=np.arange(len(names))))

    best = minimize_scalar(loss, bounds=(0.1, 10), method="bounded", options={"xatol": 1e-7})
    assert metrics.fit_temperature(probabilities, labels) == pytest.approx(best.x, rel=1e-4)


def test_entropy_against_scipy(predictions: tuple[Probabilities, Labels, str]) -> None:
    from scipy.stats import entropy as scipy_entropy

    probabilities = normalized(predictions[0])
    np.testing.assert_allclose(entropy(probabilities), scipy_entropy(probabilities, axis=1))


@pytest.mark.parametrize("decimals", [1, 8])
def test_auroc_against_scikit_learn(decimals: int) -> None:
    """One decimal gives many ties."""
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(decimals)
    positive, negative = random.normal(0.6, 1, 300).round(decimals), random.normal(0, 1, 200).round(decimals)
    expected = roc_auc_score([1] * 300 + [0] * 200, np.append(positive, negative))
    assert metrics.auroc(positive, negative) == pytest.approx(expected)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.8), (0.99, 0.4), (1.0, 1.0), (0.97, 0.96)])
def test_mcnemar_against_statsmodels(shares: tuple[float, float]) -> None:
    from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

    random = np.random.default_rng(7)
    first, second = (random.random(500) < share for share in shares)
    table = [[(first & second).sum(), (first & ~second).sum()], [(~first & second).sum(), 0]]
    comparison = metrics.mcnemar(first, second)
    assert comparison.p == pytest.approx(statsmodels_mcnemar(table, exact=True).pvalue, rel=1e-9)


@pytest.mark.parametrize(("correct", "n"), [(0, 10), (1, 2), (497, 520), (10, 10), (20_000, 20_800)])
def test_wilson_interval_against_statsmodels(correct: int, n: int) -> None:
    from statsmodels.stats.proportion import proportion_confint

    expected = proportion_confint(correct, n, alpha=0.05, method="wilson")
    assert metrics.wilson_interval(correct, n) == pytest.approx(expected, abs=1e-12)


def test_metrics_import_numpy_labels_and_constants_only() -> None:
    allowed = {
        "numpy",
        "lenet.engine.abi",
        "lenet.labels",
        "lenet.metrics",
        "__future__",
        *sys.stdlib_module_names,
    }
    for path in Path(lenet.metrics.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [str(node.module)]
            for name in names:
                assert name in allowed or name.rpartition(".")[0] in allowed, f"{path.name} imports {name}"
