// Follows the state of a class by long polls, until the class has ended or the view is closed.
import { type ClassSnapshot, fetchClass } from "./classes";
import { ServerError } from "./request";

const WAIT = 20; // seconds of a long poll
const PATIENCE = 40_000; // ms until a poll counts as lost
const [FIRST_PAUSE, LAST_PAUSE] = [1000, 15_000]; // ms after a failed poll

export interface Follower {
  /** Called with each new state. */
  readonly changed: (state: ClassSnapshot) => void;
  /** Called when the connection is lost, and when it is back. */
  readonly connected: (connected: boolean) => void;
  /** Called at the end: the session or token is not valid any more. */
  readonly refused: (error: ServerError) => void;
}

/** Follows the class; returns after `refused`, or once the signal is aborted. */
export async function followClass(
  headers: Readonly<Record<string, string>>,
  { changed, connected, refused }: Follower,
  signal: AbortSignal,
): Promise<void> {
  let version = 0;
  let pause = 0;
  while (!signal.aborted) {
    const poll = new AbortController();
    const stop = () => poll.abort();
    const patience = setTimeout(stop, PATIENCE);
    signal.addEventListener("abort", stop);
    try {
      const state = await fetchClass(headers, version, version > 0 ? WAIT : 0, poll.signal);
      if (signal.aborted) return;
      if (pause > 0) connected(true);
      pause = 0;
      if (state.version !== version) changed(state);
      version = state.version;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ServerError && (error.trouble === "forbidden" || error.trouble === "gone"))
        return refused(error);
      if (pause === 0) connected(false);
      pause = Math.min(LAST_PAUSE, Math.max(FIRST_PAUSE, 2 * pause));
      await new Promise((resolve) => setTimeout(resolve, pause));
    } finally {
      clearTimeout(patience);
      signal.removeEventListener("abort", stop);
    }
  }
}
