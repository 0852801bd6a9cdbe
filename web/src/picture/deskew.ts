// By how much the lines of a picture fall: the turn at which they are most distinct from the paper between them.
import type { Raster } from "./raster";

const MOST = 15; // degrees to either side
const [COARSE, FINE] = [1, 0.25];
const POINTS = 20_000; // of the ink, that are looked at
const GAIN = 1.05; // what a turn must bring, against none

/** In radians, positive where they fall to the right; 0 where no turn brings more order. */
export function skew(ink: Raster): number {
  const points = sample(ink);
  if (points.length === 0) return 0;
  const order = (degrees: number) => distinctness(points, (degrees * Math.PI) / 180, ink);
  const coarse = best(order, 0, MOST, COARSE);
  const fine = best(order, coarse, COARSE, FINE);
  return order(fine) > GAIN * order(0) ? (fine * Math.PI) / 180 : 0;
}

function best(order: (degrees: number) => number, middle: number, reach: number, step: number): number {
  let [most, found] = [order(middle), middle];
  for (let degrees = middle - reach; degrees <= middle + reach; degrees += step) {
    const here = order(degrees);
    if (here > most) [most, found] = [here, degrees];
  }
  return found;
}

function sample({ width, data }: Raster): readonly (readonly [number, number])[] {
  const count = data.reduce((total, tone) => total + (tone === 0 ? 1 : 0), 0);
  const every = Math.max(1, Math.ceil(count / POINTS));
  const points: (readonly [number, number])[] = [];
  let seen = 0;
  data.forEach((tone, at) => {
    if (tone === 0 && seen++ % every === 0) points.push([at % width, Math.floor(at / width)]);
  });
  return points;
}

/** The sum of the squares of the differences between neighbouring rows (Postl 1986). */
function distinctness(points: readonly (readonly [number, number])[], angle: number, { width, height }: Raster): number {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const rows = new Float64Array(Math.ceil(height + width) + 2);
  for (const [x, y] of points) rows[Math.round(y * cosine - x * sine + (sine > 0 ? width * sine : 0))]!++;
  let total = 0;
  for (let i = 1; i < rows.length; i++) total += (rows[i]! - rows[i - 1]!) ** 2;
  return total;
}
