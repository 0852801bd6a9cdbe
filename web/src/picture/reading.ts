// A picture read, stage by stage: what the person may look at on the way.
import type { Recognition, Recognizer } from "../recognizer";
import { letters, type Placed } from "./components";
import { skew } from "./deskew";
import { crop, turned, type Box, type Raster } from "./raster";
import { darkOnLight, inkOf } from "./threshold";

export interface Read {
  readonly box: Box;
  /** Whether a new word begins with it. */
  readonly gap: boolean;
  readonly answer: Recognition;
}

export interface Reading {
  readonly grey: Raster;
  readonly ink: Raster;
  /** Degrees by which the picture was turned; `level` is the ink after it. */
  readonly turn: number;
  readonly level: Raster;
  readonly lines: readonly (readonly Read[])[];
  readonly text: string;
}

const MARGIN = 4; // pixels of paper around a letter

/** Throws LenetError for a picture with more letters or pixels than the engine takes. */
export function read(picture: Raster, recognizer: Recognizer): Reading {
  const grey = darkOnLight(picture);
  const ink = inkOf(grey);
  const first = letters(ink);
  const angle = skew(first.map((line) => line.map(({ box }) => box)));
  const level = angle === 0 ? ink : turned(ink, angle);
  const placed = angle === 0 ? first : letters(level);
  const lines = placed.map((line) => line.map((one) => readLetter(level, one, recognizer)));
  const text = lines.map((line) => line.map(({ gap, answer }) => `${gap ? " " : ""}${answer.letter ?? "?"}`).join("")).join("\n");
  return { grey, ink, turn: (angle * 180) / Math.PI, level, lines, text };
}

function readLetter(ink: Raster, { box, gap }: Placed, recognizer: Recognizer): Read {
  const { width, height, data } = crop(ink, box, MARGIN);
  return { box, gap, answer: recognizer.recognizePicture(data, height, width) };
}
