// Texts of the view "Look inside" in English. Their type is the type of the other languages.

const plural = (count: number, one: string, many: string) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export const words = {
  title: "Look inside",
  lead: "Every layer of the network, from the input image to the probabilities, while you draw. Point at a unit to see what it computes.",
  legend: "Ink blue is positive, red is negative, paper is zero.",
  toWhy: "Why this letter?",
  toTour: "Guided tour",
  empty: "The pad is empty: these are the values for a blank sheet.",
  offer: "Draw a G for me",
  papers: "Its name in the papers of 1989 and 1998",

  /** Name and description of each kind of step; `size` is a kernel or window. */
  layers: {
    input: { name: "Input image", does: () => "Your strokes as 28 × 28 pixels." },
    scale: { name: "Scaling", does: () => "Pixel values become the input range of the network." },
    resize: { name: "Downscaling", does: () => "Each output is the mean of a part of the image." },
    conv: {
      name: "Convolution",
      does: (size: number) => `Each map slides one filter of ${size} × ${size} weights over its input.`,
    },
    maxpool: { name: "Max pooling", does: (size: number) => `Keeps the largest of every ${size} × ${size} values.` },
    subsample: {
      name: "Subsampling",
      does: (size: number) => `The sum of every ${size} × ${size} values, times a coefficient, plus a bias.`,
    },
    relu: { name: "ReLU", does: () => "Negative values become 0." },
    tanh: { name: "Scaled tanh", does: () => "An S-shaped curve keeps every value within ±1.7159." },
    dense: { name: "Dense layer", does: () => "Each output combines all values of the previous layer." },
    rbf: { name: "RBF layer", does: () => "Squared distance to the code of each letter: the nearest letter wins." },
    softmax: { name: "Softmax", does: () => "Scores become probabilities that add up to 100 %." },
  },
  maps: (count: number, rows: number, columns: number) => `${plural(count, "map", "maps")} of ${rows} × ${columns}`,
  units: (count: number) => plural(count, "unit", "units"),
  weights: (count: number) => plural(count, "weight", "weights"),
  firstMaps: (shown: number) => `the first ${shown} are shown`,
  range: (most: string) => `up to ±${most}`,
  filters: (map: number) => `Filters of map ${map}: its weights for each input map`,
  filter: "Filters, one for each map",
  keys: "Arrow keys move from unit to unit, Page Up and Page Down from map to map, Enter selects, Escape closes.",
  table: "As a table",
  tableOf: (layer: string) => `Values of ${layer}`,
  columns: { map: "Map", unit: "Unit", least: "Minimum", mean: "Mean", greatest: "Maximum", value: "Value" },

  unit: (layer: string, map: number, row: number, column: number) =>
    `${layer}, map ${map}, row ${row}, column ${column}`,
  flatUnit: (layer: string, unit: number | string) => `${layer}, ${typeof unit === "number" ? `unit ${unit}` : unit}`,
  pixel: (row: number, column: number) => `pixel in row ${row}, column ${column}`,
  close: "Close",
  captions: {
    products: "inputs × weights",
    bias: "bias",
    value: "value",
    greatest: "maximum",
    window: "sum of the window",
    coefficient: "coefficient",
    mean: "mean of the part",
    paper: "paper",
    span: "ink − paper",
    distance: "squared distance to the code",
    ink: "ink, of 255",
    power: "e to its output ÷ temperature",
    powers: "sum over all letters",
    probability: "probability",
    output: "output",
  },
  squashed: "1.7159 · tanh (⅔ ·",
  seen: "Its receptive field",
  takes: "Its inputs",
  weighs: "Its weights",
  code: "Its code",
  adds: "Input × weight",
  strongest: (map: number) => `Map ${map} contributes most. Its values:`,
  addedBy: "From",
  input: "Input",
  weight: "Weight",
  product: "Product",
  others: (count: number) => `the other ${count} together`,
  feeds: "Largest contributions to the next layer",
  unused: "No window of the next layer covers it.",
  notTaken: "another is larger",
  formulaSpoken: (unit: string, value: string) => `${unit}: ${value}`,

  why: {
    title: (one: string, other: string) => `Why ${one} and not ${other}`,
    one: "Why",
    other: "and not",
    best: "The best two",
    picture: (one: string, other: string) =>
      `Each pixel's contribution: the colour of ink speaks for ${one}, red for ${other}`,
    speaks: (letter: string) => `Ink that speaks for ${letter}`,
    constant: "Biases, whatever is drawn",
    together: (one: string, other: string) => `Sum: lead of ${one} over ${other}`,
    times: (one: string, times: string, other: string) => `So ${one} is ${times} times as probable as ${other}.`,
    about: (linear: boolean): string =>
      linear
        ? "For this one drawing the network is linear in its pixels: each pixel's contribution is its ink times the gradient (gradient × input). With the biases they add up to the difference exactly. Blank paper contributes nothing: missing ink counts with the biases."
        : "Each activation function is replaced by the straight line from zero to its value (the rescale rule of DeepLIFT). With the biases the contributions add up to the difference exactly. Blank paper contributes nothing: missing ink counts with the biases.",
    empty: "Draw a letter to see which ink decided.",
    regions: "Contributions by part of the image",
    rows: ["top", "middle", "bottom"],
    columns: ["left", "centre", "right"],
  },

  open: {
    title: "Another model",
    lead: "Open a .safetensors file of this project, or a TensorFlow.js model: model.json together with its .bin files. Or drop them here. They stay in this tab.",
    choose: "Open a model…",
    opened: (name: string) => `Predictions by ${name}`,
    back: "Back to the default network",
    own: "The default network is in use again.",
  },

  tour: {
    region: "Guided tour",
    step: (step: number, of: number) => `Step ${step} of ${of}`,
    next: "Next",
    back: "Back",
    end: "End",
    steps: [
      {
        title: "The stroke",
        text: () =>
          "Your pen leaves points on the pad. The network gets nothing else: neither colour nor width. Draw a letter and keep drawing: everything below follows.",
      },
      {
        title: "The image",
        text: () =>
          "The drawing is cropped, centred and scaled to 28 × 28 pixels, so position and size do not matter. In 1989 this was called normalisation, with 16 × 16 pixels.",
      },
      {
        title: "A feature map",
        text: (layer: string) =>
          `A unit of ${layer} sees a small square of the image only: its local receptive field. All units of a map share the same weights, so a map finds its stroke, edge or corner anywhere. This is weight sharing, the idea of the paper of 1989.`,
      },
      {
        title: "The activation function",
        text: (layer: string) =>
          `${layer} is not linear: without it, many layers would compute no more than one. The papers used a scaled hyperbolic tangent. Networks of today often use ReLU, which sets negative values to 0.`,
      },
      {
        title: "Pooling",
        text: (layer: string) =>
          `${layer} keeps one number of each small window. The exact position of a feature no longer matters, the rough position still does. The papers call it subsampling; other networks take the maximum, or convolve with a stride (1989).`,
      },
      {
        title: "Features of features",
        text: (layer: string) =>
          `The maps of ${layer} combine several maps of the previous layer: edges become corners, bends become loops. In LeNet-5 this is C3, and a table says which maps of S2 each one sees. Select a unit to frame its receptive field: the deeper the layer, the larger the field.`,
      },
      {
        title: "The whole letter",
        text: (layer: string) =>
          `Each unit of ${layer} combines all features of all positions. In LeNet-5 these layers are C5 and F6, and they have most of the weights.`,
      },
      {
        title: "The answer",
        text: (layer: string) =>
          `${layer} gives each letter a score, and the softmax turns scores into probabilities. In 1998 each letter had a small picture as its code instead, and the nearest code won. Below you see which ink speaks for the best letter and which for the second.`,
      },
    ],
  },
};

export type InsideWords = typeof words;
