// The words of "look inside" in English; what the others have to say follows from this one.

const plural = (count: number, one: string, many: string) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export const words = {
  title: "Look inside",
  lead: "Every layer of the network, from the ink to the answer, while you draw. Point at a unit to see what it computes.",
  legend: "The colour of ink is more than zero, red is less, paper is nothing.",
  toWhy: "Why this letter?",
  toTour: "Guided tour",
  empty: "The pad is empty: this is what the network makes of a blank sheet.",
  offer: "Draw a G for me",
  papers: "What the papers of 1989 and 1998 would call it",

  kinds: {
    input: "The image",
    scale: "Levels",
    resize: "Smaller image",
    conv: "Convolution",
    maxpool: "Maximum",
    subsample: "Subsampling",
    relu: "Relu",
    tanh: "Squashing",
    dense: "Dense layer",
    rbf: "Distances from codes",
    softmax: "The answer",
  },
  /** What a layer does, in a line; `size` is its kernel or window. */
  does: {
    input: () => "28 × 28 pixels of ink, as your strokes become them.",
    scale: () => "What paper and ink are to the network.",
    resize: () => "Means of parts of the image.",
    conv: (size: number) => `Each map looks for one pattern of ${size} × ${size}, everywhere with the same weights.`,
    maxpool: (size: number) => `The greatest of each ${size} × ${size}.`,
    subsample: (size: number) => `The sum of each ${size} × ${size}, times a coefficient, plus a bias.`,
    relu: () => "What is below zero becomes zero.",
    tanh: () => "An S-shaped curve keeps every value within ±1.7159.",
    dense: () => "Each unit weighs everything that the layer before says.",
    rbf: () => "How far the units before are from the picture of each letter: the nearest wins.",
    softmax: () => "The outputs as shares of 100 %.",
  },
  maps: (count: number, rows: number, columns: number) => `${plural(count, "map", "maps")} of ${rows} × ${columns}`,
  units: (count: number) => plural(count, "unit", "units"),
  weights: (count: number) => plural(count, "weight", "weights"),
  firstMaps: (shown: number) => `the first ${shown} are shown`,
  range: (most: string) => `up to ±${most}`,
  filters: (map: number) => `Filters of map ${map}: its weights for each map before`,
  filter: "Filters, one for each map",
  keys: "Arrow keys move from unit to unit, Page Up and Page Down from map to map, Enter selects, Escape closes.",
  table: "As a table",
  tableOf: (layer: string) => `Values of ${layer}`,
  columns: { map: "Map", unit: "Unit", least: "Least", mean: "Mean", greatest: "Greatest", value: "Value" },

  unit: (layer: string, map: number, row: number, column: number) =>
    `${layer}, map ${map}, row ${row}, column ${column}`,
  flatUnit: (layer: string, unit: number | string) => `${layer}, ${typeof unit === "number" ? `unit ${unit}` : unit}`,
  pixel: (row: number, column: number) => `pixel in row ${row}, column ${column}`,
  close: "Close",
  captions: {
    products: "inputs × weights",
    bias: "bias",
    value: "value",
    greatest: "greatest",
    window: "sum of the window",
    coefficient: "coefficient",
    mean: "mean of the part",
    paper: "paper",
    span: "ink − paper",
    distance: "squared distance from the code",
    ink: "ink, of 255",
    power: "e to its output ÷ temperature",
    powers: "all of them together",
    probability: "probability",
    output: "output",
  },
  squashed: "1.7159 · tanh (⅔ ·",
  seen: "What it sees of the image",
  takes: "What it takes",
  weighs: "Its weights",
  code: "Its code",
  adds: "What each adds",
  strongest: (map: number) => `Map ${map} adds most. Its numbers:`,
  addedBy: "Added by",
  input: "Input",
  weight: "Weight",
  product: "Product",
  others: (count: number) => `the other ${count} together`,
  feeds: "It feeds most",
  unused: "It fills no window of the next layer.",
  notTaken: "another is greater",
  formulaSpoken: (unit: string, value: string) => `${unit}: ${value}`,

  why: {
    title: (one: string, other: string) => `Why ${one} and not ${other}`,
    one: "Why",
    other: "and not",
    best: "The best two",
    picture: (one: string, other: string) =>
      `Each pixel's contribution: the colour of ink speaks for ${one}, red for ${other}`,
    speaks: (letter: string) => `Ink that speaks for ${letter}`,
    constant: "What no ink decides (biases)",
    together: (one: string, other: string) => `Together: the lead of ${one} over ${other}`,
    times: (one: string, times: string, other: string) => `So ${one} is ${times} times as probable as ${other}.`,
    about: (linear: boolean): string =>
      linear
        ? "For this one drawing the network is a straight line in its pixels: each pixel's contribution is its ink times the slope (gradient × input). With the biases they add up to the difference exactly. Blank paper contributes nothing: what is missing is counted with the biases."
        : "Each squashing curve is replaced by the straight line from zero to its value (the rescale rule of DeepLIFT). With the biases the contributions add up to the difference exactly. Blank paper contributes nothing: what is missing is counted with the biases.",
    empty: "Draw a letter, and this says which ink decided.",
    regions: "Contributions by part of the image",
    rows: ["top", "middle", "bottom"],
    columns: ["left", "centre", "right"],
  },

  open: {
    title: "Another network",
    lead: "Open a model of yours: a .safetensors file of this project, or a TensorFlow.js model: model.json together with its .bin files. Or drop them here. They stay in this tab.",
    choose: "Open a model…",
    opened: (name: string) => `Answered by ${name}`,
    back: "Back to the page's own",
    own: "The page's own network answers again.",
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
          "Your pen leaves points on the pad. They are all that is known: neither colour nor width is read. Draw a letter, and keep drawing: everything below follows.",
      },
      {
        title: "The image",
        text: () =>
          "The ink is cropped, centred and scaled to 28 × 28 pixels, so that it does not matter where and how large you wrote. In 1989 this was called normalisation, and 16 × 16 pixels had to do.",
      },
      {
        title: "A feature map",
        text: (layer: string) =>
          `A unit of ${layer} sees a small square of the image alone, its local receptive field. All units of a map share the same weights, so a map finds its stroke, edge or corner wherever it is: “weight sharing”, the idea of the paper of 1989.`,
      },
      {
        title: "The squashing",
        text: (layer: string) =>
          `${layer} bends what was summed: without it, many layers would be no more than one. The papers took a scaled hyperbolic tangent; today's networks often only cut off what is below zero.`,
      },
      {
        title: "Less exact on purpose",
        text: (layer: string) =>
          `${layer} keeps of each small window one number. Exactly where a feature lies no longer matters, roughly where still does. The papers call it subsampling; here a network may take the maximum, or step over pixels (1989).`,
      },
      {
        title: "Features of features",
        text: (layer: string) =>
          `The maps of ${layer} combine several maps before: corners out of edges, loops out of bends. In LeNet-5 this is C3, and a table says which maps of S2 each sees. Select a unit, and its field on the image is framed: the deeper, the larger.`,
      },
      {
        title: "The whole letter",
        text: (layer: string) =>
          `Each unit of ${layer} weighs all that was found, everywhere. In LeNet-5 these layers are C5 and F6, and most of the weights are here.`,
      },
      {
        title: "The answer",
        text: (layer: string) =>
          `${layer} gives each letter a number, and the softmax makes shares of them. In 1998 each letter had a small picture as its code instead, and the nearest won. Below, see which of your ink spoke for the best letter and against the next.`,
      },
    ],
  },
};

export type InsideWords = typeof words;
