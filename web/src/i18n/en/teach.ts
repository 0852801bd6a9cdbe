// Texts of the view "Teach" in English. Their type is the type of the other languages.

export const words = {
  title: "Teach it your handwriting",
  how: "Draw a letter. If the prediction is wrong, tap the right letter: the drawing is stored on this device, and the network can be trained on it.",
  keys: "With the keyboard: Alt and the letter, or go to the row and type it.",
  row: "True letter",
  is: (letter: string) => `It is ${letter}`,
  kept: (letter: string, all: string) => `Stored as ${letter}. ${all}.`,
  empty: "Draw a letter first.",
  letters: "Your letters",
  count: (count: number, written: string) =>
    count === 0 ? "none yet" : count === 1 ? "1 letter" : `${written} letters`,
  none: "The letters that you teach appear here.",
  remove: (letter: string, place: number) => `Delete ${letter}, number ${place}`,
  removed: (letter: string) => `${letter} was deleted.`,
  undo: "Undo last change",
  undone: "Undone.",
  export: "Export",
  import: "Import",
  clear: "Delete all",
  clearSure:
    "Delete all of your letters, and the network that was trained on them, from this device? This cannot be undone.",
  clearYes: "Delete everything",
  clearNo: "Keep them",
  cleared: "Everything was deleted.",
  imported: (count: string) => `${count} were imported.`,
  importFailed: (reason: string) => `This file cannot be used: ${reason}.`,
  damaged: (count: number) =>
    count === 1
      ? "One record on this device is damaged and was left out."
      : `${count} records on this device are damaged and were left out.`,
  storage: {
    unavailable: "This browser stores nothing for this page (a private window, or a setting of the browser).",
    full: "There is no room left on this device for this page.",
    blocked: "Another tab has an older version of this page open. Close it, and reload this one.",
    newer: "Another tab has a newer version of this page open. Reload this one.",
    failed: "The browser could not store this.",
  },
  unkept: "Your letters stay here until this tab is closed: export them to keep them.",
  learn: "Learn my handwriting",
  learnHow:
    "The last layers are fine-tuned on your letters, mixed with handwriting fonts, so that the network forgets little else.",
  few: (least: string) => `Teach ${least} letters at least; twenty are better.`,
  start: "Learn",
  stop: "Stop",
  learning: "Training…",
  failed: (reason: string) => `The training failed: ${reason}.`,
  otherLetters: "The default network has other classes than A to Z: it cannot be fine-tuned here.",
  result: "Accuracy before and after",
  before: "before",
  after: "after",
  own: "Your letters",
  fontLetters: "Handwriting fonts (validation)",
  correctOf: (right: string, all: string) => `${right} of ${all}`,
  tried: "Each of your letters was predicted by a network that was not trained on it (cross-validation).",
  little: "So few letters say little: one more or less may be chance.",
  known: "All of your letters were right before: teach the ones that are wrong.",
  worse: "The accuracy on your letters is no better than before: more letters may help.",
  forgot:
    "The accuracy on other handwriting is lower than before. On writers like those of the training data, the loss is not measured here.",
  accept: "Use it",
  discard: "Discard",
  accepted: "Your personal network is in use now, and when the page is opened again.",
  discarded: "Discarded.",
  networkInUse: "Network in use",
  defaultNetwork: "Default network",
  personalNetwork: "Personal network",
  forget: "Delete it",
  broken: "The network that was stored on this device is damaged: the default network is in use.",
};

export type TeachWords = typeof words;
