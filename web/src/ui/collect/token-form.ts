// The form for a token or a code: typed once, and kept in memory only.
import { h } from "../dom";
import { forgetDraft, keepDraft } from "../drafts";

export interface TokenTexts {
  /** Under which the typed text is kept. */
  readonly name: string;
  readonly label: string;
  readonly how: string;
  readonly submit: string;
}

/** A form with one field; `take` returns a problem to show, or "" if the text was taken. */
export class TokenForm {
  readonly element: HTMLFormElement;
  readonly #field: HTMLInputElement;
  readonly #problem = h("p", { id: "token-problem", class: "problem", role: "alert", hidden: true });
  readonly #take: (text: string) => Promise<string>;
  readonly #name: string;

  constructor({ name, label, how, submit }: TokenTexts, isSecret: boolean, take: (text: string) => Promise<string>) {
    [this.#take, this.#name] = [take, name];
    this.#field = h("input", {
      id: "token",
      type: isSecret ? "password" : "text",
      autocomplete: "off",
      autocapitalize: "characters",
      spellcheck: "false",
      required: true,
      maxlength: 200,
      "aria-describedby": "token-how token-problem",
    });
    keepDraft(name, this.#field);
    const send = (event: Event) => {
      event.preventDefault();
      void this.submit(this.#field.value.trim());
    };
    this.element = h(
      "form",
      { class: "token", submit: send },
      h("label", { for: "token" }, label),
      h("div", { class: "sets" }, this.#field, h("button", { type: "submit", class: "main" }, submit)),
      h("p", { id: "token-how", class: "quiet" }, how),
      this.#problem,
    );
  }

  /** Tries a text, as if it had been typed. */
  async submit(text: string): Promise<void> {
    this.#field.value = text;
    const problem = await this.#take(text);
    if (!problem) forgetDraft(this.#name);
    this.#problem.textContent = problem;
    this.#problem.hidden = problem === "";
    this.#field.ariaInvalid = String(problem !== "");
    if (problem && this.#field.isConnected) this.#field.select();
  }
}
