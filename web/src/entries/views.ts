// The views, each loaded when it is first looked at.
import type { Mount } from "../ui/view";
import type { ViewName } from "../ui/state";
import { mount as draw } from "../features/draw/view";

/** What becomes of the pad: the letter's, a wide one for words, or none. */
export type Desk = "letter" | "word" | "none";

interface Entry {
  readonly desk: Desk;
  readonly load: () => Promise<Mount> | Mount;
}

export const ENTRIES: Readonly<Partial<Record<ViewName, Entry>>> = {
  draw: { desk: "letter", load: () => draw },
  word: { desk: "word", load: async () => (await import("../features/word/view")).mount },
  picture: { desk: "none", load: async () => (await import("../features/picture/view")).mount },
  inside: { desk: "letter", load: async () => (await import("../features/inside/view")).mount },
  teach: { desk: "letter", load: async () => (await import("../features/teach/view")).mount },
  train: { desk: "none", load: async () => (await import("../features/train/view")).mount },
  mistakes: { desk: "letter", load: async () => (await import("../features/mistakes/view")).mount },
  take: { desk: "letter", load: async () => (await import("../features/take/view")).mount },
};
