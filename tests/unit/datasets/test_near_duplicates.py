"""Copies of images, found by bounds, against a comparison of all with all in float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenet.datasets import load
from lenet.datasets import near_duplicates as duplicates
from lenet.datasets.near_duplicates import firsts, nearest_within, similar
from made import FUZZ, F, L, letters


def all_with_all(images: np.ndarray, limit: float) -> dict[tuple[int, int], float]:
    """The definition, pair by pair."""
    small = images.astype(np.float64).reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))
    norms = np.sqrt((small**2).sum(axis=(1, 2)))
    distances = {}
    for a in range(len(images)):
        for b in range(a + 1, len(images)):
            larger = max(norms[a], norms[b])
            distance = np.sqrt(((small[a] - small[b]) ** 2).sum())
            if min(norms[a], norms[b]) > 0 and distance <= limit * larger:
                distances[a, b] = distance / larger
    return distances


@settings(FUZZ, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.1, 0.4, 0.9]), st.integers(0, 60))
def test_no_pair_is_missed(seed: int, limit: float, count: int) -> None:
    random = np.random.default_rng(seed)
    kinds = np.stack([F, L, F.T, np.zeros_like(F), *random.integers(0, 256, (3, 28, 28))])
    noise = random.normal(0, random.choice([0, 3, 30, 80]), (count, 28, 28))
    images = np.clip(kinds[random.integers(0, 7, count)] + noise, 0, 255).astype(np.uint8)
    expected = all_with_all(images, limit)
    pairs, distances = similar(images, limit)
    close = {pair for pair, d in expected.items() if abs(d - limit) < 1e-5}
    actual = {(int(a), int(b)): d for (a, b), d in zip(pairs, distances, strict=True)}
    assert set(expected) ^ set(actual) <= close
    assert all(abs(actual[pair] - expected[pair]) < 1e-5 for pair in set(actual) & set(expected))
    assert (np.diff(distances) >= 0).all()


def test_blocks_meet_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    images = letters(50).images
    whole = similar(images, 0.5)
    monkeypatch.setattr(duplicates, "_BLOCK", 7)
    done: list[int] = []
    parts = similar(images, 0.5, done.append)
    np.testing.assert_array_equal(whole[0], parts[0])
    assert sum(done) == 50
    monkeypatch.setattr(duplicates, "MAX_PAIRS", 5)
    assert len(similar(images, 0.5)[0]) == 5


def test_an_invisible_change_is_near_and_another_drawing_is_not() -> None:
    glyphs = load("font-letters")
    images = glyphs.images[glyphs.labels == 6][:20]
    darker = (images * 0.96).astype(np.uint8)
    pairs, _ = similar(np.concatenate([images, darker]))
    copies = {(row, row + 20) for row in range(20)}
    assert copies <= {tuple(pair) for pair in pairs.tolist()}
    assert len(pairs) < 30


def test_equal_bytes_have_one_first() -> None:
    images = np.stack([F, L, F, F.T, L, F])
    assert firsts(images).tolist() == [0, 1, 0, 3, 1, 0]
    assert firsts(images[:0]).tolist() == []
    assert similar(images[:0])[0].shape == (0, 2)


@settings(FUZZ, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(0, 40))
def test_images_near_others_are_those_of_the_pairs(seed: int, count: int, others: int) -> None:
    random = np.random.default_rng(seed)
    kinds = np.stack([F, L, F.T, np.zeros_like(F)])
    noise = random.normal(0, 20, (count + others, 28, 28))
    images = np.clip(kinds[random.integers(0, 4, count + others)] + noise, 0, 255).astype(np.uint8)
    pairs = all_with_all(images, 0.3)
    expected = [any(a == row and b >= count for a, b in pairs) for row in range(count)]
    assert nearest_within(images[:count], images[count:], 0.3).tolist() == expected
