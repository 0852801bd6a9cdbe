// The page's words in English; what the others have to say follows from this one.
import type { ViewName } from "../app/state";
import type { Verdict } from "../recognizer";

const number = (value: number) => value.toLocaleString("en");

export const words = {
  title: "LeNet: draw a letter",
  motto: "reads the letter that you draw",
  language: "Language",
  views: {
    draw: "Draw", word: "Word", picture: "Picture", inside: "Look inside",
    teach: "Teach", train: "Train", mistakes: "Mistakes", take: "Take away",
  } satisfies Record<ViewName, string> as Record<ViewName, string>,
  navigation: "Views",
  loading: "Getting ready…",
  viewFailed: "This part of the page did not load. Reload the page.",
  pad: {
    name: "Pad: draw a letter with mouse, finger or pen; or with the keyboard: arrows move the pen, space lowers and lifts it",
    lowered: "Pen down",
    lifted: "Pen up",
    drawing: "Drawing",
    undo: "Undo",
    redo: "Redo",
    clear: "Clear",
    replay: "Replay",
  },
  answer: {
    region: "Answer",
    verdicts: { letter: "", unsure: "", "not-a-letter": "Not a letter that I know", empty: "Draw a letter" } as Record<Verdict, string>,
    empty: "The pad is empty.",
    perhaps: (said: string) => `Perhaps ${said}`,
    then: (best: string, next: string) => `${best}. Then ${next}.`,
    none: (best: string) => `Not a letter that I know. Most like ${best}.`,
  },
  draw: {
    seen: "What the network sees",
    seenImage: "The image that the network sees",
    how: "28 × 28 pixels: the ink is cropped, centred and scaled first.",
    took: (ms: number) => `Read in ${ms < 0.1 ? "under 0.1" : ms.toFixed(1)} ms.`,
  },
  word: {
    title: "Write a word",
    how: "Print the letters side by side. Each is cut out by its strokes, the gaps and what the network makes of it.",
    empty: "Write a word on the wide pad: letters side by side, not joined.",
    unsure: "I am not sure where one letter ends and the next begins. Joined writing I cannot cut: print the letters, or merge and split below.",
    read: "Read",
    copy: "Copy",
    copied: "Copied",
    letters: "Letters",
    letter: (place: number, letter: string, sure: string) => `Letter ${place}: ${letter}, ${sure}`,
    instead: (letter: string, share: string) => `${letter}, ${share}`,
    merge: "Merge",
    mergeLong: (first: string, second: string) => `Merge ${first} and ${second}: they are one letter`,
    split: "Split",
    splitLong: (letter: string) => `Split ${letter}: it is two letters`,
    reset: "Cut anew",
    list: "Word list",
    listHow: "If you give words, one of them is read. They stay in this tab.",
    listCount: (count: number) => (count === 1 ? "1 word" : `${number(count)} words`),
    listFile: "Words from a text file",
  },
  about: {
    network: (weights: number) => `A convolutional network of ${number(weights)} weights`,
    learned: (letters: number, sets: string) => `, trained on ${number(letters)} letters${sets && ` (${sets})`}`,
    letters: "It knows the 26 letters, big and small alike, and says when it is not sure or sees none: mostly rightly.",
    privacy: "Everything happens in this tab: your drawing is sent nowhere.",
  },
};

export type Words = typeof words;
