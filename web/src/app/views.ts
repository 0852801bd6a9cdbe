// The views, each loaded when it is first looked at.
import type { Mount } from "./app";
import type { ViewName } from "./state";
import { mount as draw } from "../views/draw";

/** What becomes of the pad: the letter's, a wide one for words, or none. */
export type Desk = "letter" | "word" | "none";

interface Entry {
  readonly desk: Desk;
  readonly load: () => Promise<Mount> | Mount;
}

export const ENTRIES: Readonly<Partial<Record<ViewName, Entry>>> = {
  draw: { desk: "letter", load: () => draw },
  word: { desk: "word", load: async () => (await import("../views/word")).mount },
  picture: { desk: "none", load: async () => (await import("../views/picture")).mount },
  inside: { desk: "letter", load: async () => (await import("../views/inside")).mount },
  teach: { desk: "letter", load: async () => (await import("../views/teach")).mount },
  train: { desk: "none", load: async () => (await import("../views/train")).mount },
  mistakes: { desk: "letter", load: async () => (await import("../views/mistakes")).mount },
  take: { desk: "letter", load: async () => (await import("../views/take")).mount },
};
