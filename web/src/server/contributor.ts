// The contributor on this device: the key, the text agreed to, and the contributions on their way.

import type { Stroke } from "../engine/types";
import { isObject } from "../model/json";
import type { Recognizer } from "../model/recognizer";
import { writeModel } from "../model/writer";
import { put, readAll } from "../storage/database";
import { type Consent, contributionOf, fetchMine, type KeptDrawing, type Receipt, withdrawMine } from "./contributions";
import { newKey, readKey } from "./identity";
import { Outbox, type Outcome } from "./outbox";
import { sha256 } from "./sha256";

const RECORD = "contributor"; // the only record of its store

export class Contributor {
  readonly outbox: Outbox;
  /** Headers that go with each request besides the key, such as a class's session. */
  headers: Readonly<Record<string, string>> = {};
  #key: string | null = null;
  #agreed = "";
  #stored = false;

  private constructor(outbox: Outbox) {
    this.outbox = outbox;
  }

  static async load(outbox = new Outbox()): Promise<Contributor> {
    const contributor = new Contributor(outbox);
    const [[, record] = []] = await readAll("contributor").catch(() => []);
    if (isObject(record)) {
      contributor.#key = readKey(String(record["key"]));
      contributor.#agreed = String(record["agreed"] ?? "");
      contributor.#stored = true;
    }
    void outbox.open();
    addEventListener("online", () => void outbox.flush());
    return contributor;
  }

  /** The key; null before the first contribution. */
  get key(): string | null {
    return this.#key;
  }

  /** False if the browser stores nothing: the key is lost with the tab. */
  get isStored(): boolean {
    return this.#stored;
  }

  /** True if an earlier text was agreed to. */
  get hasAgreedBefore(): boolean {
    return this.#agreed !== "";
  }

  hasAgreed({ digest }: Consent): boolean {
    return this.#key !== null && this.#agreed === digest;
  }

  /** Records the agreement, also for what waits; makes the key, if there is none. */
  async agree({ digest }: Consent): Promise<void> {
    this.#key ??= newKey();
    this.#agreed = digest;
    await this.#store();
    await this.outbox.renew(digest);
  }

  /** Takes over the key of another device. */
  async become(key: string): Promise<void> {
    this.#key = key;
    await this.#store();
  }

  /** Sends a drawing, or lets it wait; returns its id and what became of it. Only after `agree`. */
  async give(
    strokes: readonly Stroke[],
    label: string,
    recognizer: Recognizer,
    defaultRecognizer: Recognizer,
  ): Promise<Outcome & { readonly id: string }> {
    const model = await digestOf(recognizer, recognizer === defaultRecognizer);
    const contribution = contributionOf(strokes, label, this.#agreed, recognizer, model);
    const outcome = await this.outbox.add({ contribution, headers: this.#headers });
    return { ...outcome, id: contribution.id };
  }

  /** Returns all contributions that the server keeps. */
  async mine(): Promise<readonly KeptDrawing[]> {
    return this.#key === null ? [] : fetchMine(this.#headers);
  }

  /** Deletes all contributions, on the server and in the outbox. */
  async withdraw(): Promise<Receipt> {
    await this.outbox.clear();
    return withdrawMine(this.#headers);
  }

  get #headers(): Readonly<Record<string, string>> {
    return { ...this.headers, "Lenet-Contributor": this.#key ?? "" };
  }

  async #store(): Promise<void> {
    this.#stored = await put("contributor", [{ key: this.#key, agreed: this.#agreed }], [RECORD]).then(
      () => true,
      () => false,
    );
  }
}

const MODEL = "./model.safetensors";
const digests = new WeakMap<Recognizer, string>();

/** Records the file that a network was read from, for its digest. */
export function rememberFile(recognizer: Recognizer, file: Uint8Array): void {
  digests.set(recognizer, sha256(file));
}

/** Returns the SHA-256 of the network's file: of a network of this page, of the file that it would write. */
async function digestOf(recognizer: Recognizer, isDefault: boolean): Promise<string> {
  const known = digests.get(recognizer);
  if (known !== undefined) return known;
  const file = isDefault
    ? await fetch(MODEL, { cache: "force-cache" })
        .then((response) => response.arrayBuffer())
        .then((buffer) => new Uint8Array(buffer))
        .catch(() => null)
    : writeModel(recognizer.model, recognizer.core.rasterizerVersion);
  if (!file) return "";
  rememberFile(recognizer, file);
  return digests.get(recognizer)!;
}

let contributor: Promise<Contributor> | null = null;

/** Returns the contributor of this tab. */
export function thisContributor(): Promise<Contributor> {
  contributor ??= Contributor.load();
  return contributor;
}
