// The result types of a recognizer, as in Python.
import type { Strokes } from "../engine/types";

/**
 * `"letter"`; `"unsure"`, a letter that may well be another one; `"not-a-letter"`; `"empty"`, a drawing
 * without ink.
 */
export type Verdict = "letter" | "unsure" | "not-a-letter" | "empty";

/** An answer. */
export interface Recognition {
  /** The most probable label; null for a drawing that is empty or not a letter. */
  readonly letter: string | null;
  /** The probability of the first candidate, 0 to 1; 0 if empty. */
  readonly confidence: number;
  /** The five most probable letters, best first, whatever the verdict; none if empty. */
  readonly candidates: readonly (readonly [letter: string, probability: number])[];
  readonly verdict: Verdict;
  /** Input image of the network: 28x28 bytes, row by row, ink bright; null if empty. */
  readonly image: Uint8Array | null;
}

/** Options of `recognize`. */
export interface RecognizeOptions {
  /** Pen width as a fraction of the longer side of the drawing, 0.02 to 1; by default the model's. */
  readonly pen?: number | undefined;
}

/** @deprecated The name of `RecognizeOptions` in version 0.1. */
export type Reading = RecognizeOptions;

/** A trained network, ready to answer. Holds no state between answers. */
export interface LetterRecognizer {
  /** The class of each output, one character each, by default `"ABCDEFGHIJKLMNOPQRSTUVWXYZ"`. */
  readonly labels: string;
  /**
   * Reads one letter.
   *
   *     recognizer.recognize([[[0, 0], [0, 10]], [[0, 10], [6, 10]]]).letter  // "L"
   *
   * Throws LenetError for anything that is not a list of strokes, for coordinates that are not numbers or beyond 1e9,
   * and for too many points.
   */
  recognize(strokes: Strokes, options?: RecognizeOptions): Recognition;
  /**
   * Reads the letter in a grey picture, dark on light or light on dark: `height` rows of `width` tones, 0
   * black to 255 white, at most 16,384 a side.
   *
   * Throws LenetError if the size does not match.
   */
  recognizePicture(tones: Uint8Array | Uint8ClampedArray, height: number, width: number): Recognition;
}
