// What takes long, done in a worker: reading sets of letters, and having networks answer many of them.

import type { Shape } from "../engine/network";
import { LenetError } from "../i18n/errors";
import type { Message } from "../i18n/message";
import { LettersError } from "./errors";
import type { Fit, Score } from "./metrics";
import type { Drawing } from "./readers/jsonl";
import type { Letters } from "./types";

/** Where letters come from. Drawings become images with a pen of that width, as `Core.rasterise` has it. */
export type Source =
  | { readonly kind: "glyphs" }
  | { readonly kind: "drawings"; readonly drawings: readonly Drawing[]; readonly pen: number }
  | { readonly kind: "files"; readonly files: readonly File[]; readonly pen: number };

/** A set in two parts. */
export interface Parts {
  readonly training: Letters;
  readonly held: Letters;
}

/** A network, and the letters that it is asked about. */
export interface Question {
  readonly shape: Shape;
  readonly parameters: Float32Array;
  readonly temperature: number;
  readonly letters: Letters;
}

export interface Duties {
  /** To be asked about. */
  open(source: Source): Letters;
  /** To be learned from: no test parts. */
  parts(source: Source): Parts;
  /** A row for each letter. */
  answer(question: Question): Float32Array;
  measure(question: Question): Score;
  fit(question: Question): Fit;
}

type Duty = keyof Duties;
export interface Task {
  readonly id: number;
  readonly duty: Duty;
  readonly subject: unknown;
  /** The page's address. */
  readonly base: string;
}
export interface Done {
  readonly id: number;
  readonly result?: unknown;
  /** What went wrong; with the file that was given where `letters`. */
  readonly error?: Message;
  readonly letters?: boolean;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export class Backstage {
  readonly #worker = new Worker(new URL("./data.worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  constructor() {
    this.#worker.onmessage = ({ data: { id, result, error, letters } }: MessageEvent<Done>) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(letters ? new LettersError(...error) : new LenetError(...error));
      else waiting?.resolve(result as never);
    };
    this.#worker.onerror = (event) => {
      for (const { reject } of this.#waiting.values())
        reject(new LenetError("A part of the page did not load ({}). Reload the page.", event.message || "?"));
      this.#waiting.clear();
    };
  }

  /** Rejects with LettersError for letters that cannot be used, else with LenetError. */
  ask<D extends Duty>(duty: D, subject: Parameters<Duties[D]>[0]): Promise<ReturnType<Duties[D]>> {
    const id = ++this.#asked;
    const task: Task = { id, duty, subject, base: document.baseURI };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(task);
    });
  }

  /** What was asked is answered no more. */
  close(): void {
    this.#worker.terminate();
  }
}
