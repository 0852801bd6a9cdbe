// Segmentation lattice: all ways to cut a line of handwriting into letters, with the score of each.
//
// A segment is a run of at most MAX_STROKES strokes. The score of a path is the sum of the log probabilities of its
// letters and gaps. Sums over all paths, forward and backward, give the probability of each cut.
import { gap, type StrokeLine, width } from "./stroke-boxes";

export const MAX_STROKES = 5; // strokes of a letter: E drawn in four, and a flourish

/** Returns the log probability of each class for a run of strokes as one letter. */
export type Scorer = (first: number, end: number) => ArrayLike<number>;

const MIN_PROBABILITY = 1e-6; // a probability; so that one odd letter does not outweigh all others

export function logProbabilities(probabilities: Float32Array): Float64Array {
  return Float64Array.from(probabilities, (p) => Math.log(Math.max(MIN_PROBABILITY, p)));
}

/** Cuts that the user demands (true) or forbids (false), by the place between strokes. */
export type CutConstraints = ReadonlyMap<number, boolean>;

export interface Segment {
  readonly first: number;
  readonly end: number;
  /** Class, or null for the most probable one. */
  readonly letter: number;
}

export interface Segmentation {
  readonly runs: readonly Segment[];
  /** Probability of a cut at each place between strokes, 1 to n - 1; [0] is unused. */
  readonly probability: readonly number[];
  /** Score of the best path. */
  readonly value: number;
}

// Chosen on words put together of letters of unipen_train, written with gaps of various widths.
const GAP_MIDDLE = 0.06; // heights; as often within a letter as between two
const GAP_SCALE = 0.05;
const MAX_WIDTH = 1.3; // heights; a wider letter is improbable
const WIDE_COST = 6;
const LETTER_COST = 0.7; // of each letter: parts of letters look like letters, too

interface Edge {
  readonly first: number;
  readonly end: number;
  readonly best: number;
  readonly value: number;
  readonly letters: ArrayLike<number>;
}

/** Returns every segment that the constraints allow, with its score: letter, gaps inside it, gap before it. */
function edges(line: StrokeLine, score: Scorer, constraints: CutConstraints): readonly (readonly Edge[])[] {
  const count = line.boxes.length;
  return Array.from({ length: count }, (_, first) => {
    const segments: Edge[] = [];
    for (let end = first + 1; end <= Math.min(count, first + MAX_STROKES); end++) {
      if (end - first > 1 && constraints.get(end - 1) === true) break; // cut within
      if (end < count && constraints.get(end) === false) continue;
      const letters = score(first, end);
      const best = argmax(letters);
      segments.push({ first, end, best, letters, value: shape(line, first, end) + (end - first) * letters[best]! });
    }
    return segments;
  });
}

/** Returns the geometric score of a segment, which is low if it is too wide or has gaps inside. */
function shape(line: StrokeLine, first: number, end: number): number {
  let value = -LETTER_COST - WIDE_COST * Math.max(0, width(line, first, end) - MAX_WIDTH);
  for (let place = first + 1; place < end; place++) value += logistic(-separation(gap(line, first, place, end)));
  const before = Math.max(0, first - MAX_STROKES);
  if (first > 0) value += logistic(separation(gap(line, before, first, end)));
  return value;
}

const separation = (room: number) => (room - GAP_MIDDLE) / GAP_SCALE;
const logistic = (x: number) => -Math.log1p(Math.exp(-Math.min(40, Math.max(-40, x))));

/** Returns the best path through the line and the probability of each cut (forward-backward). */
export function segment(line: StrokeLine, score: Scorer, constraints: CutConstraints): Segmentation {
  const count = line.boxes.length;
  const all = edges(line, score, constraints);
  const forward = new Array<number>(count + 1).fill(-Infinity);
  const backward = new Array<number>(count + 1).fill(-Infinity);
  const best = new Array<number>(count + 1).fill(-Infinity);
  const from = new Array<Edge | null>(count + 1).fill(null);
  forward[0] = best[0] = backward[count] = 0;
  for (const edge of all.flat()) {
    forward[edge.end] = sum(forward[edge.end]!, forward[edge.first]! + edge.value);
    if (best[edge.first]! + edge.value > best[edge.end]!) {
      best[edge.end] = best[edge.first]! + edge.value;
      from[edge.end] = edge;
    }
  }
  for (const edge of [...all].reverse().flat())
    backward[edge.first] = sum(backward[edge.first]!, backward[edge.end]! + edge.value);
  const probability = forward.map((value, place) =>
    place > 0 ? Math.exp(value + backward[place]! - forward[count]!) : 0,
  );
  const runs: Segment[] = [];
  for (let edge = from[count] ?? null; edge; edge = from[edge.first] ?? null)
    runs.unshift({ ...edge, letter: edge.best });
  return {
    runs: runs.map(({ first, end, letter }) => ({ first, end, letter })),
    probability: probability.slice(0, count),
    value: best[count]!,
  };
}

/** Returns the score of the best path from each place to the end. */
function backwardScores(all: readonly (readonly Edge[])[]): Float64Array {
  const best = new Float64Array(all.length + 1).fill(-Infinity);
  best[all.length] = 0;
  for (const { first, end, value } of [...all].reverse().flat())
    best[first] = Math.max(best[first]!, value + best[end]!);
  return best;
}

/** The best paths through the first letters of a word, by their end: score, and start of the last letter. */
interface PartialPaths {
  readonly worth: Float64Array;
  readonly from: Int32Array;
}

/**
 * The best way that reads as one of the words, each of class numbers; null where none fits. Of words in the order of
 * the alphabet what they begin with alike is weighed once, and left where even the best rest would not help.
 */
export function segmentAsWord(
  line: StrokeLine,
  score: Scorer,
  constraints: CutConstraints,
  words: Iterable<Uint8Array>,
): readonly Segment[] | null {
  const all = edges(line, score, constraints);
  const [count, flat, rest] = [all.length, all.flat(), backwardScores(all)];
  const ways: PartialPaths[] = [
    { worth: new Float64Array(count + 1).fill(-Infinity), from: new Int32Array(count + 1) },
  ];
  ways[0]!.worth[0] = 0;
  let before: ArrayLike<number> = []; // the letters that `ways` are of
  let best: readonly Segment[] | null = null;
  let highest = -Infinity;
  for (const word of words) {
    if (word.length > count || word.length * MAX_STROKES < count) continue;
    let alike = 0;
    while (alike < ways.length - 1 && word[alike] === before[alike]) alike++;
    if (isPruned(ways[alike]!, rest, highest)) continue;
    ways.length = alike + 1;
    before = word;
    while (ways.length <= word.length && !isPruned(ways.at(-1)!, rest, highest))
      ways.push(extend(flat, ways.at(-1)!, word[ways.length - 1]!));
    const worth = ways[word.length]?.worth[count] ?? -Infinity;
    if (worth > highest) [highest, best] = [worth, traceBack(ways, word)];
  }
  return best;
}

function isPruned({ worth }: PartialPaths, rest: Float64Array, highest: number): boolean {
  return worth.every((value, place) => !(value + rest[place]! > highest));
}

/** Extends the paths by one letter. */
function extend(edges: readonly Edge[], { worth }: PartialPaths, letter: number): PartialPaths {
  const next: PartialPaths = {
    worth: new Float64Array(worth.length).fill(-Infinity),
    from: new Int32Array(worth.length),
  };
  for (const { first, end, best, value, letters } of edges) {
    const sum = worth[first]! + value + (end - first) * (letters[letter]! - letters[best]!);
    if (sum > next.worth[end]!) [next.worth[end], next.from[end]] = [sum, first];
  }
  return next;
}

function traceBack(ways: readonly PartialPaths[], word: Uint8Array): readonly Segment[] {
  const runs: Segment[] = [];
  let end = ways[0]!.from.length - 1;
  for (let i = word.length; i > 0; i--) {
    const first = ways[i]!.from[end]!;
    runs.unshift({ first, end, letter: word[i - 1]! });
    end = first;
  }
  return runs;
}

function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** log(e^a + e^b) */
function sum(a: number, b: number): number {
  const [more, less] = a > b ? [a, b] : [b, a];
  return less === -Infinity ? more : more + Math.log1p(Math.exp(less - more));
}
