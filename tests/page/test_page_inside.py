"""The view "look inside": what it shows is what the network computes, by Python's arithmetic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from test_page_models import model

from browser import wait_for
from drawing import STEPS, L, T, draw, on_screen, strokes_on
from lenet.exporters.interpreter import activations
from lenet.exporters.ir import lower
from lenet.exporters.registry import FORMATS
from lenet.importers import import_model
from lenet.inference.recognizer import Recognizer
from lenet.models import ARCHITECTURES, DEFAULT_MODEL, HOLZWEBER2021
from lenet.models.file import Model, load_model, save_model
from made_models import answers, dense_topology, dense_weights, write_tfjs
from seed_weights import SHARD, seed_parameters

BLANK = np.zeros((1, 28, 28), np.uint8)
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


def opened(page: Page, *paths: Path) -> None:
    page.locator("#open-model").set_input_files([str(path) for path in paths])


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
    panel = layer(page, "conv2").get_by_role("region", name="conv2, map 5, row 7, column 8")
    assert sum(numbers(panel.locator(".terms"))) == pytest.approx(products, abs=1e-4)
    page.get_by_role("button", name="relu2, map 5, row 7, column 8").click()
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
    expect(heading).to_have_text("conv1, map 1, row 11, column 16")
    for key, name in [
        ("ArrowRight", "conv1, map 1, row 11, column 17"),
        ("ArrowUp", "conv1, map 1, row 10, column 17"),
        ("PageDown", "conv1, map 2, row 10, column 17"),
    ]:
        page.keyboard.press(key)
        expect(heading).to_have_text(name)
    grid = layer(page, "conv1").get_by_role("grid")
    expect(grid).to_be_focused()
    cell = page.locator(f"#{grid.get_attribute('aria-activedescendant')}")
    expect(cell).to_have_attribute("aria-label", r"conv1, map 2, row 10, column 17: " + shown(page))
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


def test_every_network_of_the_family_is_opened_and_shown(inside: Page, tmp_path: Path) -> None:
    page = inside
    draw(page, T)
    for name, architecture in ARCHITECTURES.items():
        network = model(name)
        save_model(tmp_path / f"{name}.safetensors", network)
        opened(page, tmp_path / f"{name}.safetensors")
        expect(page.locator(".open strong")).to_have_text(f"Predictions by {name}.safetensors")
        image = image_of(page)
        expected = lower(network, image[None]).probabilities(image[None])[0]
        becomes(page, lambda: tabulated(page, "answer"), expected, 1e-5)
        shares = tabulated(page, "answer")
        engine = dict(page.evaluate("lenet.recognize(lenet.strokes()).candidates"))
        assert max(shares) == pytest.approx(max(engine.values()), abs=1e-5), name
        *sums, together = numbers(page.locator(".sums"))
        assert sum(sums) == pytest.approx(together, rel=1e-4, abs=1e-3), name
        papers = set(page.locator(".paper").all_inner_texts())
        assert set(architecture.names.values()) <= papers, name
    page.get_by_role("button", name="Back to the default network").click()
    expect(page.locator(".open strong")).to_be_hidden()
    assert len(strokes_on(page)) == 2


def test_the_published_tensorflow_model_answers(inside: Page, shared: Path) -> None:
    page = inside
    draw(page, T)
    opened(page, shared / "seed" / "model.json", shared / "seed" / SHARD)
    expect(page.locator(".open strong")).to_have_text("Predictions by model.json")
    model = Model(HOLZWEBER2021.spec, seed_parameters(shared / "seed"))
    image = image_of(page)
    expected = lower(model, image[None]).probabilities(image[None])[0]
    becomes(page, lambda: tabulated(page, "answer"), expected, 1e-5)


@pytest.mark.parametrize("form", ["tfjs", "tfjs-float16"])
def test_every_network_that_is_exported_to_tensorflow_js_answers_the_same(
    inside: Page, tmp_path: Path, form: str
) -> None:
    page = inside
    draw(page, T)
    for name in ARCHITECTURES:
        network = model(name)
        (tmp_path / name).mkdir()
        paths = FORMATS[form].writer.write(lower(network, BLANK), tmp_path / name)
        paths[0] = paths[0].rename(paths[0].with_name(f"{name}.json"))
        opened(page, *paths)
        expect(page.locator(".open strong")).to_have_text(f"Predictions by {name}.json")
        image = image_of(page)
        expected = lower(network, image[None]).probabilities(image[None])[0]
        off = 1e-5 if form == "tfjs" else 5e-3  # the weights of 16 bits are others
        becomes(page, lambda: tabulated(page, "answer"), expected, off)
        if form == "tfjs-float16" and name != "lecun1989":  # this one comes back to the page alone
            expected = answers(import_model(paths[0]).model, image[None])[0]
            becomes(page, lambda: tabulated(page, "answer"), expected, 1e-5)
        papers = set(page.locator(".paper").all_inner_texts())
        assert set(ARCHITECTURES[name].names.values()) <= papers, name


def test_an_export_draws_and_judges_as_its_model_does(inside: Page, tmp_path: Path) -> None:
    page = inside
    shipped = load_model(DEFAULT_MODEL)
    opened(page, *FORMATS["tfjs"].writer.write(lower(shipped, BLANK), tmp_path))
    expect(page.locator(".open strong")).to_have_text("Predictions by model.json")
    gamma, scribble = [[[0, 0], [0, 9]], [[0, 0], [5, 0]]], [[[0, 0], [9, 9], [3, 1], [7, 2]]]
    for strokes in (gamma, scribble):
        result = page.evaluate("strokes => lenet.recognize(strokes)", strokes)
        meant = Recognizer(shipped).recognize([np.array(stroke, float) for stroke in strokes])
        assert (result["letter"], result["verdict"]) == (meant.letter, meant.verdict)
        assert result["confidence"] == pytest.approx(meant.confidence, abs=1e-5)


@pytest.mark.parametrize("stored", ["float16", "uint8", "uint16"])
def test_tensorflow_weights_of_8_and_16_bits_are_those_of_python(
    inside: Page, tmp_path: Path, stored: str
) -> None:
    page = inside
    draw(page, L)
    path = write_tfjs(tmp_path, dense_topology(), dense_weights(), stored, shards=3)
    opened(page, *sorted(tmp_path.iterdir()))
    expect(page.locator(".open strong")).to_have_text("Predictions by model.json")
    expected = answers(import_model(path).model, image_of(page)[None])[0]
    becomes(page, lambda: tabulated(page, "answer"), expected, 1e-6)


def tensorflow(folder: Path) -> tuple[Path, Path]:
    """A TensorFlow.js model of one dense layer."""
    input_layer = {"batch_input_shape": [None, 28, 28, 1], "name": "image"}
    layers = [
        {"class_name": "InputLayer", "config": input_layer},
        {"class_name": "Flatten", "config": {"name": "flat"}},
        {"class_name": "Dense", "config": {"name": "d", "units": 26, "activation": "softmax"}},
    ]
    weights = [
        {"name": "d/kernel", "shape": [784, 26], "dtype": "float32"},
        {"name": "d/bias", "shape": [26], "dtype": "float32"},
    ]
    whole: dict[str, Any] = {
        "modelTopology": {"class_name": "Sequential", "config": {"layers": layers}},
        "weightsManifest": [{"paths": ["w.bin"], "weights": weights}],
    }
    (folder / "model.json").write_text(json.dumps(whole))
    noise = np.random.default_rng(5).normal(0, 0.1, 785 * 26).astype("<f4")
    (folder / "w.bin").write_bytes(noise.tobytes())
    return folder / "model.json", folder / "w.bin"


def test_a_tensorflow_model_made_here_answers_and_is_dropped(inside: Page, tmp_path: Path) -> None:
    page = inside
    draw(page, L)
    topology, shard = tensorflow(tmp_path)
    dropped = {path.name: list(path.read_bytes()) for path in (topology, shard)}
    page.evaluate(
        """files => {
          const data = new DataTransfer();
          for (const [name, bytes] of Object.entries(files))
            data.items.add(new File([new Uint8Array(bytes)], name));
          dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }""",
        dropped,
    )
    expect(page.locator(".open strong")).to_have_text("Predictions by model.json")
    weights = np.frombuffer(shard.read_bytes(), "<f4")
    logits = image_of(page).ravel() / 255 @ weights[:-26].reshape(784, 26) + weights[-26:]
    expected = np.exp(logits) / np.exp(logits).sum()
    becomes(page, lambda: tabulated(page, "answer"), expected, 1e-5)


def test_hostile_files_are_refused_and_the_drawing_stays(inside: Page, tmp_path: Path) -> None:
    page = inside
    draw(page, L)
    before = strokes_on(page)
    good, (tf, shard) = DEFAULT_MODEL.read_bytes(), tensorflow(tmp_path)
    for name, data, reason in [
        ("cut.safetensors", good[:-4], "bytes of weights"),
        ("no.safetensors", b"no", "not a safetensors"),
        ("long.safetensors", (2**62).to_bytes(8, "little") + good[8:], "header"),
        ("model.txt", good, "Choose one .safetensors file"),
        ("other.json", b"[]", "not JSON"),
        ("deep.json", b'{"modelTopology":' * 5000 + b"{}" + b"}" * 5000, "weightsManifest"),
    ]:
        (tmp_path / name).write_bytes(data)
        opened(page, tmp_path / name)
        expect(page.locator(".open .status")).to_contain_text(reason)
    opened(page, tf)  # without its shard
    expect(page.locator(".open .status")).to_contain_text("w.bin is missing")
    (tmp_path / "again.json").write_bytes(tf.read_bytes())
    opened(page, tf, shard, tmp_path / "again.json")
    expect(page.locator(".open .status")).to_contain_text("Choose one")
    assert strokes_on(page) == before
    assert page.locator("#letter").inner_text() == "L"


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
