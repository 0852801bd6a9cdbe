// Numbers as colours: ink for positive values, red for negative ones, paper for zero.
import { corner, type Screen, type Spot, type Tiling } from "./tiles";
import type { ReceptiveField } from "./units";

export interface Colours {
  /** -256..256 as pixels. */
  readonly ramp: Uint32Array;
  readonly positive: string;
  readonly negative: string;
  readonly paper: string;
  readonly edge: string;
  readonly text: string;
  readonly font: string;
}

const STEPS = 256;

/** The palette as it is now, by day or by night; base.css has it in hexadecimal. */
export function palette(): Colours {
  const style = getComputedStyle(document.documentElement);
  const [positive, negative, zero, edge, text] = ["--ink", "--best", "--sheet", "--edge", "--quiet"].map((name) =>
    style.getPropertyValue(name).trim(),
  ) as [string, string, string, string, string];
  const channels = (colour: string) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const ramp = Uint32Array.from({ length: 2 * STEPS + 1 }, (_, i) => {
    const share = Math.abs(i - STEPS) / STEPS;
    const full = channels(i < STEPS ? negative : positive);
    const [red, green, blue] = channels(zero).map((none, c) => Math.round(none + (full[c]! - none) * share));
    return ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0; // little-endian RGBA
  });
  return { ramp, positive, negative, paper: zero, edge, text, font: style.getPropertyValue("--sans") };
}

export function screen(): Screen {
  return { rem: parseFloat(getComputedStyle(document.documentElement).fontSize), scale: devicePixelRatio };
}

export function maxMagnitude(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}

/** A canvas of tiles or bars. */
export class Picture {
  readonly canvas = document.createElement("canvas");
  readonly #maps = document.createElement("canvas"); // a pixel a unit, the maps below each other
  #tiling: Tiling | null = null;

  /** Values of the last paint. */
  get tiling(): Tiling | null {
    return this.#tiling;
  }

  /** Maps, each number as a square of its colour; `most` is the strongest one's number. */
  tiles(tiling: Tiling, values: ArrayLike<number>, most: number, colours: Colours): void {
    const context = this.#begin(tiling);
    const {
      shape: [count, rows, columns],
      wide,
      tall,
    } = tiling;
    const small = this.#maps.getContext("2d")!;
    if (this.#maps.width !== columns || this.#maps.height !== count * rows) {
      [this.#maps.width, this.#maps.height] = [columns, count * rows];
    }
    const pixels = small.createImageData(columns, count * rows);
    const colour = new Uint32Array(pixels.data.buffer);
    const scale = most > 0 ? STEPS / most : 0;
    for (let i = 0; i < colour.length; i++) colour[i] = colours.ramp[Math.round(values[i]! * scale) + STEPS]!;
    small.putImageData(pixels, 0, 0);
    context.fillStyle = colours.edge;
    context.imageSmoothingEnabled = false;
    for (let channel = 0; channel < count; channel++) {
      const [x, y] = corner(tiling, { channel, row: 0, column: 0 });
      context.fillRect(x - 1, y - 1, columns * wide + 2, rows * tall + 2);
      context.drawImage(this.#maps, 0, channel * rows, columns, rows, x, y, columns * wide, rows * tall);
    }
  }

  /** Bars from a line at zero, with letters below them where there are any. */
  bars(tiling: Tiling, values: ArrayLike<number>, colours: Colours, letters: string): void {
    const context = this.#begin(tiling);
    const {
      shape: [count],
      wide,
      tall,
      foot,
    } = tiling;
    const all = Array.from(values);
    const [high, low] = [Math.max(0, ...all), Math.min(0, ...all)];
    const scale = high > low ? (tall - 2) / (high - low) : 0;
    const zero = 1 + Math.round(high * scale);
    context.font = `${Math.round(foot * 0.7)}px ${colours.font}`;
    context.textAlign = "center";
    context.textBaseline = "bottom";
    for (let channel = 0; channel < count; channel++) {
      const [x, y] = corner(tiling, { channel, row: 0, column: 0 });
      context.fillStyle = colours.edge;
      context.fillRect(x, y + zero, wide + 1, 1);
      context.fillStyle = all[channel]! < 0 ? colours.negative : colours.positive;
      context.fillRect(x, y + zero, Math.max(1, wide - 1), Math.round(-all[channel]! * scale));
      context.fillStyle = colours.text;
      if (letters) context.fillText(letters.charAt(channel), x + wide / 2, y + tall + foot);
    }
  }

  /** A frame around a part of some tiles, red on a line of paper: so it is seen on every colour. */
  frame({ top, left, bottom, right, channels }: ReceptiveField, { negative, paper }: Colours): void {
    const tiling = this.#tiling;
    const context = this.canvas.getContext("2d");
    if (!tiling || !context) return;
    const line = Math.max(1, Math.round(1.5 * devicePixelRatio));
    for (const channel of channels) {
      if (channel >= tiling.shape[0]) continue;
      const [x, y] = corner(tiling, { channel, row: top, column: left });
      const [wide, tall] = [(right - left + 1) * tiling.wide, (bottom - top + 1) * tiling.tall];
      for (const [colour, width] of [
        [paper, 2 * line],
        [negative, line],
      ] as const) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.strokeRect(x + line / 2, y + line / 2, Math.max(1, wide - line), Math.max(1, tall - line));
      }
    }
  }

  /** A unit's place in CSS pixels, once something was painted. */
  place(spot: Spot): { readonly x: number; readonly y: number; readonly wide: number; readonly tall: number } {
    const tiling = this.#tiling!;
    const [x, y] = corner(tiling, spot).map((at) => at / devicePixelRatio) as [number, number];
    return { x, y, wide: tiling.wide / devicePixelRatio, tall: tiling.tall / devicePixelRatio };
  }

  #begin(tiling: Tiling): CanvasRenderingContext2D {
    const { canvas } = this;
    const context = canvas.getContext("2d")!;
    this.#tiling = tiling;
    if (canvas.width !== tiling.width || canvas.height !== tiling.height) {
      [canvas.width, canvas.height] = [tiling.width, tiling.height];
      canvas.style.width = `${tiling.width / devicePixelRatio}px`;
      canvas.style.height = `${tiling.height / devicePixelRatio}px`;
    } else {
      context.clearRect(0, 0, canvas.width, canvas.height);
    }
    return context;
  }
}
