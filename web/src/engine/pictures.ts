// The picture build: colours to grey, and pictures without what surrounds the writing (core/cleaning.hpp).
import type { ColourRaster, Raster } from "./types";
import { type Code, checked, Engine, type PictureEngine } from "./wasm";

export class Pictures {
  readonly #engine: PictureEngine;

  private constructor(engine: PictureEngine) {
    this.#engine = engine;
  }

  /** Of the picture build. */
  static async start(code: Code): Promise<Pictures> {
    return new Pictures(await Engine.start(code));
  }

  /** Converts colours to grey: brightness, or the colours that tell ink and paper apart. */
  toGrey({ width, height, data }: ColourRaster): Raster {
    const { call, heap } = this.#engine;
    return heap.scope(() => {
      const colours = heap.allocate(data.length);
      const grey = heap.allocate(width * height);
      heap.bytes(colours, data.length).set(data);
      checked(call.lenet_grey_picture(colours, height, width, grey));
      return { width, height, data: heap.bytes(grey, width * height).slice() };
    });
  }

  /** Removes what surrounds the text of a picture; returns the same picture if there is nothing to remove. */
  clean(picture: Raster): Raster {
    const { call, heap } = this.#engine;
    const { width, height, data } = picture;
    return heap.scope(() => {
      const tones = heap.allocate(data.length);
      const cleaned = heap.allocate(data.length);
      const workspace = heap.allocate(checked(call.lenet_clean_picture_bytes(height, width)));
      heap.bytes(tones, data.length).set(data);
      const removed = checked(call.lenet_clean_picture(tones, height, width, 0, cleaned, workspace));
      return removed ? { width, height, data: heap.bytes(cleaned, data.length).slice() } : picture;
    });
  }
}
