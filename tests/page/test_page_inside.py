"""The view "look inside": what it shows is what the network computes, by Python's arithmetic."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from browser import wait_for
from drawing import STEPS, L, T, draw, on_screen, strokes_on
from lenet.exporters.interpreter import activations
from lenet.exporters.ir import lower
from lenet.models import DEFAULT_MODEL
from lenet.models.file import Model, load_model

FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def look(page: Page, address: str = "") -> None:
    """Open the view at an address such as "unit=conv1.1.1.1"."""
    page.evaluate("address => { location.hash = address }", f"view=inside&{address}")
    page.locator(".layers").wait_for()
    page.evaluate(FRAMES)


@pytest.fixture
def inside(page: Page) -> Page:
    look(page)
    return page


def layer(page: Page, name: str) -> Locator:
    return page.locator(f"#layer-{name}")


def numbers(place: Locator) -> list[float]:
    """The numbers in full."""
    values: list[float] = place.locator("data").evaluate_all("all => all.map((one) => Number(one.value))")
    return values


def tabulated(page: Page, name: str) -> list[float]:
    """Return the table below a layer."""
    details = layer(page, name).locator("details")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    details.locator("data").first.wait_for()
    return numbers(details)


def image_of(page: Page) -> np.ndarray:
    """Return the network's input for the drawing, uint8 (28, 28)."""
    seen = page.evaluate("Array.from(lenet.recognize(lenet.strokes()).image)")
    return np.array(seen, np.uint8).reshape(28, 28)


def computed(model: Model, image: np.ndarray) -> dict[str, np.ndarray]:
    """Each operation's values in Python, by name."""
    graph = lower(model, image[None])
    return {node.name: values[0] for node, values in activations(graph, image[None])}


def becomes(page: Page, read: Callable[[], Sequence[float]], expected: Any, abs: float) -> None:  # noqa: A002
    """Assert that the view shows these numbers, soon: where painting takes long, it rests."""
    for _ in range(100):
        if read() == pytest.approx(expected, abs=abs):
            return
        page.evaluate(FRAMES)
    assert read() == pytest.approx(expected, abs=abs)


def test_the_layers_live_while_the_pen_is_down(inside: Page) -> None:
    page = inside
    blank = tabulated(page, "conv1")
    page.mouse.move(*on_screen(page, (0.3, 0.2)))
    page.mouse.down()
    page.mouse.move(*on_screen(page, (0.3, 0.8)), steps=STEPS)
    first = summary(page)
    becomes(page, lambda: tabulated(page, "conv1"), first, 1e-4)
    page.mouse.move(*on_screen(page, (0.7, 0.8)), steps=STEPS)
    second = summary(page)
    becomes(page, lambda: tabulated(page, "conv1"), second, 1e-4)
    page.mouse.up()
    assert np.abs(first - blank).max() > 0.1
    assert np.abs(second - first).max() > 0.1


def summary(page: Page) -> np.ndarray:
    """Of each map of conv1 the least, mean and greatest value, as Python has them."""
    values = computed(load_model(DEFAULT_MODEL), image_of(page))["conv1"]
    return np.ravel([[one.min(), one.mean(), one.max()] for one in values])


def test_each_layer_states_its_true_range(inside: Page) -> None:
    page = inside
    draw(page, T)
    values = computed(load_model(DEFAULT_MODEL), image_of(page))
    for name in ("conv1", "relu1", "maxpool1", "conv2", "dense2"):
        layer(page, name).scroll_into_view_if_needed()
        expected = [values[name].min(), values[name].max()]
        becomes(page, lambda name=name: ends(page, name), expected, 6e-3)  # type: ignore[misc]
    assert layer(page, "relu1").locator(".range").inner_text().startswith("0 … ")
    expect(layer(page, "conv1").locator(".facts")).to_contain_text("416 parameters")
    look(page, "language=de")
    expect(layer(page, "conv1").locator(".facts")).to_contain_text("416 Parameter")


def ends(page: Page, name: str) -> list[float]:
    """Return the smallest and the largest value that a layer states."""
    text = layer(page, name).locator(".range").text_content() or "0 … 0"
    return [float(end.replace("\N{MINUS SIGN}", "-")) for end in text.split(" … ")]


def test_a_unit_is_shown_with_the_sum_that_python_finds(inside: Page) -> None:
    page = inside
    draw(page, T)
    look(page, "unit=conv2.5.7.8")
    values = computed(load_model(DEFAULT_MODEL), image_of(page))
    equation = page.locator(".equation")
    output = values["conv2"][4, 6, 7]
    becomes(page, lambda: numbers(equation)[-1:], [output], 1e-4)
    products, bias, _ = numbers(equation)
    assert products + bias == pytest.approx(output, abs=1e-4)
    panel = layer(page, "conv2").get_by_role("region", name="conv2, feature map 5, row 7, column 8")
    assert sum(numbers(panel.locator(".terms"))) == pytest.approx(products, abs=1e-4)
    page.get_by_role("button", name="relu2, feature map 5, row 7, column 8").click()
    becomes(page, lambda: numbers(equation), [output, max(output, 0)], 1e-4)
    assert "unit=relu2.5.7.8" in page.url


def test_a_small_share_is_not_called_zero(inside: Page) -> None:
    page = inside
    draw(page, L)
    look(page, "unit=answer.15")
    share = numbers(page.locator(".equation"))[-1]
    assert 0 < share < 5e-4
    factor = page.locator(".equation data").last
    assert re.match(r"[1-9]\.\d+ . 10", factor.inner_text())
    assert factor.locator("sup").count() == 1


def test_a_click_and_the_keyboard_select(inside: Page) -> None:
    page = inside
    draw(page, L)
    canvas = layer(page, "conv1").locator(".maps canvas")
    canvas.click(position={"x": 30, "y": 21})  # two pixels a unit
    heading = page.locator(".unit h4")
    expect(heading).to_have_text("conv1, feature map 1, row 11, column 16")
    for key, name in [
        ("ArrowRight", "conv1, feature map 1, row 11, column 17"),
        ("ArrowUp", "conv1, feature map 1, row 10, column 17"),
        ("PageDown", "conv1, feature map 2, row 10, column 17"),
    ]:
        page.keyboard.press(key)
        expect(heading).to_have_text(name)
    grid = layer(page, "conv1").get_by_role("grid")
    expect(grid).to_be_focused()
    cell = page.locator(f"#{grid.get_attribute('aria-activedescendant')}")
    expect(cell).to_have_attribute("aria-label", r"conv1, feature map 2, row 10, column 17: " + shown(page))
    page.keyboard.press("Escape")
    expect(heading).to_have_count(0)
    assert len(strokes_on(page)) == 1  # Escape closed the unit; it did not clear the pad
    layer(page, "dense1").get_by_role("grid").focus()
    page.keyboard.press("Enter")
    expect(heading).to_contain_text("dense1, unit")


def shown(page: Page) -> str:
    return page.locator(".equation data").last.inner_text()


def test_a_click_on_a_unit_does_not_move_the_window(inside: Page) -> None:
    """The maps stay where they are on the screen, whichever layer was selected before."""
    page = inside
    draw(page, T)
    names = page.locator(".layer").evaluate_all("all => all.map(({ id }) => id.slice(6))")
    assert len(names) >= 10
    for name in [*names, *names[::-3]]:
        maps = layer(page, name).locator(".maps canvas")
        maps.evaluate("one => scrollTo(0, scrollY + one.getBoundingClientRect().top - innerHeight / 3)")
        page.evaluate(FRAMES)
        before = maps.evaluate("one => one.getBoundingClientRect().top")
        maps.click(position={"x": 6, "y": 6})
        expect(layer(page, name).locator(".unit")).to_be_attached()
        page.evaluate(FRAMES)
        assert maps.evaluate("one => one.getBoundingClientRect().top") == pytest.approx(before, abs=2), name


def test_the_address_leads_back(inside: Page) -> None:
    page = inside
    draw(page, L)
    page.get_by_label("Why", exact=True).select_option("L")
    page.get_by_label("and not", exact=True).select_option("C")
    page.get_by_role("button", name="Guided tour").click()
    page.get_by_role("button", name="Next").click()
    address = page.url.split("#")[1]
    assert {"view=inside", "letters=LC", "tour=2"} <= set(address.split("&"))
    page.reload()
    wait_for(page, "ready")
    expect(page.locator(".tour .count")).to_have_text("Step 2 of 8")
    expect(page.get_by_label("and not", exact=True)).to_have_value("C")
    look(page, "unit=conv9.1.1.1&letters=GG&tour=9")  # none of these is there
    expect(page.locator(".unit")).to_have_count(0)
    expect(page.locator(".tour")).to_be_hidden()


def test_why_adds_up(inside: Page) -> None:
    page = inside
    draw(page, T)
    look(page, "letters=TI")
    expect(page.locator(".why h2")).to_have_text("Why T and not I")
    logits = computed(load_model(DEFAULT_MODEL), image_of(page))["dense2"]
    sums = page.locator(".sums")
    becomes(page, lambda: numbers(sums)[-1:], [logits[19] - logits[8]], 1e-4)
    one, other, constant, together = numbers(sums)
    assert one + other + constant == pytest.approx(together, abs=1e-4)
    page.get_by_text("Contributions by part").click()
    assert sum(numbers(page.locator(".why details"))) == pytest.approx(one + other, abs=1e-4)


def test_the_tour_leads_from_the_stroke_to_the_answer(inside: Page) -> None:
    page = inside
    page.get_by_role("button", name="Draw an example: G").click()
    expect(page.locator("#letter")).to_have_text("G")
    page.get_by_role("button", name="Guided tour").click()
    card = page.get_by_role("region", name="Guided tour")
    pointed = []
    for step in range(1, 9):
        expect(card).to_contain_text(f"Step {step} of 8")
        target = page.locator(".pointed-at")
        expect(target).to_have_count(1)
        expect(target).to_be_in_viewport()
        expect(card).to_be_in_viewport()
        if step == 5:
            expect(card).to_contain_text("maxpool1 keeps the largest value of each 2")
        pointed.append(target.get_attribute("id"))
        page.keyboard.press("ArrowRight")
    assert pointed == ["desk", *(
        f"layer-{name}"
        for name in ("input", "conv1", "relu1", "maxpool1", "conv2", "dense1", "dense2")
    )]  # fmt: skip
    page.keyboard.press("ArrowLeft")
    expect(card).to_contain_text("Step 7 of 8")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.locator(".pointed-at")).to_have_count(0)
    expect(page.locator("#letter")).to_have_text("G")


def test_the_view_fits_every_width_in_german(inside: Page) -> None:
    page = inside
    draw(page, T)
    for width in (320, 768, 3840):
        page.set_viewport_size({"width": width, "height": 800})
        for unit in ("input.1.9.9", "conv1.2.9.9", "conv2.5.7.8", "maxpool3.9.1.1", "dense1.3"):
            look(page, f"language=de&unit={unit}&tour=3")
            expect(layer(page, unit.split(".")[0]).locator(".unit .equation")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, unit)
