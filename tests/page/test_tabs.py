"""The context that tests of the page share: each finds it as if it were new."""

from __future__ import annotations

from playwright.sync_api import Page

from browser import Tabs

KEEP = """async () => {
  localStorage.setItem("kept", "yes");
  await caches.open("kept");
  await new Promise((resolve, reject) => {
    const request = indexedDB.open("kept");
    request.onsuccess = () => resolve(request.result.close());
    request.onerror = reject;
  });
}"""
KEPT = """async () => {
  const databases = (await indexedDB.databases()).map(({ name }) => name);
  const clipboard = await navigator.permissions.query({ name: "clipboard-read" });
  return [
    localStorage.getItem("kept") !== null,
    (await caches.keys()).includes("kept"),
    databases.includes("kept"),
    clipboard.state === "granted",
  ];
}"""


def open_page(tabs: Tabs) -> Page:
    page = tabs.context.new_page()
    page.goto(f"{tabs.origin}/icon.svg")
    return page


def test_a_cleared_context_is_as_new(tabs: Tabs) -> None:
    page = open_page(tabs)
    page.evaluate(KEEP)
    tabs.context.grant_permissions(["clipboard-read"])
    assert page.evaluate(KEPT) == [True] * 4
    tabs.clear()
    assert page.is_closed()
    assert open_page(tabs).evaluate(KEPT) == [False] * 4
    tabs.clear()
