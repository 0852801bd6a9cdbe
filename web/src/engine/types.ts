// Types of drawings and pictures, as every caller of the engine passes them.

/** x to the right, y down, any unit. Further numbers (a time) are not read. */
export type Point = readonly [x: number, y: number, ...more: number[]];

/** The points of the pen from coming down to going up; one point alone is a dot. */
export type Stroke = readonly Point[];

/** The same as `x, y, x, y, ...` */
export type PackedStroke =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** All strokes of one letter, at most 100,000 of them, and at most 100,000 points. */
export type Strokes = readonly (Stroke | readonly (readonly number[])[] | PackedStroke)[];

/** A grey picture: 0 black to 255 white, row by row. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A picture in colours: red, green and blue of each pixel, row by row. */
export type ColourRaster = Raster;
