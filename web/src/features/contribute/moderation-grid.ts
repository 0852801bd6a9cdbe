// The grid of drawings: arrow keys move, space selects, and what is selected is decided together.
import type { CollectWords } from "../../i18n/en/collect";
import type { KeptDrawing } from "../../server/contributions";
import { h } from "../../ui/dom";
import { smallDrawing } from "../../ui/small-drawing";

interface Cell {
  readonly drawing: KeptDrawing;
  readonly element: HTMLElement;
}

export class ModerationGrid {
  readonly element: HTMLElement;
  readonly #words: CollectWords["moderate"];
  readonly #changed: () => void;
  #cells: Cell[] = [];
  readonly #selected = new Set<string>();
  #at = 0; // the cell that the Tab key reaches
  #anchor = 0; // where a range that is selected with Shift began

  constructor(words: CollectWords["moderate"], changed: () => void) {
    [this.#words, this.#changed] = [words, changed];
    const keydown = ((event: KeyboardEvent) => this.#key(event)) as EventListener;
    const click = ((event: MouseEvent) => this.#click(event)) as EventListener;
    this.element = h("ul", {
      class: "moderation",
      role: "listbox",
      "aria-multiselectable": "true",
      "aria-label": words.grid,
      "aria-describedby": "moderation-keys",
      keydown,
      click,
    });
  }

  get count(): number {
    return this.#cells.length;
  }

  /** The ids of the selected drawings. */
  get selected(): ReadonlySet<string> {
    return new Set(this.#selected);
  }

  get numSelected(): number {
    return this.#selected.size;
  }

  /** The last drawing's id, after which the next page begins. */
  get last(): string | null {
    return this.#cells.at(-1)?.drawing.id ?? null;
  }

  /** The selected drawings; without a selection the one that has the focus. */
  get chosen(): readonly KeptDrawing[] {
    const chosen = this.#cells.filter(({ drawing }) => this.#selected.has(drawing.id));
    return (chosen.length > 0 ? chosen : this.#cells.slice(this.#at, this.#at + 1)).map(({ drawing }) => drawing);
  }

  show(drawings: readonly KeptDrawing[]): void {
    this.#cells = drawings.map((drawing) => ({ drawing, element: this.#tile(drawing) }));
    this.#selected.clear();
    [this.#at, this.#anchor] = [0, 0];
    this.#render();
  }

  /** Removes drawings; the focus goes to the one that takes the first one's place. */
  remove(ids: ReadonlySet<string>): void {
    const first = this.#cells.findIndex(({ drawing }) => ids.has(drawing.id));
    const focused = this.element.contains(document.activeElement);
    this.#cells = this.#cells.filter(({ drawing }) => !ids.has(drawing.id));
    this.#selected.clear();
    this.#at = this.#anchor = Math.max(0, Math.min(first, this.#cells.length - 1));
    this.#render();
    if (focused) this.focus();
  }

  /** Selects the drawings of these ids that are here. */
  select(ids: ReadonlySet<string>): void {
    for (const { drawing } of this.#cells) this.#set(drawing.id, ids.has(drawing.id));
    this.#mark();
  }

  selectAll(selected: boolean): void {
    for (const { drawing } of this.#cells) this.#set(drawing.id, selected);
    this.#mark();
  }

  focus(): void {
    this.#cells[this.#at]?.element.focus({ preventScroll: false });
  }

  #tile({ label, strokes, letter }: KeptDrawing): HTMLElement {
    const isRead = letter?.toUpperCase() === label.toUpperCase();
    const heard = letter === null ? this.#words.notLetter : this.#words.readAs;
    const reading = h("span", { class: "reading" }, h("span", { class: "unseen" }, `, ${heard} `), letter ?? "");
    reading.classList.toggle("none", letter === null);
    return h(
      "li",
      { role: "option", "aria-selected": "false", tabindex: -1 },
      smallDrawing(strokes),
      h("span", { class: "label" }, label),
      ...(isRead ? [] : [reading]),
    );
  }

  #render(): void {
    this.element.replaceChildren(...this.#cells.map(({ element }) => element));
    this.#mark();
  }

  #mark(): void {
    this.#cells.forEach(({ drawing, element }, i) => {
      element.ariaSelected = String(this.#selected.has(drawing.id));
      element.tabIndex = i === this.#at ? 0 : -1;
    });
    this.#changed();
  }

  #set(id: string, selected: boolean): void {
    if (selected) this.#selected.add(id);
    else this.#selected.delete(id);
  }

  #toggle(at: number): void {
    const cell = this.#cells[at];
    if (!cell) return;
    this.#set(cell.drawing.id, !this.#selected.has(cell.drawing.id));
    this.#at = this.#anchor = at;
    this.#mark();
  }

  #click(event: MouseEvent): void {
    const at = this.#cells.findIndex(({ element }) => element.contains(event.target as Node));
    if (at < 0) return;
    if (event.shiftKey) this.#extend(at);
    else this.#toggle(at);
    this.focus();
  }

  /** Selects everything from the anchor to this cell. */
  #extend(at: number): void {
    this.#at = at;
    const [low, high] = [Math.min(at, this.#anchor), Math.max(at, this.#anchor)];
    this.#cells.forEach(({ drawing }, i) => this.#set(drawing.id, i >= low && i <= high));
    this.#mark();
  }

  #key(event: KeyboardEvent): void {
    const row = this.#columns();
    const moves: Readonly<Record<string, number>> = {
      ArrowRight: this.#at + 1,
      ArrowLeft: this.#at - 1,
      ArrowDown: this.#at + row,
      ArrowUp: this.#at - row,
      Home: 0,
      End: this.#cells.length - 1,
    };
    const goal = moves[event.key];
    if (event.altKey || event.metaKey) return;
    if (event.ctrlKey && event.key.toLowerCase() === "a") this.selectAll(true);
    else if (event.ctrlKey) return;
    else if (event.key === " ") this.#toggle(this.#at);
    else if (goal !== undefined) this.#move(goal, event.shiftKey);
    else return;
    event.preventDefault();
  }

  #move(goal: number, extends_: boolean): void {
    if (goal < 0 || goal >= this.#cells.length) return;
    if (extends_) this.#extend(goal);
    else {
      this.#at = this.#anchor = goal;
      this.#mark();
    }
    this.focus();
  }

  /** Cells in a row, as the window has room for them. */
  #columns(): number {
    const top = this.#cells[0]?.element.offsetTop;
    const inRow = this.#cells.findIndex(({ element }) => element.offsetTop !== top);
    return inRow < 0 ? this.#cells.length : inRow;
  }
}
