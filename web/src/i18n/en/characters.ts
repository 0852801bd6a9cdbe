// Texts in English for a network of other classes than A to Z.
import { nameClasses, withReplacements } from "../characters";
import type { InsideWords } from "./inside";
import { characterAnswer, type Words } from "./page";

/** Steps of the guided tour that speak of letters, by their places. */
const TOUR: Readonly<Record<number, Partial<InsideWords["tour"]["steps"][number]>>> = {
  0: {
    text: () =>
      "Your pen leaves points on the pad. The network gets nothing else: neither colour nor line width. Draw a character and keep drawing: all layers below change with it.",
  },
  6: { title: "The whole character" },
  7: {
    text: (layer) =>
      `${layer} gives each character a score (logit), and the softmax turns the scores into probabilities. In LeNet-5, each class had a small picture as its output code instead, and the nearest code won. Below you see which pixels support the most probable character and which the second.`,
  },
};

const number = (value: number) => value.toLocaleString("en");

/** Returns the texts of page.ts, and of the large views, for a network with these labels. */
export function ofCharacters(words: Words, labels: string): Words {
  const classes = nameClasses(labels, "to", "characters");
  return withReplacements(words, {
    title: "LeNet: draw a character",
    motto: "reads the character that you draw",
    pad: {
      name: "Pad: draw a character with mouse, finger or pen. With the keyboard, arrow keys move the pen, and the space bar lowers and lifts it.",
    },
    answer: characterAnswer,
    word: {
      how: "Write separate characters side by side. The gaps between the strokes and the predictions of the network decide where each character ends.",
      empty: "Write a word on the wide pad, in separate characters.",
      unsure:
        "It is not clear where one character ends and the next begins. Joined handwriting cannot be segmented: write separate characters, or merge and split them below.",
      letters: "Characters",
      letter: (place, character, confidence) => `Character ${place}: ${character}, ${confidence}`,
      mergeLong: (first, second) => `Merge ${first} and ${second}: they are one character`,
      splitLong: (character) => `Split ${character}: it is two characters`,
      listHow: `With a list, the prediction is one of its words of ${classes}. The list stays in this tab.`,
    },
    picture: {
      how: "A photo or scan of separate characters, alone or in lines. The ink is separated from the paper, straightened and segmented into characters.",
      none: "No characters were found in this picture. Dark ink on plain paper works best.",
      level: (degrees, count) =>
        `3. ${Math.abs(degrees) < 0.1 ? "Not rotated" : `Rotated by ${Math.abs(degrees).toFixed(1)}°`}, segmented into ${count === 1 ? "1 character" : `${count} characters`}`,
      letters: "Characters",
      unknown: "not one of its characters",
    },
    mistakes: {
      trainedOnThese: "This network was trained on these characters, so its accuracy on new ones is lower.",
      robustnessHow:
        "Draw a character, then change the input image of the network. The curve shows the probability of the character over the range of the slider.",
      robustnessEmpty: "Draw a character on the pad first.",
      confusionHow:
        "The network predicts every character of a data set, here in this tab. Rows are true characters, columns are predicted characters. Choose a cell to see its images.",
      own: "Your characters",
      noOwn: `You have no characters of this network (${classes}) yet. Add some in the view “Teach”.`,
      file: "A file (NPZ, JSON Lines)",
      otherLetters: `This network reads ${classes}. These letters are A to Z, capital and small in one class: it cannot be measured on them.`,
      trueLetters: "rows: true characters",
      predictedLetters: "columns: predicted characters",
      problem: (reason) =>
        `This file cannot be used: ${reason}. Choose characters of this network (${classes}) as NPZ or JSON Lines.`,
    },
    take: { empty: "Draw a character on the pad first." },
    about: {
      trainedOn: (images, sets) => `, trained on ${number(images)} images${sets && ` (${sets})`}`,
      letters: `The network reads ${classes} and tells you when it is not sure.`,
    },
    inside: async () => {
      const { words } = await import("./inside");
      return withReplacements(words, {
        tour: { steps: words.tour.steps.map((step, i) => ({ ...step, ...TOUR[i] })) },
        toAttribution: "Why this character?",
        layers: {
          rbf: {
            does: () => "Squared distance to the output code of each character: the nearest code wins.",
          },
        },
        captions: { sum: "sum over all characters" },
        attribution: { empty: "Draw a character to see which pixels decided." },
      });
    },
    teach: async () =>
      withReplacements((await import("./teach")).words, {
        how: "Draw a character, then tap the character that you meant, above all when the prediction is wrong. The drawing is stored on this device.",
        keys: "Keyboard: press Alt and the character, or move to the row of characters and type the character.",
        row: "True character",
        trueLetter: (character) => `True character: ${character}`,
        empty: "Draw a character first.",
        letters: "Your characters",
        count: (count, written) => (count === 0 ? "none yet" : count === 1 ? "1 character" : `${written} characters`),
        none: "Your stored characters appear here.",
        clearSure:
          "Delete all of your drawings, and the network that was trained on them, from this device? This cannot be undone.",
        storage: { failed: "The browser could not store the characters." },
        notStored: "Your characters are lost when this tab is closed: export them to keep them.",
        train: "Train on your characters",
        otherLetters: `This network reads ${classes}: it cannot be fine-tuned here, because the handwriting fonts that keep a network from forgetting have only letters A to Z.`,
      }),
    train: async () =>
      withReplacements((await import("./train")).words, {
        lead: `A network starts with random weights and is trained here, in this tab. Networks that are trained here read A to Z; the network in use reads ${classes}.`,
        noOwn: "You have no letters from A to Z yet. This view trains networks of A to Z alone.",
      }),
  });
}
