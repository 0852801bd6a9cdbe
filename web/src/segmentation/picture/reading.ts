// A picture read, stage by stage: what the person may look at on the way.
import type { Recognizer } from "../../model/recognizer";
import { pieces } from "./components";
import { type Read, readLine } from "./cutting";
import { skew } from "./deskew";
import { type Raster, turned } from "./raster";
import { darkOnLight, inkOf } from "./threshold";

export type { Read } from "./cutting";

export interface Reading {
  readonly grey: Raster;
  readonly ink: Raster;
  /** Degrees by which the picture was turned; `level` is the ink after it. */
  readonly turn: number;
  readonly level: Raster;
  readonly lines: readonly (readonly Read[])[];
  readonly text: string;
}

/** Throws LenetError for a picture with more letters or pixels than the engine takes. */
export function read(picture: Raster, recognizer: Recognizer): Reading {
  const grey = darkOnLight(picture);
  const ink = inkOf(grey);
  const first = pieces(ink);
  const angle = skew(first.lines);
  const level = angle === 0 ? ink : turned(ink, angle);
  const found = angle === 0 ? first : pieces(level);
  const lines = found.lines.map((line) => readLine(found, line, level.width, recognizer));
  const text = lines
    .map((line) => line.map(({ gap, answer }) => `${gap ? " " : ""}${answer.letter ?? "?"}`).join(""))
    .join("\n");
  return { grey, ink, turn: (angle * 180) / Math.PI, level, lines, text };
}
