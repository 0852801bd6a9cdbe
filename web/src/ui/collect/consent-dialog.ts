// The text that a contributor agrees to before the first contribution.
import type { CollectWords } from "../../i18n/en/collect";
import { type Consent, fetchConsent } from "../../server/contributions";
import type { Contributor } from "../../server/contributor";
import { h } from "../dom";
import { markdown } from "../markdown";

let current: Consent | null = null;

/** Forgets the loaded text, so that it is asked for again: the owner has changed it. */
export function forgetConsent(): void {
  current = null;
}

/** Shows the text unless the contributor has agreed to it; resolves with the agreement. Rejects with ServerError. */
export async function ensureConsent(contributor: Contributor, words: CollectWords): Promise<boolean> {
  current ??= await fetchConsent();
  if (contributor.hasAgreed(current)) return true;
  if (!(await confirmed(current, contributor, words))) return false;
  await contributor.agree(current);
  return true;
}

function confirmed({ text }: Consent, contributor: Contributor, words: CollectWords): Promise<boolean> {
  const { consent } = words;
  const isChanged = contributor.hasAgreedBefore;
  const heading = h("h2", { tabindex: -1, autofocus: true }, isChanged ? consent.title2 : consent.title);
  const button = (value: string, name: string, look: string) =>
    h("button", { type: "submit", value, class: look }, name);
  const dialog = h(
    "dialog",
    { class: "consent" },
    h(
      "form",
      { method: "dialog" },
      heading,
      ...(isChanged ? [h("p", {}, consent.changed)] : []),
      h("div", { class: "text", tabindex: 0, role: "region", "aria-label": consent.title }, ...markdown(text)),
      h("p", { class: "quiet" }, consent.code),
      h("div", { class: "sets" }, button("yes", consent.agree, "main"), button("no", consent.later, "")),
    ),
  );
  dialog.ariaLabel = heading.textContent;
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}
