// The view "Review", for the owner of the collection: a grid of drawings to accept or to reject, by keyboard.
import "../../ui/style/forms.css";
import "../../ui/style/collect.css";
import "./moderation.css";
import type { CollectWords } from "../../i18n/en/collect";
import { fetchPage, type ModerationState, moderate, STATES } from "../../server/moderation";
import { invitation } from "../../server/services";
import { problemOf } from "../../ui/collect/problem";
import { TokenForm } from "../../ui/collect/token-form";
import { h } from "../../ui/dom";
import type { Open, View } from "../../ui/view";
import { ModerationGrid } from "./moderation-grid";

/** The owner's token and place, as long as the tab shows this page. */
const tab = {
  token: "",
  state: "new" as ModerationState,
  selected: new Set<string>() as ReadonlySet<string>,
  last: null as Decision | null,
};

/** The last decision, to be undone. */
interface Decision {
  readonly ids: readonly string[];
  readonly before: ModerationState;
}

export const open: Open = async (all) => {
  const words = await all.collect();
  return (place) => new ModerateView(place, words);
};

class ModerateView implements View {
  readonly #words: CollectWords;
  readonly #grid: ModerationGrid;
  readonly #form: TokenForm;
  readonly #state: HTMLSelectElement;
  readonly #status = h("p", { role: "status", class: "status" });
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });
  readonly #empty = h("p", { class: "quiet", hidden: true });
  readonly #counted = h("span", { class: "quiet" });
  readonly #buttons: Readonly<Record<"accepted" | "rejected" | "new", HTMLButtonElement>>;
  readonly #desk: HTMLElement;
  #next: string | null = null;
  #busy = false;

  constructor(place: HTMLElement, words: CollectWords) {
    this.#words = words;
    const { moderate: texts } = words;
    this.#grid = new ModerationGrid(texts, () => this.#showSelection());
    this.#form = new TokenForm(
      { name: "owner", label: texts.token, how: texts.tokenHow, submit: texts.open },
      true,
      (text) => this.#open(text),
    );
    this.#state = h("select", {}, ...STATES.map((state) => h("option", { value: state }, texts.states[state])));
    this.#state.addEventListener("change", () => void this.#load(null));
    const button = (text: string, click: () => void, more = {}) =>
      h("button", { type: "button", click, ...more }, text);
    this.#buttons = {
      accepted: button(texts.accept, () => void this.#decide("accepted"), { "aria-keyshortcuts": "A", class: "main" }),
      rejected: button(texts.reject, () => void this.#decide("rejected"), { "aria-keyshortcuts": "R" }),
      new: button(texts.undo, () => void this.#undo(), { "aria-keyshortcuts": "Z" }),
    };
    const keydown = ((event: KeyboardEvent) => this.#key(event)) as EventListener;
    this.#desk = h(
      "div",
      { class: "review", hidden: true, keydown },
      h("p", { class: "quiet", id: "moderation-keys" }, texts.keys),
      h(
        "div",
        { class: "sets decide" },
        h("label", {}, `${texts.state} `, this.#state),
        button(texts.all, () => this.#grid.selectAll(true)),
        button(texts.none, () => this.#grid.selectAll(false)),
        this.#buttons.accepted,
        this.#buttons.rejected,
        this.#buttons.new,
        this.#counted,
      ),
      this.#status,
      this.#empty,
      this.#grid.element,
    );
    place.append(
      h("h2", {}, texts.title),
      h("p", { class: "quiet" }, texts.how),
      this.#form.element,
      this.#problem,
      this.#desk,
    );
    this.#state.value = tab.state;
    const known = tab.token || (invitation.moderate ?? "");
    delete invitation.moderate;
    if (known) void this.#form.submit(known);
  }

  update(): void {}

  /** Takes the token; returns the problem to show. */
  async #open(text: string): Promise<string> {
    try {
      const page = await fetchPage(text, tab.state, null);
      tab.token = text;
      this.#form.element.hidden = true;
      this.#desk.hidden = false;
      const { selected } = tab;
      this.#show(page);
      this.#grid.select(selected);
      this.#grid.focus();
      return "";
    } catch (error) {
      return problemOf(error, this.#words);
    }
  }

  async #load(after: string | null): Promise<void> {
    await this.#try(async () => this.#show(await fetchPage(tab.token, this.#state.value as ModerationState, after)));
  }

  #show({ drawings, next }: Awaited<ReturnType<typeof fetchPage>>): void {
    this.#next = next;
    this.#grid.show(drawings);
    this.#empty.hidden = drawings.length > 0;
    this.#empty.textContent = this.#words.moderate.empty;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLSelectElement) return;
    const key = event.key.toLowerCase();
    if (key === "a") void this.#decide("accepted");
    else if (key === "r") void this.#decide("rejected");
    else if (key === "z") void this.#undo();
    else return;
    event.preventDefault();
  }

  async #decide(state: ModerationState): Promise<void> {
    const ids = this.#grid.chosen.map(({ id }) => id);
    const before = this.#state.value as ModerationState;
    if (this.#busy || ids.length === 0 || state === before) return;
    await this.#try(async () => {
      await moderate(tab.token, ids, state);
      tab.last = { ids, before };
      const done = this.#words.moderate.done(ids.length, this.#words.moderate.states[state]);
      this.#status.textContent = done;
      const last = this.#grid.last;
      this.#grid.remove(new Set(ids));
      if (this.#grid.count > 0) return;
      this.#show(await fetchPage(tab.token, before, this.#next && last));
      this.#grid.focus();
    });
  }

  /** Gives the drawings of the last decision their state back, and shows them. */
  async #undo(): Promise<void> {
    const { last } = tab;
    if (this.#busy || !last) return;
    await this.#try(async () => {
      await moderate(tab.token, last.ids, last.before);
      tab.last = null;
      this.#state.value = last.before;
      this.#status.textContent = "";
      this.#show(await fetchPage(tab.token, last.before, null));
      this.#grid.focus();
    });
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.#busy = true;
    this.#problem.hidden = true;
    try {
      await work();
    } catch (error) {
      this.#problem.textContent = problemOf(error, this.#words);
      this.#problem.hidden = false;
    }
    this.#busy = false;
    this.#showSelection();
  }

  #showSelection(): void {
    const { numSelected, count } = this.#grid;
    [tab.state, tab.selected] = [this.#state.value as ModerationState, this.#grid.selected];
    this.#counted.textContent = count > 0 ? this.#words.moderate.selected(numSelected, count) : "";
    for (const state of ["accepted", "rejected"] as const)
      this.#buttons[state].ariaDisabled = String(count === 0 || this.#state.value === state);
    this.#buttons.new.ariaDisabled = String(tab.last === null);
  }
}
