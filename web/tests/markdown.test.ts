import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMarkdown } from "../src/ui/markdown";
import { rowPath } from "../src/ui/qr-code";
import { pathOf } from "../src/ui/small-drawing";

const text = (content: string) => ({ kind: "text" as const, text: content });

test("headings, paragraphs and lists", () => {
  const blocks = parseMarkdown(
    "# Who\nWe are\na school.\n\n- one\n- two\n  lines\n\n1. first\n2) second\n---\n## Why ##\n",
  );
  assert.deepEqual(blocks, [
    { kind: "heading", level: 1, spans: [text("Who")] },
    { kind: "paragraph", level: 0, spans: [text("We are a school.")] },
    { kind: "list", ordered: false, items: [[text("one")], [text("two lines")]] },
    { kind: "list", ordered: true, items: [[text("first")], [text("second")]] },
    { kind: "heading", level: 2, spans: [text("Why")] },
  ]);
});

test("emphasis, code and links", () => {
  const [block] = parseMarkdown("**Bold** and *em*, `a*b`, [site](https://example.org/x) <https://example.org>");
  assert.deepEqual(block?.kind === "paragraph" && block.spans, [
    { kind: "strong", text: "Bold" },
    text(" and "),
    { kind: "em", text: "em" },
    text(", "),
    { kind: "code", text: "a*b" },
    text(", "),
    { kind: "link", text: "site", href: "https://example.org/x" },
    text(" "),
    { kind: "link", text: "https://example.org", href: "https://example.org" },
  ]);
});

test("nothing of HTML or of scripts is more than text", () => {
  for (const evil of [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](data:text/html,x)",
    "![x](https://example.org/x.png) <b>",
  ]) {
    const blocks = parseMarkdown(evil);
    const spans = blocks.flatMap((block) => (block.kind === "paragraph" ? block.spans : []));
    assert.equal(spans.filter(({ kind, href }) => kind === "link" && !/^https:/.test(href!)).length, 0, evil);
    assert.ok(spans.every(({ kind }) => kind === "text" || kind === "link"));
  }
});

test("runs of dark modules are one rectangle each", () => {
  assert.equal(rowPath([true, true, false, true], 2), "M0 2h2v1h-2zM3 2h1v1h-1z");
  assert.equal(rowPath([false], 0), "");
});

test("a drawing fills its picture, and a dot lies in its middle", () => {
  assert.equal(
    pathOf([
      [
        [0, 0],
        [0, 2],
      ],
      [[1, 1]],
    ]),
    "M31 12L31 88M69 50L69 50",
  );
  assert.equal(pathOf([[[5, 5]]]), "M50 50L50 50");
  assert.equal(pathOf([]), "");
});
