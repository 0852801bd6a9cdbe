// Reads a word: recognizes each run of strokes that may be a letter once, and segments the line.
import type { Stroke } from "../engine/types";
import { judge, type Recognizer } from "../model/recognizer";
import type { Verdict } from "../model/types";
import { logProbabilities, type Segment, segment, segmentAsWord } from "./lattice";
import { type StrokeLine, strokeLine } from "./stroke-boxes";

export interface Letter {
  /** Indices of its strokes. */
  readonly strokes: readonly number[];
  /** Identifies the strokes of the letter. */
  readonly key: string;
  readonly letter: string;
  /** The most probable letters, best first. */
  readonly candidates: readonly (readonly [letter: string, probability: number])[];
  readonly verdict: Verdict;
  readonly image: Uint8Array;
  /** Position on the pad, in pad units. */
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  /** Probability of its less certain cut, 0 to 1. */
  readonly certainty: number;
}

/** Demands or forbids a cut between two neighbouring strokes. */
export interface CutConstraint {
  readonly before: Stroke;
  readonly after: Stroke;
  readonly cut: boolean;
}

export interface Word {
  readonly letters: readonly Letter[];
  readonly text: string;
  /** True if a cut is uncertain, or the strokes are wider than letters: joined handwriting. */
  readonly unsure: boolean;
  /** Indices of the strokes from left to right. */
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

  /** Segments and recognizes the strokes. With `words` (class numbers) the result is one of them. */
  read(
    strokes: readonly Stroke[],
    constraints: readonly CutConstraint[] = [],
    words: readonly Uint8Array[] = [],
  ): Word {
    const written = strokeLine(strokes);
    if (written.boxes.length === 0) return { letters: [], text: "", unsure: false, order: [] };
    const score = (first: number, end: number) => this.#reading(strokes, written, first, end).logarithms;
    const places = constraintsAt(strokes, written, constraints);
    const segmentation = segment(written, score, places);
    const runs = segmentAsWord(written, score, places, words) ?? segmentation.runs;
    const letters = runs.map((run) => this.#letter(strokes, written, run, segmentation.probability));
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
    const boxes = written.boxes.slice(run.first, run.end);
    const ranked = Array.from(probabilities, (p, i) => [labels.charAt(i), p] as const).sort(([, p], [, q]) => q - p);
    const within = probability.slice(run.first + 1, run.end).map((p) => 1 - p);
    const ends = [run.first, run.end].filter((place) => place > 0 && place < written.boxes.length);
    return {
      strokes: boxes.map(({ stroke }) => stroke),
      key,
      letter: labels.charAt(run.letter),
      candidates: ranked.slice(0, CANDIDATES),
      verdict: judge(probabilities, this.#recognizer.model),
      image,
      left: Math.min(...boxes.map(({ left }) => left)),
      right: Math.max(...boxes.map(({ right }) => right)),
      bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
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

/** Returns the constraints by the places between the strokes; constraints on other strokes are dropped. */
function constraintsAt(
  strokes: readonly Stroke[],
  { boxes }: StrokeLine,
  constraints: readonly CutConstraint[],
): ReadonlyMap<number, boolean> {
  const places = new Map<number, boolean>();
  for (const { before, after, cut } of constraints) {
    const place = boxes.findIndex(({ stroke }) => strokes[stroke] === after);
    if (place > 0 && strokes[boxes[place - 1]!.stroke] === before) places.set(place, cut);
  }
  return places;
}
