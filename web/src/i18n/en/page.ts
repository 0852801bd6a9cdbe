// Texts of the page in English. Their type is the type of the other languages.
import type { Wording } from "../message";
import { percent } from "../percent";

const number = (value: number) => value.toLocaleString("en");

export const answer = {
  region: "Answer",
  verdicts: { letter: "", unsure: "", "not-a-letter": "Not a letter from A to Z", empty: "Draw a letter" },
  empty: "The pad is empty.",
  perhaps: (candidate: string) => `Perhaps ${candidate}`,
  ranked: (best: string, next: string) => `${best}. Then ${next}.`,
  none: (best: string) => `Not a letter from A to Z. Closest: ${best}.`,
  percent: (probability: number) => percent(probability, "%"),
};

/** The same of a network with other classes than A to Z. */
export const characterAnswer: typeof answer = {
  ...answer,
  verdicts: { ...answer.verdicts, "not-a-letter": "Not one of its characters", empty: "Draw a character" },
  none: (best) => `Not one of its characters. Closest: ${best}.`,
};

export const words = {
  title: "LeNet: draw a letter",
  motto: "reads the letter that you draw",
  language: "Language",
  views: {
    draw: "Draw",
    word: "Word",
    picture: "Picture",
    inside: "Look inside",
    teach: "Teach",
    train: "Train",
    mistakes: "Mistakes",
    take: "Share",
    contribute: "Contribute",
    moderate: "Review",
    join: "Class",
    class: "Class",
  },
  navigation: "Views",
  loading: "Loading the network…",
  viewFailed: "This part of the page did not load. Your drawing is still there.",
  again: "Try again",
  update: {
    name: "New version",
    available: "A new version of this page is available.",
    load: "Load it",
    notStored:
      "This browser stores nothing for this tab, so the drawing would be lost. Copy a link to the drawing first (view “Share”), then reload the page.",
  },
  pad: {
    name: "Pad: draw a letter with mouse, finger or pen. With the keyboard, arrow keys move the pen, and the space bar lowers and lifts it.",
    byKeys: "Arrow keys move the pen, the space bar lowers and lifts it",
    lowered: "Pen down",
    lifted: "Pen up",
    drawing: "Drawing",
    undo: "Undo",
    redo: "Redo",
    clear: "Clear",
    replay: "Replay",
    keys: { undo: "Ctrl Z", redo: "Ctrl Y", clear: "Esc" },
  },
  answer,
  errors: { text: (template) => template, number } as Wording,
  draw: {
    input: "Input image",
    inputImage: "The input image of the network",
    how: "28 × 28 pixels. The drawing is cropped, centred and scaled to this size.",
    inferenceTime: (ms: number) => `Inference time: ${ms < 0.1 ? "under 0.1" : ms.toFixed(1)} ms.`,
  },
  word: {
    title: "Write a word",
    how: "Write separate letters side by side. The gaps between the strokes and the predictions of the network decide where each letter ends.",
    empty: "Write a word on the wide pad, in separate letters.",
    unsure:
      "It is not clear where one letter ends and the next begins. Joined handwriting cannot be segmented: write separate letters, or merge and split them below.",
    prediction: "Prediction",
    copy: "Copy",
    copied: "Copied",
    letters: "Letters",
    letter: (place: number, letter: string, confidence: string) => `Letter ${place}: ${letter}, ${confidence}`,
    candidate: (letter: string, share: string) => `${letter}, ${share}`,
    merge: "Merge",
    mergeLong: (first: string, second: string) => `Merge ${first} and ${second}: they are one letter`,
    split: "Split",
    splitLong: (letter: string) => `Split ${letter}: it is two letters`,
    reset: "Segment again",
    list: "Word list",
    listHow: "With a list, the prediction is one of its words. The list stays in this tab.",
    listCount: (count: number) => (count === 1 ? "1 word" : `${number(count)} words`),
    listFile: "Open a text file…",
  },
  picture: {
    title: "Read a picture",
    how: "A photo or scan of letters, words or lines, written in separate letters. The ink is separated from the paper, straightened and segmented into letters.",
    drop: "Drop a picture here, paste one, or",
    choose: "Choose a file",
    camera: "Use the camera",
    privacy: "The picture stays on this device.",
    busy: "Reading…",
    live: "Camera image",
    shoot: "Take a photo",
    stop: "Stop the camera",
    noCamera: "No camera is available, or the page is not allowed to use it. Allow the camera, or choose a file.",
    problems: {
      kind: "This file is not a picture that the browser can show. Choose a PNG, JPEG or WebP file.",
      large: "This picture is too large. The limits are 64 MB and 100 megapixels.",
      dark: "This PNG has 16 bits a channel and uses only the lowest of them. Save it as an 8-bit PNG.",
    },
    prediction: "Prediction",
    none: "No letters were found in this picture. Dark ink on plain paper works best.",
    grey: "1. Greyscale, with dark ink",
    ink: "2. Binarized: pixels darker than the paper around them are ink",
    level: (degrees: number, count: number) =>
      `3. ${Math.abs(degrees) < 0.1 ? "Not rotated" : `Rotated by ${Math.abs(degrees).toFixed(1)}°`}, segmented into ${count === 1 ? "1 letter" : `${count} letters`}`,
    letters: "Letters",
    unknown: "not a letter",
  },
  mistakes: {
    title: "Explore mistakes",
    robustness: "How robust is the prediction?",
    robustnessHow:
      "Draw a letter, then change the input image of the network. The curve shows the probability of the letter over the range of the slider.",
    robustnessEmpty: "Draw a letter on the pad first.",
    corruptions: {
      turn: "Rotation",
      across: "Shift right",
      down: "Shift down",
      size: "Size",
      breadth: "Width",
      stroke: "Stroke width",
      noise: "Noise",
    },
    reset: "Reset",
    predicted: (letter: string, share: string, best: string, bestShare: string) =>
      best === letter ? `${letter}: ${share}` : `${letter}: ${share}. Predicted: ${best}, ${bestShare}`,
    corruptedImage: "The changed input image",
    probability: (letter: string) => `Probability of ${letter}`,
    table: "Values as a table",
    confusion: "What the network mixes up (confusion matrix)",
    confusionHow:
      "The network predicts every letter of a data set, here in this tab. Rows are true letters, columns are predicted letters. Choose a cell to see its images.",
    fontLetters: "Letters of handwriting fonts",
    own: "Your letters",
    trainedOnThese: "This network was trained on these letters, so its accuracy on new ones is lower.",
    noOwn: "You have no letters yet. Add some in the view “Teach”.",
    file: "A file (NPZ, JSON Lines, EMNIST)",
    otherLetters: "This network has other classes than A to Z.",
    progress: (share: number) => `Predicting… ${Math.round(100 * share)}%`,
    accuracy: (correct: number, all: number) =>
      `Accuracy: ${((100 * correct) / all).toFixed(1)}% (${number(correct)} of ${number(all)})`,
    matrix: "Confusion matrix",
    trueLetters: "rows: true letters",
    predictedLetters: "columns: predicted letters",
    matrixKeys: "Arrow keys move from cell to cell.",
    cellName: (label: string, predicted: string, count: number) =>
      `True ${label}, predicted ${predicted}: ${number(count)}`,
    gallery: (label: string, predicted: string, count: number, numShown: number) =>
      `True ${label}, predicted ${predicted}: ${number(count)}${numShown < count ? `, the ${number(numShown)} most confident` : ""}`,
    problem: (reason: string) =>
      `This file cannot be used: ${reason}. Choose letters as NPZ or JSON Lines, or the two IDX files of EMNIST Letters: images and labels.`,
  },
  take: {
    title: "Download and share",
    drawing: "The drawing",
    drawingHow: "The link contains the drawing in the part after #, which browsers never send to a server.",
    empty: "Draw a letter on the pad first.",
    link: "Copy a link",
    network: "The network",
    looking: "Looking for files…",
    inUse: "Network in use",
    thisPage: "this page",
    command:
      "The Python package of this project exports other formats (ONNX, TensorFlow.js, LiteRT, Keras, PyTorch, C) and verifies each in its own runtime:",
    heads: ["Format", "File and SHA-256", "Size", "Verified with"],
    unverified: "the tests of this format; its runtime was not installed where this file was written",
    failed: "The files could not be loaded. Try again.",
    size: (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`,
    embed: "Embed in your own page",
    embedHow: "The npm package of this project recognizes letters on any page and provides this element:",
    copy: "Copy",
    copied: "Copied.",
  },
  /** The words of the large views, loaded with them. */
  inside: async () => (await import("./inside")).words,
  teach: async () => (await import("./teach")).words,
  train: async () => (await import("./train")).words,
  collect: async () => (await import("./collect")).words,
  about: {
    network: (parameters: number) => `A convolutional network with ${number(parameters)} parameters`,
    trainedOn: (letters: number, sets: string) => `, trained on ${number(letters)} letters${sets && ` (${sets})`}`,
    letters: "The network reads A to Z, capital or small, and tells you when it is not sure.",
    back: "Use the default network again",
    privacy: "Everything runs on your device. Nothing is uploaded.",
  },
};

export type Words = typeof words;
