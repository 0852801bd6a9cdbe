// What every view is given, and what it gives back.
import type { Stroke } from "../engine/types";
import type { Words } from "../i18n/en/page";
import type { Pad } from "../ink/pad";
import type { Recognition, Recognizer } from "../model/recognizer";
import type { State } from "./state";
import type { Store } from "./store";

export interface App {
  readonly store: Store;
  readonly pad: Pad;
  /** The language's; a view is mounted anew for another one. */
  readonly words: Words;
  /** What answers; a view is mounted anew for another one. */
  readonly recognizer: Recognizer;
  /** The page's own, whatever answers. */
  readonly defaultRecognizer: Recognizer;
  /** Another network answers from now on. */
  use(recognizer: Recognizer): void;
  /** Tells people who do not see the page, once they have rested. */
  announce(text: string): void;
}

/** What a view is a function of. */
export interface Frame {
  readonly state: State;
  readonly strokes: readonly Stroke[];
  readonly answer: Recognition;
  /** How long the answer took, in ms. */
  readonly elapsed: number;
}

export interface View {
  /** Called once mounted, and with each frame in which something changed. */
  update(frame: Frame): void;
  /** The view goes: nothing of it may go on. */
  close?(): void;
}

/** Fills `place`, which is empty. */
export type Mount = (place: HTMLElement, app: App) => View;

/** What a feature's view.ts exports as `open`: loads what the view needs, such as its words. */
export type Open = (words: Words) => Mount | Promise<Mount>;
