"""The gate's rules, on made answers of two models."""

from __future__ import annotations

import numpy as np
import pytest

from lenet.improve.gate import Compared, GateResult, Outcome, decide


def answers(name: str, n: int, gained: int, lost: int) -> Compared:
    """Both models' answers on n letters: some gained, some lost, the others correct."""
    new, old = np.ones(n, np.bool_), np.ones(n, np.bool_)
    old[:gained] = False
    new[gained : gained + lost] = False
    return Compared(name, new, old)


def gate(*references: Compared, hands: Compared | None = None, people: int = 10) -> GateResult:
    hands = hands or answers("new hands", 200, 40, 0)
    return decide(list(references), hands, np.arange(len(hands.new)) % people, margin=0.01)


def test_a_gain_without_a_loss_passes() -> None:
    result = gate(answers("a", 2000, 8, 6), answers("b", 900, 0, 0))
    assert result.passed
    assert result.reasons == ()
    assert [one.outcome for one in result.sets] == [Outcome.NOT_WORSE, Outcome.NOT_WORSE, Outcome.GAIN]
    assert result.contributors.better == 10
    assert result.contributors.p == pytest.approx(2**-10)


def test_a_significant_loss_on_one_set_refuses_even_within_the_margin() -> None:
    result = gate(answers("a", 20_000, 10, 60), answers("b", 2000, 0, 0))
    assert not result.passed
    assert result.sets[0].difference.low > -0.01
    assert result.sets[0].outcome is Outcome.LOSS
    assert [reason.partition(":")[0] for reason in result.reasons] == ["a"]


def test_a_set_that_is_too_small_to_exclude_a_loss_refuses() -> None:
    result = gate(answers("a", 100, 0, 0))
    assert not result.passed
    assert result.sets[0].outcome is Outcome.UNCLEAR
    assert "a loss of more than 1 point is not excluded" in result.reasons[0]


def test_one_of_many_sets_that_seems_worse_by_chance_is_not_a_loss() -> None:
    """McNemar's p of 6 lost and none gained is 0.031; of ten sets that is 0.34 by Holm."""
    alone = gate(answers("a", 3000, 0, 6))
    assert alone.sets[0].outcome is Outcome.LOSS
    many = gate(answers("a", 3000, 0, 6), *(answers(str(k), 3000, 5, 5) for k in range(10)))
    assert many.sets[0].test.p == pytest.approx(2 / 2**6)
    assert many.sets[0].adjusted_p > 0.3
    assert many.sets[0].outcome is Outcome.NOT_WORSE


def test_no_gain_on_the_new_hands_refuses() -> None:
    result = gate(answers("a", 2000, 0, 0), hands=answers("new hands", 200, 5, 2))
    assert not result.passed
    assert "no gain is shown" in result.reasons[0]


def test_a_gain_on_one_persons_letters_is_not_a_gain_for_people() -> None:
    hands = answers("new hands", 200, 40, 0)
    contributors = np.where(np.arange(200) < 40, 0, 1 + np.arange(200) % 9)
    result = decide([answers("a", 2000, 0, 0)], hands, contributors, 0.01)
    assert result.sets[-1].test.p < 1e-6
    assert not result.passed
    assert result.contributors.p == 0.5
    assert "not shown for people" in result.reasons[0]


def test_the_order_of_letters_does_not_matter() -> None:
    hands, contributors = answers("new hands", 200, 40, 3), np.arange(200) % 7
    order = np.random.default_rng(1).permutation(200)
    mixed = Compared("new hands", hands.new[order], hands.old[order])
    first, second = decide([], hands, contributors, 0.01), decide([], mixed, contributors[order], 0.01)
    assert first == second


def test_a_set_without_letters_is_an_error() -> None:
    with pytest.raises(ValueError, match="no letters"):
        gate(answers("a", 0, 0, 0))
