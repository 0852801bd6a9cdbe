// How phones join: the code, the address and a QR code, large enough for the last row.
import type { CollectWords } from "../../i18n/en/collect";
import { h } from "../../ui/dom";
import { qrCode } from "../../ui/qr-code";

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

/** The address that phones use, as a person typed it; kept while the tab shows this page. */
let typed = "";

/** Returns the page's address for phones, without a fragment; null if it is this computer's own name. */
export function addressForPhones(known: string, page: string): string | null {
  for (const candidate of [typed, known, page]) {
    const url = URL.canParse(candidate) ? new URL(candidate) : null;
    if (url && /^https?:$/.test(url.protocol) && !LOOPBACK.test(url.hostname)) return url.href.split("#")[0]!;
  }
  return null;
}

export class InvitationPanel {
  readonly element = h("section", { class: "invitation" });
  readonly #words: CollectWords["classroom"];
  #key = "";

  constructor(words: CollectWords["classroom"]) {
    this.#words = words;
    this.element.ariaLabel = words.joinAt;
  }

  show(code: string, known: string): void {
    const key = `${code} ${known} ${typed}`;
    if (key === this.#key) return;
    this.#key = key;
    const words = this.#words;
    const address = addressForPhones(known, location.href);
    const join = `${address ?? location.href.split("#")[0]}#join=${code}`;
    const short = (address ?? location.href.split("#")[0]!).replace(/^http:\/\//, "").replace(/\/$/, "");
    this.element.replaceChildren(
      h(
        "p",
        { class: "code" },
        h("span", { class: "unseen" }, [...code].join(" ")),
        h("span", { "aria-hidden": "true" }, code),
      ),
      qrCode(join, words.qr),
      h("div", { class: "how" }, h("p", { class: "quiet" }, words.orType), h("p", { class: "address" }, short)),
      ...(address ? [] : [this.#field(code, known)]),
    );
  }

  #field(code: string, known: string): HTMLElement {
    const field = h("input", { type: "url", id: "address", required: true, "aria-describedby": "address-how" });
    const submit = (event: Event) => {
      event.preventDefault();
      typed = field.value;
      this.show(code, known);
    };
    return h(
      "form",
      { class: "own-address", submit },
      h("label", { for: "address" }, this.#words.address),
      h("div", { class: "sets" }, field, h("button", { type: "submit" }, "OK")),
      h("p", { id: "address-how", class: "quiet" }, this.#words.addressHow),
    );
  }
}
