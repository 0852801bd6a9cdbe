// A drawing with its undo history.
import type { Point, Stroke } from "../engine/types";

export class DrawingHistory {
  /** Every state of the finished strokes; a clear is a state too. */
  readonly #states: (readonly Stroke[])[];
  #now = 0;

  constructor(strokes: readonly Stroke[] = []) {
    this.#states = [strokes];
  }

  get strokes(): readonly Stroke[] {
    return this.#states[this.#now]!;
  }

  get canUndo(): boolean {
    return this.#now > 0;
  }

  get canRedo(): boolean {
    return this.#now < this.#states.length - 1;
  }

  add(stroke: Stroke): void {
    this.become([...this.strokes, stroke]);
  }

  /** One more point of the last stroke: no state of its own. */
  extend(point: Point): void {
    const [last, ...others] = [...this.strokes].reverse();
    if (last) this.#states[this.#now] = [...others.reverse(), [...last, point]];
  }

  clear(): void {
    if (this.strokes.length > 0) this.become([]);
  }

  /** Another drawing, from which undo leads back. */
  become(strokes: readonly Stroke[]): void {
    this.#states.splice(++this.#now, Infinity, strokes);
  }

  undo(): void {
    if (this.canUndo) this.#now--;
  }

  redo(): void {
    if (this.canRedo) this.#now++;
  }
}
