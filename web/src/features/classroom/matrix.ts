// The confusion matrix of a class: rows are the letters that were meant, columns the ones that the network read.
import type { CollectWords } from "../../i18n/en/collect";
import { LETTERS } from "../../model/letters";
import { h } from "../../ui/dom";
import type { ConfusionCell } from "./class-letters";

/** Creates the table, with the letters that occur only. */
export function matrix(cells: readonly ConfusionCell[], words: CollectWords["classroom"]): HTMLElement {
  const occurs = (letter: string) => cells.some(({ label, predicted }) => letter === label || letter === predicted);
  const letters = [...LETTERS].filter(occurs);
  const counts = new Map(cells.map(({ label, predicted, count }) => [label + predicted, count]));
  const head = letters.map((letter) => h("th", { scope: "col" }, letter));
  const rows = letters.map((label) => {
    const total = cells.filter((cell) => cell.label === label).reduce((sum, { count }) => sum + count, 0);
    const row = letters.map((predicted) => cellOf(label, predicted, counts.get(label + predicted) ?? 0, total));
    return h("tr", {}, h("th", { scope: "row" }, label), ...row);
  });
  const table = h(
    "table",
    {},
    h("caption", { class: "unseen" }, `${words.matrix}. ${words.matrixHow}`),
    h("thead", {}, h("tr", {}, h("td", {}), ...head)),
    h("tbody", {}, ...rows),
  );
  table.style.setProperty("--columns", String(letters.length + 1));
  return table;
}

function cellOf(label: string, predicted: string, count: number, total: number): HTMLElement {
  if (count === 0) return h("td", {});
  const cell = h("td", { class: label === predicted ? "correct" : "wrong" }, String(count));
  cell.style.setProperty("--share", String(Math.round(100 * Math.sqrt(count / total)))); // rare confusions are visible
  return cell;
}
