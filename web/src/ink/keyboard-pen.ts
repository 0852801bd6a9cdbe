// Draws with the keyboard: arrows move a pen, space lowers and lifts it.
import type { Point, Stroke } from "../engine/types";
import type { Pad } from "./pad";

const STEP = 0.03; // pad units a key press; with shift a fifth of it
const MOVES: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class KeyboardPen {
  readonly #pad: Pad;
  readonly #say: (down: boolean) => void;
  readonly #mark: HTMLElement;
  #x = 0.3;
  #y = 0.3;
  #down = false;
  #stroke: Stroke | null = null; // that it draws

  /** `mark` is an element over the pad that shows where the pen is; `say` is told when it is lowered or lifted. */
  constructor(pad: Pad, mark: HTMLElement, say: (down: boolean) => void) {
    this.#pad = pad;
    this.#mark = mark;
    this.#say = say;
    pad.canvas.addEventListener("keydown", this.#key);
    pad.canvas.addEventListener("focus", () => this.#show(pad.canvas.matches(":focus-visible")));
    pad.canvas.addEventListener("blur", () => this.#show(false));
    pad.canvas.addEventListener("pointerdown", () => this.#show(false));
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    if (move) this.#move(move, event.shiftKey ? STEP / 5 : STEP);
    else if (event.key === " ") this.#toggle();
    else return;
    event.preventDefault();
  };

  #move([x, y]: readonly [number, number], step: number): void {
    this.#x = Math.min(this.#pad.aspect, Math.max(0, this.#x + x * step));
    this.#y = Math.min(1, Math.max(0, this.#y + y * step));
    if (this.#down) this.#draw();
    this.#show(true);
  }

  #toggle(): void {
    this.#down = !this.#down;
    this.#stroke = null;
    if (this.#down) this.#draw();
    this.#show(true);
    this.#say(this.#down);
  }

  /** A stroke that was undone or cleared does not grow, nor does the one before it: a new one begins. */
  #draw(): void {
    const point = this.#point();
    if (this.#stroke && this.#pad.strokes.at(-1) === this.#stroke) this.#pad.extend(point);
    else this.#pad.add([point]);
    this.#stroke = this.#pad.strokes.at(-1)!;
  }

  #point(): Point {
    return [this.#x, this.#y, this.#pad.now()];
  }

  /** Hidden, the pen is lifted. */
  #show(visible: boolean): void {
    if (!visible) this.#down = false;
    const { style, dataset } = this.#mark;
    this.#mark.hidden = !visible;
    dataset["down"] = String(this.#down);
    style.setProperty("--x", `${(100 * this.#x) / this.#pad.aspect}%`);
    style.setProperty("--y", `${100 * this.#y}%`);
  }
}
