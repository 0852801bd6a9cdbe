// How phones join: the code, the address and a QR code, large enough for the last row.
import type { CollectWords } from "../../i18n/en/collect";
import { h } from "../../ui/dom";
import { keepDraft } from "../../ui/drafts";
import { qrCode } from "../../ui/qr-code";

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

/** The address that phones use, as a person typed it; kept while the tab shows this page. */
let typed = "";

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** Returns the page's address for phones, without query and fragment; null if it is this computer's own name. */
export function addressForPhones(known: string, page: string, own = typed): string | null {
  for (const candidate of [own, known, page]) {
    const url = parse(candidate);
    if (url && /^https?:$/.test(url.protocol) && !LOOPBACK.test(url.hostname)) return url.origin + url.pathname;
  }
  return null;
}

/** Completes an address as a person types it: scheme, port and path are those of the page. */
export function completeAddress(text: string, page: string): string {
  const { protocol, port, pathname } = new URL(page);
  if (/^https?:\/\//i.test(text)) return text;
  const url = parse(`${protocol}//${text}`);
  if (!url) return "";
  if (!/:\d+(\/|$)/.test(text)) url.port = port;
  return url.origin + (url.pathname === "/" ? pathname : url.pathname);
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
    const address = addressForPhones(known, location.href);
    const name = h(
      "p",
      { class: "code" },
      h("span", { class: "unseen" }, [...code].join(" ")),
      h("span", { "aria-hidden": "true" }, code),
    );
    this.element.replaceChildren(name, ...(address ? this.#ways(address, code) : [this.#field(code, known)]));
  }

  #ways(address: string, code: string): readonly Element[] {
    const short = address.replace(/^http:\/\//, "").replace(/\/$/, "");
    const how = h("p", { class: "quiet" }, this.#words.orType);
    return [
      qrCode(`${address}#join=${code}`, this.#words.qr),
      h("div", { class: "how" }, how, h("p", { class: "address" }, short)),
    ];
  }

  #field(code: string, known: string): HTMLElement {
    const attributes = { id: "address", inputmode: "url", autocomplete: "off", required: true, value: typed };
    const field = keepDraft("address", h("input", { ...attributes, "aria-describedby": "address-how" }));
    const submit = (event: Event) => {
      event.preventDefault();
      typed = completeAddress(field.value.trim(), location.href);
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
