// Reads a word: every run of strokes that may be a letter is read once and remembered.
import type { Stroke } from "../engine/types";
import type { Recognizer } from "../model/recognizer";
import { logProbabilities, type Segment, segment, segmentAsWord } from "./lattice";
import { type StrokeLine, strokeLine } from "./stroke-boxes";

export interface Letter {
  /** Numbers of the strokes that it is made of. */
  readonly strokes: readonly number[];
  /** Other strokes have another one, even in the same places. */
  readonly key: string;
  readonly letter: string;
  /** The most probable letters, best first. */
  readonly candidates: readonly (readonly [letter: string, probability: number])[];
  readonly image: Uint8Array;
  /** Its place on the pad, in pad units. */
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  /** How sure it is that these strokes, and no others, are a letter: 0 to 1, of its less sure end. */
  readonly certainty: number;
}

/** That between two strokes, neighbours from left to right, there is a cut, or none. */
export interface CutConstraint {
  readonly before: Stroke;
  readonly after: Stroke;
  readonly cut: boolean;
}

export interface Word {
  readonly letters: readonly Letter[];
  readonly text: string;
  /** A cut, or where none is, that may well be wrong; or strokes wider than letters are: joined writing. */
  readonly unsure: boolean;
  /** Numbers of the strokes from left to right, those of `letters` in turn. */
  readonly order: readonly number[];
}

const MIN_CERTAINTY = 0.8;
const JOINED = 1.6; // heights
const CANDIDATES = 5;
const MAX_CACHED = 5000;

interface Reading {
  readonly key: string;
  readonly logarithms: Float64Array;
  readonly probabilities: Float32Array;
  readonly image: Uint8Array;
}

export class WordReader {
  readonly #recognizer: Recognizer;
  readonly #read = new Map<string, Reading>();
  readonly #numbers = new WeakMap<Stroke, number>();
  #count = 0;

  constructor(recognizer: Recognizer) {
    this.#recognizer = recognizer;
  }

  /** `wishes` is about cuts; `words` hold classes, one a letter: if there are any, one of them is read. */
  read(strokes: readonly Stroke[], wishes: readonly CutConstraint[] = [], words: readonly Uint8Array[] = []): Word {
    const written = strokeLine(strokes);
    if (written.boxes.length === 0) return { letters: [], text: "", unsure: false, order: [] };
    const judge = (first: number, end: number) => this.#reading(strokes, written, first, end).logarithms;
    const places = constraintsAt(strokes, written, wishes);
    const found = segment(written, judge, places);
    const runs = segmentAsWord(written, judge, places, words) ?? found.runs;
    const letters = runs.map((run) => this.#letter(strokes, written, run, found.probability));
    const wide = written.boxes.some(({ left, right }) => right - left > JOINED * written.height);
    return {
      letters,
      text: letters.map(({ letter }) => letter).join(""),
      order: written.boxes.map(({ stroke }) => stroke),
      unsure: wide || letters.some(({ certainty }) => certainty < MIN_CERTAINTY),
    };
  }

  #letter(strokes: readonly Stroke[], written: StrokeLine, run: Segment, probability: readonly number[]): Letter {
    const { key, probabilities, image } = this.#reading(strokes, written, run.first, run.end);
    const { labels } = this.#recognizer.model;
    const atoms = written.boxes.slice(run.first, run.end);
    const ranked = Array.from(probabilities, (p, i) => [labels.charAt(i), p] as const).sort(([, p], [, q]) => q - p);
    const within = probability.slice(run.first + 1, run.end).map((p) => 1 - p);
    const ends = [run.first, run.end].filter((place) => place > 0 && place < written.boxes.length);
    return {
      strokes: atoms.map(({ stroke }) => stroke),
      key,
      letter: labels.charAt(run.letter),
      candidates: ranked.slice(0, CANDIDATES),
      image,
      left: Math.min(...atoms.map(({ left }) => left)),
      right: Math.max(...atoms.map(({ right }) => right)),
      bottom: Math.max(...atoms.map(({ bottom }) => bottom)),
      certainty: Math.min(1, ...within, ...ends.map((place) => probability[place]!)),
    };
  }

  #reading(strokes: readonly Stroke[], { boxes }: StrokeLine, first: number, end: number): Reading {
    const own = boxes
      .slice(first, end)
      .map(({ stroke }) => stroke)
      .sort((a, b) => a - b)
      .map((i) => strokes[i]!);
    const key = own.map((stroke) => `${this.#number(stroke)}:${stroke.length}`).join(" ");
    let known = this.#read.get(key);
    if (!known) {
      if (this.#read.size >= MAX_CACHED) this.#read.clear();
      const { image, probabilities } = this.#recognizer.answer(own)!;
      known = { key, image, probabilities, logarithms: logProbabilities(probabilities) };
      this.#read.set(key, known);
    }
    return known;
  }

  #number(stroke: Stroke): number {
    let number = this.#numbers.get(stroke);
    if (number === undefined) this.#numbers.set(stroke, (number = this.#count++));
    return number;
  }
}

/** The wishes by the places between the strokes as they lie now; those about others are not fulfilled. */
function constraintsAt(
  strokes: readonly Stroke[],
  { boxes }: StrokeLine,
  wishes: readonly CutConstraint[],
): ReadonlyMap<number, boolean> {
  const places = new Map<number, boolean>();
  for (const { before, after, cut } of wishes) {
    const place = boxes.findIndex(({ stroke }) => strokes[stroke] === after);
    if (place > 0 && strokes[boxes[place - 1]!.stroke] === before) places.set(place, cut);
  }
  return places;
}
