// The pad: mouse, finger and pen -> strokes. The strokes are the data; the canvas only shows them.
import type { Point, Stroke } from "../engine/types";
import { DrawingHistory } from "./drawing-history";
import { paintStrokes, widthOf } from "./paint";
import { duration, strokesUntil } from "./replay";
import type { Drawings } from "./session-drawings";

interface Contact {
  readonly pointer: number;
  readonly type: string;
  readonly points: Point[];
}

/** How long after the pen was last seen a touch still counts as the palm, in ms. */
const PALM = 800;

/** A stroke that nowhere leaves a square of this side is a dot, in units of the pad's height; half the width of the pen. */
const TAP = 0.02;

const FIRST = "letter";

/**
 * Points are [x, y, time, pressure]: in units of the pad's height, 0 to 1 down it, 0 to `aspect`
 * across it, whatever its size on the screen; ms since the drawing's first point; 0 to 1 of a pen.
 */
export class Pad {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #onChange: () => void;
  /** The sheets of the pad, each with its own drawing. */
  readonly #pages = new Map([[FIRST, new DrawingHistory()]]);
  #page = FIRST;
  #contact: Contact | null = null;
  #penSeen = -Infinity;
  #began = 0; // when the drawing's first point was drawn
  #replay: readonly Stroke[] | null = null;
  #replays = 0; // counts, so that a replay ends where another one begins

  /** Calls back when the strokes, or their replay, have changed. */
  constructor(canvas: HTMLCanvasElement, onChange: () => void) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser gives the page no canvas to draw on.");
    this.canvas = canvas;
    this.#context = context;
    this.#onChange = onChange;
    canvas.addEventListener("pointerdown", this.#down);
    canvas.addEventListener("pointermove", this.#move);
    canvas.addEventListener("pointerup", this.#up);
    canvas.addEventListener("pointercancel", this.#cancel);
    canvas.addEventListener("lostpointercapture", this.#up);
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    // iPadOS takes quick pen strokes for its own handwriting input unless these are refused.
    canvas.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
  }

  /** The stroke that is being drawn included; while it is replayed, what is there so far. */
  get strokes(): readonly Stroke[] {
    if (this.#replay) return this.#replay;
    return this.#contact ? [...this.#drawing.strokes, strokeOf(this.#contact)] : this.#drawing.strokes;
  }

  get busy(): boolean {
    return this.#contact !== null || this.#replay !== null;
  }

  get canUndo(): boolean {
    return this.#contact !== null || this.#drawing.canUndo;
  }

  get canRedo(): boolean {
    return this.#contact === null && this.#drawing.canRedo;
  }

  /** Width over height, as it is on the screen. */
  get aspect(): number {
    const { clientWidth, clientHeight } = this.canvas;
    return clientHeight > 0 ? clientWidth / clientHeight : 1;
  }

  /** Undoes the last stroke or the last clear. */
  undo(): void {
    if (this.#contact) this.#contact = null;
    else this.#drawing.undo();
    this.#changed();
  }

  redo(): void {
    if (!this.#contact) this.#drawing.redo();
    this.#changed();
  }

  clear(): void {
    this.#contact = null;
    this.#drawing.clear();
    this.#changed();
  }

  /** Replaces the drawing; can be undone. */
  show(strokes: readonly Stroke[]): void {
    this.#contact = null;
    this.#drawing.become(strokes);
    this.#changed();
  }

  /** The drawings of all sheets. */
  get drawings(): Drawings {
    return Object.fromEntries(Array.from(this.#pages, ([page, { strokes }]) => [page, strokes]));
  }

  /** Pages as they were before; undo leads to empty ones. */
  restore(drawings: Drawings): void {
    for (const [page, strokes] of Object.entries(drawings)) {
      const drawing = new DrawingHistory();
      if (strokes.length > 0) drawing.become(strokes);
      this.#pages.set(page, drawing);
    }
    const times = Object.values(drawings)
      .flat(2)
      .map(([, , time = 0]) => time);
    this.#began = performance.now() - times.reduce((last, time) => Math.max(last, time), 0);
    this.#changed();
  }

  /** Adds a stroke. */
  add(stroke: Stroke): void {
    this.#drawing.add(stroke);
    this.#changed();
  }

  /** Adds a point to the last stroke. */
  extend(point: Point): void {
    this.#drawing.extend(point);
    this.#changed();
  }

  /** Turns to another sheet of the pad; each keeps its drawing. */
  turn(page: string = FIRST): void {
    if (page === this.#page) return;
    this.#contact = null;
    this.#page = page;
    if (!this.#pages.has(page)) this.#pages.set(page, new DrawingHistory());
    this.#changed();
  }

  /** Replays the drawing. */
  replay(): void {
    if (this.#contact) return;
    const { strokes } = this.#drawing;
    const start = performance.now();
    const end = duration(strokes);
    const turn = ++this.#replays;
    const step = (now: number) => {
      if (!this.#replay || turn !== this.#replays) return;
      const passed = now - start;
      this.#replay = passed < end ? strokesUntil(strokes, passed) : null;
      this.#onChange();
      if (this.#replay) requestAnimationFrame(step);
    };
    this.#replay = [];
    requestAnimationFrame(step);
  }

  /** The time of a point that is drawn now, in ms since the drawing's first. */
  now(): number {
    if (this.strokes.length === 0) this.#began = performance.now();
    return Math.max(0, Math.round(performance.now() - this.#began));
  }

  /** Calls back when they must be painted anew though they are the same, until the signal. */
  watch(onLook: () => void, signal = new AbortController().signal): void {
    const observer = new ResizeObserver(onLook);
    observer.observe(this.canvas);
    signal.addEventListener("abort", () => observer.disconnect());
    addEventListener("resize", onLook, { signal }); // another zoom or another screen: other device pixels
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onLook, { signal });
  }

  /** Paints the strokes, crisp at any size and density of pixels. */
  paint(): void {
    const [canvas, context] = [this.canvas, this.#context];
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.setTransform(height, 0, 0, height, 0, 0);
    context.clearRect(0, 0, width / height, 1);
    paintStrokes(context, this.strokes, getComputedStyle(canvas).color, widthOf(this.aspect));
  }

  get #drawing(): DrawingHistory {
    return this.#pages.get(this.#page)!;
  }

  #changed(): void {
    this.#replay = null;
    this.#onChange();
  }

  readonly #down = (event: PointerEvent): void => {
    event.preventDefault();
    if (event.button !== 0) return;
    if (event.pointerType === "pen") this.#penSeen = event.timeStamp;
    if (event.pointerType === "touch" && event.timeStamp - this.#penSeen < PALM) return;
    // The palm may have come down before the pen; a second finger is not a second stroke.
    const palm = event.pointerType === "pen" && this.#contact?.type === "touch";
    if (this.#contact && !palm) return;
    this.#replay = null;
    this.now(); // the clock starts with the first point
    this.#contact = { pointer: event.pointerId, type: event.pointerType, points: [] };
    this.canvas.setPointerCapture(event.pointerId);
    this.#extend(event);
  };

  readonly #move = (event: PointerEvent): void => {
    if (event.pointerType === "pen") this.#penSeen = event.timeStamp; // near the surface too
    if (event.pointerId !== this.#contact?.pointer) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const move of between.length > 0 ? between : [event]) this.#extend(move);
  };

  readonly #up = (event: PointerEvent): void => {
    if (event.pointerType === "pen") this.#penSeen = event.timeStamp;
    if (event.pointerId === this.#contact?.pointer) this.#finish();
  };

  /** A finger is cancelled when the system takes it for a palm or a gesture; a pen or mouse drew. */
  readonly #cancel = (event: PointerEvent): void => {
    if (event.pointerId !== this.#contact?.pointer) return;
    if (event.pointerType === "touch") this.#contact = null;
    else this.#finish();
    this.#onChange();
  };

  /** Outside the pad the stroke runs along its edge: what is read is what is seen. */
  #extend(event: PointerEvent): void {
    const points = this.#contact?.points;
    if (!points) return;
    const box = this.canvas.getBoundingClientRect();
    const x = within((event.clientX - box.left) / box.height, box.width / box.height);
    const y = within((event.clientY - box.top) / box.height, 1);
    const last = points.at(-1);
    if (last && last[0] === x && last[1] === y) return;
    const moment = Math.max(0, Math.round(event.timeStamp - this.#began));
    points.push(event.pointerType === "pen" ? [x, y, moment, event.pressure] : [x, y, moment]);
    this.#onChange();
  }

  #finish(): void {
    if (!this.#contact) return;
    this.#drawing.add(strokeOf(this.#contact));
    this.#contact = null;
    this.#onChange();
  }
}

/** The stroke of a contact. A hand trembles while it taps. */
function strokeOf({ points }: Contact): Stroke {
  const isTap = [0, 1].every((axis) => {
    const values = points.map((point) => point[axis]!);
    return Math.max(...values) - Math.min(...values) < TAP;
  });
  return isTap ? points.slice(0, 1) : points;
}

function within(share: number, most: number): number {
  return Math.min(most, Math.max(0, share));
}
