"""A person at the page: real pointer events on the pad."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from playwright.sync_api import CDPSession, Page

Stroke = Sequence[tuple[float, float]]
Strokes = Sequence[Stroke]

# In shares of the pad.
L = [[(0.3, 0.2), (0.3, 0.8), (0.7, 0.8)]]
T = [[(0.2, 0.2), (0.8, 0.2)], [(0.5, 0.2), (0.5, 0.85)]]
X = [[(0.25, 0.2), (0.75, 0.8)], [(0.75, 0.2), (0.25, 0.8)]]
SHAPES: dict[str, Strokes] = {
    "L": [[(0, 0), (0, 1), (0.8, 1)]],
    "E": [[(0, 0), (0, 1)], [(0, 0), (0.8, 0)], [(0, 0.5), (0.7, 0.5)], [(0, 1), (0.8, 1)]],
    "N": [[(0, 1), (0, 0), (0.9, 1), (0.9, 0)]],
    "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
}
STEPS = 2  # pointer events between two corners; the browser takes one a frame
PAD = "#pad"


def shape(name: str, left: float) -> list[Stroke]:
    """A letter's strokes in shares of the wide pad, 0.11 wide."""
    return [[(left + 0.11 * x, 0.2 + 0.6 * y) for x, y in stroke] for stroke in SHAPES[name]]


def all_on_screen(page: Page, points: Stroke, pad: str = PAD) -> list[tuple[float, float]]:
    """Where places in shares of the pad are, in pixels."""
    box = page.locator(pad).bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def on_screen(page: Page, point: tuple[float, float]) -> tuple[float, float]:
    return all_on_screen(page, [point])[0]


def draw(page: Page, strokes: Strokes, steps: int = STEPS, pad: str = PAD) -> None:
    page.locator(pad).scroll_into_view_if_needed()
    for stroke in strokes:
        first, *rest = all_on_screen(page, stroke, pad)
        page.mouse.move(*first)
        page.mouse.down()
        for point in rest:
            page.mouse.move(*point, steps=steps)
        page.mouse.up()


def between(stroke: Stroke) -> list[tuple[float, float]]:
    """The stroke's corners with points in between."""
    points = [stroke[0]]
    for (x, y), (u, v) in pairwise(stroke):
        points += [(x + (u - x) * k / STEPS, y + (v - y) * k / STEPS) for k in range(1, STEPS + 1)]
    return points


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    """Fingers at these places of the screen."""
    session.send(
        "Input.dispatchTouchEvent",
        {
            "type": kind,
            "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)],
        },
    )


def pen(session: CDPSession, kind: str, point: tuple[float, float]) -> None:
    session.send(
        "Input.dispatchMouseEvent",
        {
            "type": kind,
            "x": point[0],
            "y": point[1],
            "button": "none" if kind == "mouseMoved" else "left",
            "buttons": 0 if kind == "mouseReleased" else 1,
            "clickCount": 1,
            "pointerType": "pen",
            "force": 0.5,
        },
    )


def strokes_on(page: Page) -> list[list[list[float]]]:
    strokes: list[list[list[float]]] = page.evaluate("lenet.strokes()")
    return strokes


def settled(page: Page) -> None:
    """Wait until the page has shown what was done."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def letter(page: Page) -> str:
    settled(page)
    return page.locator("#letter").inner_text()
