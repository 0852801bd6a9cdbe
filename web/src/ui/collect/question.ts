// A question before something that cannot be undone.
import { h } from "../dom";

/** An answer to the question: the value it resolves with, and the button's text. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly text: string;
}

/** Asks; the first choice is the safe one: it has the focus, and Escape chooses it. */
export function askPerson<T extends string>(
  text: string,
  safe: Choice<T>,
  ...others: readonly Choice<T>[]
): Promise<T> {
  const buttons = [safe, ...others].map(({ value, text }, i) =>
    h("button", { type: "submit", value, class: i === 0 ? "main" : "" }, text),
  );
  const dialog = h(
    "dialog",
    { "aria-label": text },
    h("form", { method: "dialog" }, h("p", {}, text), h("div", { class: "sets" }, ...buttons)),
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      const value = others.find(({ value }) => value === dialog.returnValue)?.value;
      resolve(value ?? safe.value);
    });
    dialog.showModal();
  });
}
