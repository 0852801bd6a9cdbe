// The page's words in English; what the others have to say follows from this one.
import type { ChangeName } from "../mistakes/changes";
import type { ViewName } from "../app/state";
import type { Verdict } from "../recognizer";

const number = (value: number) => value.toLocaleString("en");

export const answer = {
  region: "Answer",
  verdicts: { letter: "", unsure: "", "not-a-letter": "Not a letter that I know", empty: "Draw a letter" } as Record<Verdict, string>,
  empty: "The pad is empty.",
  perhaps: (said: string) => `Perhaps ${said}`,
  then: (best: string, next: string) => `${best}. Then ${next}.`,
  none: (best: string) => `Not a letter that I know. Most like ${best}.`,
};

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
  answer,
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
  picture: {
    title: "Bring a picture",
    how: "A photo or scan of printed letters: single ones, words or lines. Its ink is found, levelled and cut into letters.",
    drop: "Drop a picture here, paste one, or",
    choose: "Choose a file",
    camera: "Use the camera",
    privacy: "The picture stays on this device.",
    live: "The camera's picture",
    shoot: "Take it",
    stop: "Stop the camera",
    noCamera: "No camera is there, or it may not be used. Allow it, or choose a file.",
    problems: {
      kind: "This file is no picture that the browser can show. Take a PNG, JPEG or WebP file.",
      large: "This picture is too large: at most 64 MB and 100 megapixels. Make it smaller.",
    },
    read: "Read",
    none: "I find no letters in this picture. Dark ink on plain paper is read best.",
    grey: "1. Without colours, ink dark",
    ink: "2. What is ink: darker than the paper around it",
    level: (degrees: number, count: number) =>
      `3. ${Math.abs(degrees) < 0.1 ? "Level" : `Turned by ${Math.abs(degrees).toFixed(1)}°`}, cut into ${count === 1 ? "1 letter" : `${count} letters`}`,
    letters: "Letters found",
    unknown: "not a letter",
  },
  mistakes: {
    title: "Explore mistakes",
    bear: "How much does your letter bear?",
    bearHow: "Draw a letter, then change the image that the network sees. The curve shows how probable the letter stays over the whole slider.",
    bearEmpty: "Draw a letter on the pad first.",
    changes: { turn: "Turn", across: "To the right", down: "Down", size: "Size", breadth: "Breadth", stroke: "Stroke width", noise: "Noise" } as Record<ChangeName, string>,
    asItIs: "As it is",
    now: (letter: string, share: string, best: string, bestShare: string) =>
      best === letter ? `${letter}: ${share}` : `${letter}: ${share}. Now rather ${best}: ${bestShare}`,
    changedImage: "The changed image",
    probability: (letter: string) => `Probability of ${letter}`,
    table: "The numbers as a table",
    set: "What does it confuse?",
    setHow: "A set of letters is read here and now. Rows are what the letters are, columns what they are read as. Choose a cell to see the drawings.",
    glyphs: "Letters of handwriting fonts",
    glyphsNote: "The page's own network has seen these fonts when it was trained: on letters that are new to it, more is wrong.",
    file: "A file of letters (.npz)",
    reading: (share: number) => `Reading… ${Math.round(100 * share)}%`,
    score: (right: number, all: number) => `${number(right)} of ${number(all)} right: ${((100 * right) / all).toFixed(1)}%`,
    matrix: "Confusion matrix",
    isRow: "is",
    readAs: "read as",
    cellName: (is: string, as: string, count: number) => `${is} read as ${as}: ${number(count)}`,
    gallery: (is: string, as: string, count: number, shown: number) =>
      `${is} read as ${as}: ${number(count)}${shown < count ? `, the ${number(shown)} surest` : ""}`,
    problem: (why: string) => `This file cannot be used: ${why}. Give an NPZ file of letters, images and labels 1 to 26.`,
  },
  about: {
    network: (weights: number) => `A convolutional network of ${number(weights)} weights`,
    learned: (letters: number, sets: string) => `, trained on ${number(letters)} letters${sets && ` (${sets})`}`,
    letters: "It knows the 26 letters, big and small alike, and says when it is not sure or sees none: mostly rightly.",
    privacy: "Everything happens in this tab: your drawing is sent nowhere.",
  },
};

export type Words = typeof words;
