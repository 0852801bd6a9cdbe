// Markdown of others as elements: headings, paragraphs, lists, emphasis, code and links; everything else is text.
// It makes elements and never reads HTML, so a text cannot bring scripts, images or styles.
import { h } from "./dom";

/** A piece of a line. A link leads to `href`. */
export interface Span {
  readonly kind: "text" | "strong" | "em" | "code" | "link";
  readonly text: string;
  readonly href?: string;
}

export type Block =
  | { readonly kind: "heading" | "paragraph"; readonly level: number; readonly spans: readonly Span[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Span[])[] };

const MAX_TEXT = 65_536;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const BULLET = /^\s*[-*+]\s+(.*)$/;
const NUMBER = /^\s*\d{1,9}[.)]\s+(.*)$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const SPAN =
  /\*\*(?<strong>[^*]+)\*\*|\*(?<star>[^*]+)\*|\b_(?<em>[^_]+)_\b|`(?<code>[^`]+)`|\[(?<label>[^[\]]+)\]\((?<target>[^\s()]+)\)|<(?<address>https?:[^\s<>]+)>/g;
const SAFE = /^(https?:\/\/|mailto:)/i;

/** Parses a text into blocks. */
export function parseMarkdown(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = []; // of the open paragraph
  let items: string[] = []; // of the open list
  let ordered = false;
  const close = () => {
    if (lines.length > 0) blocks.push({ kind: "paragraph", level: 0, spans: parseSpans(lines.join(" ")) });
    if (items.length > 0) blocks.push({ kind: "list", ordered, items: items.map(parseSpans) });
    [lines, items] = [[], []];
  };
  for (const line of text.slice(0, MAX_TEXT).split(/\r?\n/)) {
    const heading = HEADING.exec(line);
    const [bullet, number] = [BULLET.exec(line), NUMBER.exec(line)];
    const item = bullet ?? number;
    if (line.trim() === "" || RULE.test(line)) close();
    else if (heading) {
      close();
      blocks.push({ kind: "heading", level: heading[1]!.length, spans: parseSpans(heading[2]!) });
    } else if (item) {
      if (lines.length > 0 || (items.length > 0 && ordered !== (bullet === null))) close();
      ordered = bullet === null;
      items.push(item[1]!);
    } else if (items.length > 0) items.push(`${items.pop()!} ${line.trim()}`);
    else lines.push(line.trim());
  }
  close();
  return blocks;
}

function parseSpans(line: string): readonly Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of line.matchAll(SPAN)) {
    if (match.index > end) spans.push({ kind: "text", text: line.slice(end, match.index) });
    end = match.index + match[0].length;
    spans.push(spanOf(match[0], match.groups!));
  }
  if (end < line.length) spans.push({ kind: "text", text: line.slice(end) });
  return spans;
}

function spanOf(whole: string, parts: Readonly<Record<string, string | undefined>>): Span {
  const { strong, star, em = star, code, label, target, address } = parts;
  if (strong !== undefined) return { kind: "strong", text: strong };
  if (em !== undefined) return { kind: "em", text: em };
  if (code !== undefined) return { kind: "code", text: code };
  const href = target ?? address ?? "";
  return SAFE.test(href) ? { kind: "link", text: label ?? href, href } : { kind: "text", text: whole };
}

/** Returns a text as elements; its first headings get this level. */
export function markdown(text: string, level = 3): readonly HTMLElement[] {
  const blocks = parseMarkdown(text);
  const levels = blocks.flatMap((block) => (block.kind === "heading" ? [block.level] : []));
  const top = Math.min(...levels);
  return blocks.map((block) => {
    if (block.kind === "list")
      return h(block.ordered ? "ol" : "ul", {}, ...block.items.map((spans) => h("li", {}, ...spans.map(inline))));
    const tag = block.kind === "paragraph" ? "p" : HEADINGS[Math.min(level + block.level - top, 6)]!;
    return h(tag, {}, ...block.spans.map(inline));
  });
}

const HEADINGS = ["h1", "h1", "h2", "h3", "h4", "h5", "h6"] as const;

function inline({ kind, text, href = "" }: Span): HTMLElement | string {
  if (kind === "text") return text;
  if (kind === "link") return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
  return h(kind, {}, text);
}
