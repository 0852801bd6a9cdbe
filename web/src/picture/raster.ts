// Grey pictures: 0 black to 255 white, row by row.

export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A box of pixels; right and bottom are the first beyond it. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Grey of RGBA pixels on white paper (ITU-R BT.601). */
export function grey(rgba: Uint8ClampedArray, width: number, height: number): Raster {
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const luma = 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!;
    const alpha = rgba[4 * i + 3]! / 255;
    data[i] = Math.round(alpha * luma + (1 - alpha) * 255);
  }
  return { width, height, data };
}

/** The part within the box, with a margin of paper around it. */
export function crop({ width, data }: Raster, box: Box, margin: number): Raster {
  const part = { width: box.right - box.left + 2 * margin, height: box.bottom - box.top + 2 * margin };
  const cropped = new Uint8Array(part.width * part.height).fill(255);
  for (let y = box.top; y < box.bottom; y++) {
    const row = data.subarray(y * width + box.left, y * width + box.right);
    cropped.set(row, (y - box.top + margin) * part.width + margin);
  }
  return { ...part, data: cropped };
}

/** Ink, 0 or 255, turned by so many radians about its middle, so that lines that fell by them are level. */
export function turned(picture: Raster, angle: number): Raster {
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
