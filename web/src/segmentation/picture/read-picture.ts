// Reads a picture in stages: grey and cleaned, binarized, levelled, segmented.
import type { Pictures } from "../../engine/pictures";
import type { Recognizer } from "../../model/recognizer";
import { findComponents } from "./components";
import { estimateSkew } from "./deskew";
import { type ReadLetter, readLine } from "./line-segmentation";
import { type ColourRaster, type Raster, rotate } from "./raster";
import { binarize, darkOnLight } from "./threshold";

export type { ReadLetter } from "./line-segmentation";

export interface PictureReading {
  readonly grey: Raster;
  readonly ink: Raster;
  /** Rotation in degrees; `level` is the ink after it. */
  readonly turn: number;
  readonly level: Raster;
  readonly lines: readonly (readonly ReadLetter[])[];
  readonly text: string;
}

/** Runs all stages. Throws LenetError for more letters or pixels than the engine takes. */
export function readPicture(picture: ColourRaster, recognizer: Recognizer, pictures: Pictures): PictureReading {
  const grey = darkOnLight(pictures.clean(pictures.toGrey(picture)));
  const ink = pictures.clean(binarize(grey)); // pale rules show only now
  const first = findComponents(ink);
  const angle = estimateSkew(first.lines);
  const level = angle === 0 ? ink : rotate(ink, angle);
  const components = angle === 0 ? first : findComponents(level);
  const lines = components.lines.map((line) => readLine(components, line, level.width, recognizer));
  const text = lines
    .map((line) => line.map(({ gap, answer }) => `${gap ? " " : ""}${answer.letter ?? "?"}`).join(""))
    .join("\n");
  return { grey, ink, turn: (angle * 180) / Math.PI, level, lines, text };
}
