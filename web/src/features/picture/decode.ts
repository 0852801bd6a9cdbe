// Decodes a file or a video frame into pixels. Only this module reads pixels, and only of the user's pictures.
import { type ColourRaster, onPaper } from "../../segmentation/picture/raster";

const LONGEST = 1400; // pixels a side that are looked at; larger pictures are made smaller
const MAX_BYTES = 64 * 2 ** 20;
const MAX_PIXELS = 100e6;

/** "kind": not a picture; "large": too many bytes or pixels; "dark": 16 bits, of which the browser drops those in use. */
type Problem = "kind" | "large" | "dark";

export class PictureError extends Error {
  override readonly name = "PictureError";
  readonly why: Problem;

  constructor(why: Problem) {
    super(why);
    this.why = why;
  }
}

/** Decodes a file, upright by its orientation tag. */
export async function decode(file: Blob): Promise<ColourRaster> {
  if (file.size > MAX_BYTES) throw new PictureError("large");
  const whole = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw new PictureError("kind");
  });
  const picture = pixels(whole, whole.width, whole.height);
  if ((await isDeepPng(file)) && picture.data.every((tone) => tone < 4)) throw new PictureError("dark");
  return picture;
}

/** Tells if a file is a PNG of 16 bits a channel, by its header. */
async function isDeepPng(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 25).arrayBuffer());
  return head[1] === 0x50 && head[2] === 0x4e && head[3] === 0x47 && head[24] === 16;
}

export function pixels(
  source: CanvasImageSource & { close?: () => void },
  width: number,
  height: number,
): ColourRaster {
  try {
    if (width * height > MAX_PIXELS) throw new PictureError("large");
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    const context = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
    if (!context) throw new PictureError("large");
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, w, h);
    return onPaper(context.getImageData(0, 0, w, h).data, w, h);
  } finally {
    source.close?.();
  }
}
