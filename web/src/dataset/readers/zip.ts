// Members of a zip archive: stored or deflated, without encryption, of at most 4 GiB.
import { LettersError } from "../errors";

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const END_LENGTH = 22;
const MAX_COMMENT = 65535;
const [STORED, DEFLATED] = [0, 8];

/** The members that are asked for, by name; `limits` says how many bytes each may unpack to. */
export async function readZip(
  file: ArrayBuffer,
  limits: Readonly<Record<string, number>>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const view = new DataView(file);
  const found = new Map<string, Uint8Array>();
  try {
    for (const member of members(view)) {
      const limit = limits[member.name];
      if (limit === undefined || found.has(member.name)) continue;
      if (member.size > limit) throw new LettersError("{} is larger than it may be", member.name);
      found.set(member.name, await unpacked(view, member));
    }
  } catch (error) {
    if (error instanceof RangeError) throw new LettersError("the archive is cut short or damaged");
    throw error;
  }
  return found;
}

interface Member {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

function* members(view: DataView): Generator<Member> {
  const end = findEnd(view);
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== CENTRAL) throw new LettersError("the archive is damaged");
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    yield {
      name: new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, name)),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    };
    at += 46 + name + extra + comment;
  }
}

function findEnd(view: DataView): number {
  const last = view.byteLength - END_LENGTH;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new LettersError("it is no zip archive");
}

async function unpacked(view: DataView, { name, method, packed, size, at }: Member): Promise<Uint8Array> {
  if (view.getUint32(at, true) !== LOCAL) throw new LettersError("the archive is damaged");
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const bytes = new Uint8Array(view.buffer as ArrayBuffer, start, packed);
  if (method === STORED && packed === size) return bytes;
  if (method !== DEFLATED) throw new LettersError("{} is packed in a way that this page does not know", name);
  return inflated(bytes, size, name);
}

/** Stops at the size that was announced, however much there is. */
async function inflated(bytes: Uint8Array<ArrayBuffer>, size: number, name: string): Promise<Uint8Array> {
  const whole = new Uint8Array(size);
  let filled = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (filled + value!.length > size) throw new LettersError("{} is larger than it says", name);
      whole.set(value!, filled);
      filled += value!.length;
    }
  } catch (error) {
    throw error instanceof LettersError ? error : new LettersError("{} is damaged", name);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (filled !== size) throw new LettersError("{} is cut short", name);
  return whole;
}
