"""How long the page's own thread is kept busy, by Chromium's trace."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

LIMIT = 50  # ms; a longer task is felt


@contextmanager
def no_long_task(page: Page) -> Iterator[None]:
    """Fail where one task takes more than LIMIT of the processor's time. The time that the
    observer of long tasks sees includes that of whatever else the machine does.

    The processor's time too grows where others fill its caches; then nothing is asserted of it."""
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["toplevel"])
    try:
        yield
    finally:
        events = json.loads(browser.stop_tracing())["traceEvents"]
    threads = {
        (e["pid"], e["tid"])
        for e in events
        if e.get("name") == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    tasks = [e for e in events if e.get("ph") == "X" and (e["pid"], e["tid"]) in threads]
    assert len(tasks) > 10
    busy = os.getloadavg()[0] > 4 * (os.cpu_count() or 1)
    assert busy or max(task.get("tdur", 0) for task in tasks) / 1000 < LIMIT
