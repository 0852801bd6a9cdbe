// The interface between the page and a view.
import type { Stroke } from "../engine/types";
import type { Words } from "../i18n/en/page";
import type { Pad } from "../ink/pad";
import type { Recognition, Recognizer } from "../model/recognizer";
import type { State } from "./state";
import type { Store } from "./store";

export interface App {
  readonly store: Store;
  readonly pad: Pad;
  /** Texts of the language; a view is mounted anew for another one. */
  readonly words: Words;
  /** The recognizer in use; a view is mounted anew for another one. */
  readonly recognizer: Recognizer;
  /** The recognizer that comes with the page. */
  readonly defaultRecognizer: Recognizer;
  /** Switches to another recognizer. */
  use(recognizer: Recognizer): void;
  /** Announces a text to screen readers. */
  announce(text: string): void;
}

/** The input of a view's `update`. */
export interface Frame {
  readonly state: State;
  readonly strokes: readonly Stroke[];
  readonly answer: Recognition;
  /** Inference time in ms. */
  readonly elapsed: number;
}

export interface View {
  /** Called once mounted, and with each frame in which something changed. */
  update(frame: Frame): void;
  /** Ends everything that the view started. */
  close?(): void;
}

/** The additions of a collecting server around the views: called once mounted, and with each frame in which something changed. */
export type Served = (app: App, frame: Frame) => void;

/** Fills `place`, which is empty. */
export type Mount = (place: HTMLElement, app: App) => View;

/** The export `open` of a feature's view.ts: loads what the view needs, such as its texts. */
export type Open = (words: Words) => Mount | Promise<Mount>;
