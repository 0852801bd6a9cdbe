// The contributor's code, to keep: as text and as a QR code; and the field for a code from elsewhere.
import type { CollectWords } from "../../i18n/en/collect";
import type { Contributor } from "../../server/contributor";
import { grouped } from "../../server/identity";
import { copyText } from "../copy";
import { h } from "../dom";
import { forgetDraft, keepDraft } from "../drafts";
import { qrCode } from "../qr-code";

const DRAFT = "key";

/** Creates the folded part with the code. */
export function codePart(key: string, { isStored }: Contributor, { mine }: CollectWords): HTMLElement {
  const status = h("span", { role: "status" });
  const copy = async () => {
    if (await copyText(key)) status.textContent = mine.copied;
  };
  const address = `${location.href.split("#")[0]}#key=${key}`;
  return h(
    "details",
    isStored ? {} : { open: true },
    h("summary", {}, mine.code),
    h(
      "div",
      { class: "own-code" },
      qrCode(address, mine.qr),
      h(
        "div",
        {},
        h("p", {}, mine.codeHow),
        h("p", { class: "problem", hidden: isStored }, mine.lost),
        h("p", {}, h("code", { class: "digits" }, grouped(key))),
        h("p", { class: "sets" }, h("button", { type: "button", click: () => void copy() }, mine.copy), status),
      ),
    ),
  );
}

/** Creates the folded field for another code; `become` returns false for a text that is not a code. */
export function enterCode({ mine }: CollectWords, become: (text: string) => Promise<boolean>): HTMLElement {
  const field = keepDraft(
    DRAFT,
    h("input", { autocomplete: "off", spellcheck: "false", size: 40, "aria-describedby": "wrong-code" }),
  );
  const wrong = h("p", { id: "wrong-code", role: "alert" });
  const submit = async (event: Event) => {
    event.preventDefault();
    const right = await become(field.value);
    if (right) forgetDraft(DRAFT);
    field.ariaInvalid = String(!right);
    wrong.textContent = right ? "" : mine.wrong;
    if (!right) field.focus();
  };
  return h(
    "details",
    field.value ? { open: true } : {},
    h("summary", {}, mine.other),
    h(
      "form",
      { class: "sets", submit: (event) => void submit(event) },
      h("label", {}, `${mine.enter} `, field),
      h("button", { type: "submit" }, mine.use),
      wrong,
    ),
  );
}
