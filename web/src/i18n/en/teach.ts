// Texts of the view "Teach" in English. Their type is the type of the other languages.

export const words = {
  title: "Teach the network your handwriting",
  how: "Draw a letter, then tap the letter that you meant, above all when the prediction is wrong. The drawing is stored on this device, and the network can be trained on it.",
  keys: "Keyboard: press Alt and the letter, or move to the row of letters and type the letter.",
  row: "True letter",
  trueLetter: (letter: string) => `True letter: ${letter}`,
  stored: (letter: string, all: string) => `Stored as ${letter}. ${all}.`,
  empty: "Draw a letter first.",
  letters: "Your letters",
  count: (count: number, written: string) =>
    count === 0 ? "none yet" : count === 1 ? "1 letter" : `${written} letters`,
  unused: (count: number, written: string) =>
    count === 1
      ? "One of them has a class that the network in use does not have: it is kept, and not used."
      : `${written} of them have classes that the network in use does not have: they are kept, and not used.`,
  none: "Your stored letters appear here.",
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
  imported: (count: string) => `Imported: ${count}.`,
  importFailed: (reason: string) => `This file cannot be used: ${reason}.`,
  damaged: (count: number) =>
    count === 1
      ? "One record on this device is damaged and was left out."
      : `${count} records on this device are damaged and were left out.`,
  storage: {
    unavailable: "This browser stores nothing for this page (a private window, or a setting of the browser).",
    full: "The browser has no storage left for this page.",
    blocked: "An older version of this page is open in another tab. Close that tab, and reload this one.",
    newer: "A newer version of this page is open in another tab. Reload this one.",
    failed: "The browser could not store the letters.",
  },
  notStored: "Your letters are lost when this tab is closed: export them to keep them.",
  train: "Train on your letters",
  trainHow:
    "The last layers are fine-tuned on your letters, mixed with letters of handwriting fonts. The mix keeps the network from forgetting other handwriting.",
  minLetters: (count: string) => `At least ${count} letters are needed; twenty are better.`,
  start: "Start training",
  stop: "Stop",
  training: "Training…",
  failed: (reason: string) => `The training failed: ${reason}.`,
  otherLetters: "The default network has other classes than A to Z: it cannot be fine-tuned here.",
  result: "Accuracy before and after",
  before: "before",
  after: "after",
  own: "Your letters",
  fontLetters: "Handwriting fonts (validation)",
  correctOf: (correct: string, all: string) => `${correct} of ${all}`,
  crossValidated: "Each of your letters was predicted by a network that was not trained on it (cross-validation).",
  fewLetters: "With so few letters, a difference of one letter may be chance.",
  allCorrect: "The network already predicted all of your letters correctly. Add letters that it predicts wrongly.",
  notBetter: "The accuracy on your letters did not improve. More letters may help.",
  forgot:
    "The accuracy on handwriting fonts is lower than before. The accuracy on the handwriting of other people is not measured here.",
  accept: "Use this network",
  discard: "Discard",
  accepted: "Your personal network is in use now, and whenever the page is opened again.",
  discarded: "Discarded.",
  networkInUse: "Network in use",
  defaultNetwork: "Default network",
  personalNetwork: "Personal network",
  forget: "Delete the personal network",
  broken: "The personal network that was stored on this device is damaged: the default network is in use.",
};

export type TeachWords = typeof words;
