import { LenetError } from "./errors";

/** The bytes at an address. For people, `what` names them and `remedy` says what to do where they do not come. */
export async function download(url: string | URL, what: string, remedy: string): Promise<ArrayBuffer> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.arrayBuffer();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LenetError(`The ${what} did not load (${reason}). ${remedy}`);
  }
}
