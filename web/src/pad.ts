// The pad: mouse, finger and pen -> strokes. The strokes are the data; the canvas only shows them.

/** In pad units: 0 to 1 across the pad and down it, whatever its size on the screen. */
export type PadPoint = readonly [x: number, y: number];
export type PadStroke = readonly PadPoint[];

interface Contact {
  readonly pointer: number;
  readonly type: string;
  readonly points: PadPoint[];
}

const INK_WIDTH = 0.045; // pad units; for the looks only

/** How long after the pen was last seen a touch still counts as the palm, in ms. */
const PALM = 800;

export class Pad {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #onChange: () => void;
  /** Every state of the finished strokes, the present one last; undo goes back, over a clear too. */
  readonly #states: (readonly PadStroke[])[] = [[]];
  #contact: Contact | null = null;
  #penSeen = -Infinity;

  /** Calls `onChange` when the strokes have changed; painting them, then and at another size, is for the owner. */
  constructor(canvas: HTMLCanvasElement, onChange: () => void) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser gives the page no canvas to draw on.");
    this.#canvas = canvas;
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

  /** The stroke that is being drawn included. */
  get strokes(): readonly PadStroke[] {
    return this.#contact ? [...this.#finished, this.#contact.points] : this.#finished;
  }

  /** Others in place of what is there; undo brings that back. */
  set strokes(strokes: readonly PadStroke[]) {
    this.#contact = null;
    this.#states.push(strokes);
    this.#onChange();
  }

  get canUndo(): boolean {
    return this.#contact !== null || this.#states.length > 1;
  }

  /** Takes back the last stroke, or the last clear. */
  undo(): void {
    if (this.#contact) this.#contact = null;
    else if (this.#states.length > 1) this.#states.pop();
    this.#onChange();
  }

  clear(): void {
    this.#contact = null;
    if (this.#finished.length > 0) this.#states.push([]);
    this.#onChange();
  }

  /** Calls back when the pad must be painted though its strokes are the same, until the signal. */
  watch(onLook: () => void, signal = new AbortController().signal): void {
    const observer = new ResizeObserver(onLook);
    observer.observe(this.#canvas);
    signal.addEventListener("abort", () => observer.disconnect());
    addEventListener("resize", onLook, { signal }); // another zoom or another screen: other device pixels
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onLook, { signal });
  }

  /** What the keyboard asks for: Ctrl or Command Z, Escape or Delete. Others, and where there is nothing to do, are let through. */
  readonly key = (event: KeyboardEvent): void => {
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z" && this.canUndo) this.undo();
    else if (!command && (event.key === "Escape" || event.key === "Delete") && this.strokes.length > 0) this.clear();
    else return;
    event.preventDefault();
  };

  /** Paints the strokes, crisp at any size and density of pixels. */
  paint(): void {
    const [canvas, context] = [this.#canvas, this.#context];
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const ink = getComputedStyle(canvas).color;
    context.setTransform(side, 0, 0, side, 0, 0);
    context.clearRect(0, 0, 1, 1);
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = INK_WIDTH;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.strokes) trace(context, stroke);
  }

  get #finished(): readonly PadStroke[] {
    return this.#states.at(-1) ?? [];
  }

  readonly #down = (event: PointerEvent): void => {
    event.preventDefault();
    if (event.button !== 0) return;
    if (event.pointerType === "pen") this.#penSeen = event.timeStamp;
    if (event.pointerType === "touch" && event.timeStamp - this.#penSeen < PALM) return;
    // The palm may have come down before the pen; a second finger is not a second stroke.
    const palm = event.pointerType === "pen" && this.#contact?.type === "touch";
    if (this.#contact && !palm) return;
    this.#contact = { pointer: event.pointerId, type: event.pointerType, points: [] };
    this.#canvas.setPointerCapture(event.pointerId);
    this.#extend(event);
  };

  readonly #move = (event: PointerEvent): void => {
    if (event.pointerType === "pen") this.#penSeen = event.timeStamp; // near the surface too
    if (event.pointerId !== this.#contact?.pointer) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const one of between.length > 0 ? between : [event]) this.#extend(one);
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
    const box = this.#canvas.getBoundingClientRect();
    const within = (share: number) => Math.min(1, Math.max(0, share));
    const x = within((event.clientX - box.left) / box.width);
    const y = within((event.clientY - box.top) / box.height);
    const last = points.at(-1);
    if (last && last[0] === x && last[1] === y) return;
    points.push([x, y]);
    this.#onChange();
  }

  #finish(): void {
    if (!this.#contact) return;
    this.#states.push([...this.#finished, this.#contact.points]);
    this.#contact = null;
    this.#onChange();
  }
}

/** A line through the middles of the segments, bent at the points: no corners between samples. */
function trace(context: CanvasRenderingContext2D, [first, ...rest]: PadStroke): void {
  const last = rest.pop();
  if (!first) return;
  context.beginPath();
  if (!last) {
    context.arc(first[0], first[1], INK_WIDTH / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(first[0], first[1]);
  rest.forEach(([x, y], i) => {
    const [nextX, nextY] = rest[i + 1] ?? last;
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  });
  context.lineTo(last[0], last[1]);
  context.stroke();
}
