// The form for a token or a code: typed once, and kept in memory only.
import { h } from "../dom";

export interface TokenTexts {
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

  constructor({ label, how, submit }: TokenTexts, isSecret: boolean, take: (text: string) => Promise<string>) {
    this.#take = take;
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
    const problem = await this.#take(text);
    this.#problem.textContent = problem;
    this.#problem.hidden = problem === "";
    this.#field.ariaInvalid = String(problem !== "");
    if (problem && this.#field.isConnected) this.#field.select();
  }
}
