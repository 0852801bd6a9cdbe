// Pictures: boxes, transparency, rotation.
import type { ColourRaster, Raster } from "../../engine/types";

export type { ColourRaster, Raster } from "../../engine/types";

/** A box of pixels; right and bottom are exclusive. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Lays RGBA pixels on white paper, or on black if nearly all visible pixels are light. */
export function onPaper(rgba: Uint8ClampedArray, width: number, height: number): ColourRaster {
  const data = new Uint8Array(3 * width * height);
  const luma = (i: number) => 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!;
  const alpha = (i: number) => rgba[4 * i + 3]! / 255;
  let [inked, light] = [0, 0];
  for (let i = 0; i < width * height; i++) [inked, light] = [inked + alpha(i), light + alpha(i) * luma(i)];
  const paper = inked < (width * height) / 2 && light > 128 * inked ? 0 : 255;
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) data[3 * i + c] = Math.round(alpha(i) * rgba[4 * i + c]! + (1 - alpha(i)) * paper);
  return { width, height, data };
}

/** Rotates a binary picture about its middle, so that lines with this slope (radians) become level. */
export function rotate(picture: Raster, angle: number): Raster {
  const { width, height, data } = picture;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const out = new Uint8Array(data.length).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [across, down] = [x - width / 2, y - height / 2];
      const fromX = cosine * across - sine * down + width / 2;
      const fromY = sine * across + cosine * down + height / 2;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) continue;
      const [u, v] = [fromX - left, fromY - top];
      const at = top * width + left;
      const above = data[at]! * (1 - u) + data[at + 1]! * u;
      const below = data[at + width]! * (1 - u) + data[at + width + 1]! * u;
      out[y * width + x] = above * (1 - v) + below * v < 128 ? 0 : 255;
    }
  }
  return { width, height, data: out };
}
