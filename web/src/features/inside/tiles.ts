// Layout of a step's units on its canvas: maps as tiles, single units as bars, in device pixels.
import type { Shape } from "../../model/spec";

export interface Tiling {
  /** As many tiles as are shown, and the units of each. */
  readonly shape: Shape;
  /** Tiles in a line. */
  readonly across: number;
  /** Pixels of a unit. */
  readonly wide: number;
  readonly tall: number;
  /** Pixels between tiles, and below each line. */
  readonly gap: number;
  readonly foot: number;
  readonly width: number;
  readonly height: number;
}

export interface Spot {
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

/** More maps than this are computed, but not shown. */
export const MAX_TILES = 256;

const GAP = 4; // CSS pixels
const BAR = { least: 0.3, most: 1.4, tall: 3.5 }; // rem

/** Units of sizes. */
export interface Screen {
  /** CSS pixels of a rem, and the screen's own pixels of a CSS pixel. */
  readonly rem: number;
  readonly scale: number;
}

/** Maps side by side: each about `side` rem wide, in at most `room` CSS pixels. */
export function tileMaps([channels, rows, columns]: Shape, side: number, room: number, { rem, scale }: Screen): Tiling {
  const unit = Math.max(1, Math.round((side * rem * scale) / Math.max(rows, columns)));
  const gap = Math.round(GAP * scale);
  return tiling([Math.min(channels, MAX_TILES), rows, columns], unit, unit, gap, gap, room * scale);
}

/** Single units as bars, with `foot` rem for a letter below each. */
export function tileBars(count: number, foot: number, room: number, { rem, scale }: Screen): Tiling {
  const wide = Math.min(BAR.most * rem * scale, Math.max(BAR.least * rem * scale, (room * scale) / count - 1));
  const below = Math.round((foot * rem || GAP) * scale);
  return tiling([count, 1, 1], Math.floor(wide), Math.round(BAR.tall * rem * scale), 1, below, room * scale);
}

function tiling(shape: Shape, wide: number, tall: number, gap: number, foot: number, room: number): Tiling {
  const [tiles, rows, columns] = shape;
  const tile = columns * wide;
  const fitting = Math.max(1, Math.floor((room + gap) / (tile + gap)));
  const lines = Math.ceil(tiles / fitting);
  const across = Math.ceil(tiles / lines);
  const width = across * (tile + gap) - gap;
  return { shape, across, wide, tall, gap, foot, width, height: lines * (rows * tall + foot) };
}

/** The upper left corner of a unit, or of a tile at row and column 0. */
export function corner(
  { shape, across, wide, tall, gap, foot }: Tiling,
  { channel, row, column }: Spot,
): readonly [x: number, y: number] {
  const x = (channel % across) * (shape[2] * wide + gap) + column * wide;
  return [x, Math.floor(channel / across) * (shape[1] * tall + foot) + row * tall];
}

/** The unit at a place of the canvas; null between tiles. */
export function spotAt(
  { shape: [tiles, rows, columns], across, wide, tall, gap, foot }: Tiling,
  x: number,
  y: number,
): Spot | null {
  const [stepX, stepY] = [columns * wide + gap, rows * tall + foot];
  const [tileX, tileY] = [Math.floor(x / stepX), Math.floor(y / stepY)];
  const [column, row] = [Math.floor((x - tileX * stepX) / wide), Math.floor((y - tileY * stepY) / tall)];
  const channel = tileY * across + tileX;
  const there =
    tileX >= 0 && tileX < across && channel >= 0 && channel < tiles && column < columns && row < rows && row >= 0;
  return there ? { channel, row, column } : null;
}

/** The unit that many rows down and columns to the right, over the edges of tiles; the same where there is none. */
export function moved(
  { shape: [tiles, rows, columns], across }: Tiling,
  spot: Spot,
  down: number,
  right: number,
): Spot {
  const y = Math.floor(spot.channel / across) * rows + spot.row + down;
  const x = (spot.channel % across) * columns + spot.column + right;
  const channel = Math.floor(y / rows) * across + Math.floor(x / columns);
  const there = x >= 0 && x < across * columns && y >= 0 && channel < tiles;
  return there ? { channel, row: y % rows, column: x % columns } : spot;
}
