// Reads a file and unpacks it if it is gzipped, which its first bytes tell.
import { DataError } from "../errors";

/** Returns the unpacked bytes of a file. Throws DataError for more than `limit` of them. */
export async function gunzip(file: Blob, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const gzipped = first === 0x1f && second === 0x8b;
  const stream = gzipped ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = stream.getReader();
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      size += value!.length;
      if (size > limit) throw new DataError("it is larger than {} MiB", limit / 2 ** 20);
      parts.push(value!);
    }
  } catch (error) {
    throw error instanceof DataError ? error : new DataError("it cannot be read or unpacked");
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
