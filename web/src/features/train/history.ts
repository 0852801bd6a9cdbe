// The history of a metric over the steps, with no more points than a chart needs.

export interface Point {
  /** Steps taken. */
  readonly step: number;
  /** Nats. */
  readonly loss: number;
  /** 0 to 1. */
  readonly accuracy: number;
}

const MAX_POINTS = 400;

/** Averages neighbouring points once there are too many. */
export class History {
  #points: Point[] = [];
  #each = 1; // added points for each point of the history
  #open: Point[] = [];

  get points(): readonly Point[] {
    return this.#points;
  }

  add(point: Point): void {
    this.#open.push(point);
    if (this.#open.length < this.#each) return;
    this.#points.push(mean(this.#open));
    this.#open = [];
    if (this.#points.length < MAX_POINTS) return;
    const pairs = this.#points;
    this.#points = [];
    for (let i = 0; i < pairs.length; i += 2) this.#points.push(mean(pairs.slice(i, i + 2)));
    this.#each *= 2;
  }
}

function mean(points: readonly Point[]): Point {
  const of = (key: "loss" | "accuracy") => points.reduce((sum, point) => sum + point[key], 0) / points.length;
  return { step: points.at(-1)!.step, loss: of("loss"), accuracy: of("accuracy") };
}
