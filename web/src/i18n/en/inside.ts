// Texts of the view "Look inside" in English. Their type is the type of the other languages.

const plural = (count: number, one: string, many: string) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** Sides of a layer's kernel and window. */
export interface Sizes {
  readonly kernel: number;
  readonly window: number;
}

export const words = {
  title: "Look inside",
  lead: "Every layer of the network, from the input image to the probabilities, while you draw. Choose a unit to see what it computes.",
  legend: "The colour of ink is positive, red is negative, the colour of paper is zero.",
  toAttribution: "Why this letter?",
  toTour: "Guided tour",
  empty: "The pad is empty: these are the values for a blank sheet.",
  example: (name: string) => `Draw an example: ${name}`,
  papers: "Its name in the papers of 1989 and 1998",

  /** Name and description of each kind of step. */
  layers: {
    input: { name: "Input image", does: () => "Your strokes as 28 × 28 pixels." },
    scale: { name: "Scaling", does: () => "Maps the pixel values to the input range of the network." },
    resize: { name: "Downscaling", does: () => "Each output is the mean of one part of the image." },
    conv: {
      name: "Convolution",
      does: ({ kernel }: Sizes) =>
        `Slides kernels of ${kernel} × ${kernel} weights over the input: one feature map for each kernel.`,
    },
    maxpool: {
      name: "Max pooling",
      does: ({ window }: Sizes) =>
        `Keeps the largest of every ${window} × ${window} values${window === 2 ? ", so the feature map halves" : ""}.`,
    },
    subsample: {
      name: "Subsampling",
      does: ({ window }: Sizes) =>
        `Adds up every ${window} × ${window} values, times a trained coefficient, plus a bias${window === 2 ? ", so the feature map halves" : ""}.`,
    },
    relu: { name: "ReLU", does: () => "Negative values become 0." },
    tanh: { name: "Scaled tanh", does: () => "An S-shaped function keeps every value within ±1.7159." },
    dense: { name: "Dense layer", does: () => "Each output combines all values of the previous layer." },
    rbf: {
      name: "RBF layer",
      does: () => "Squared distance to the output code of each letter: the nearest code wins.",
    },
    softmax: { name: "Softmax", does: () => "Logits become probabilities that add up to 100%." },
  },
  maps: (count: number, rows: number, columns: number) =>
    count === 1 ? `${rows} × ${columns}` : `${count} feature maps of ${rows} × ${columns}`,
  units: (count: number) => plural(count, "unit", "units"),
  parameters: (count: number) => plural(count, "parameter", "parameters"),
  firstMaps: (count: number) => `the first ${count} are shown`,
  kernels: (map: number) => `Kernels of feature map ${map}, one for each feature map of the input`,
  kernel: "Kernels, one for each feature map",
  keys: "Arrow keys move from unit to unit, Page Up and Page Down from feature map to feature map, Enter selects, Escape closes.",
  table: "As a table",
  tableOf: (layer: string) => `Values of ${layer}`,
  columns: { map: "Feature map", unit: "Unit", minimum: "Minimum", mean: "Mean", maximum: "Maximum", value: "Value" },

  unit: (layer: string, map: number, row: number, column: number) =>
    `${layer}, feature map ${map}, row ${row}, column ${column}`,
  flatUnit: (layer: string, unit: number | string) => `${layer}, ${typeof unit === "number" ? `unit ${unit}` : unit}`,
  pixel: (row: number, column: number) => `pixel in row ${row}, column ${column}`,
  close: "Close",
  captions: {
    products: "sum of inputs × weights",
    bias: "bias",
    value: "value",
    maximum: "maximum",
    window: "sum of the window",
    coefficient: "coefficient",
    mean: "mean of the part",
    paper: "value of paper",
    span: "ink − paper",
    distance: "squared distance to the code",
    ink: "pixel, 0 to 255",
    exponential: "exp (logit ÷ temperature)",
    sum: "sum over all letters",
    probability: "probability",
    output: "output",
  },
  scaledTanh: "1.7159 · tanh (⅔ ·",
  receptiveField: "Receptive field",
  unitInputs: "Inputs",
  unitWeights: "Weights",
  code: "Output code",
  products: "Input × weight",
  strongest: (map: number) => `Feature map ${map} contributes most:`,
  source: "From",
  input: "Input",
  weight: "Weight",
  product: "Product",
  others: (count: number) => `the other ${count} together`,
  contributions: "Largest contributions to the next layer",
  unused: "No window of the next layer contains this unit.",
  notMaximum: "another value is larger",
  formulaSpoken: (unit: string, value: string) => `${unit}: ${value}`,

  attribution: {
    title: (first: string, second: string) => `Why ${first} and not ${second}`,
    first: "Why",
    second: "and not",
    best: "The two most probable",
    picture: (first: string, second: string) =>
      `Contribution of each pixel: the colour of ink supports ${first}, red supports ${second}`,
    supports: (letter: string) => `Pixels that support ${letter}`,
    constant: "Biases and padding",
    sum: (first: string, second: string) => `Sum: logit of ${first} minus logit of ${second}`,
    times: (first: string, times: string, second: string) => `So ${first} is ${times} times as probable as ${second}.`,
    about: (linear: boolean): string =>
      linear
        ? "For a single drawing the network is a linear function of the pixels. The contribution of a pixel is its value times the gradient (gradient × input). With the biases, the contributions add up exactly to the difference of the logits. Blank pixels contribute 0."
        : "Each activation function is replaced by the straight line from zero to its value (the rescale rule of DeepLIFT). With the biases, the contributions add up exactly to the difference of the logits. Blank pixels contribute 0.",
    empty: "Draw a letter to see which pixels decided.",
    regions: "Contributions by part of the image",
    rows: ["top", "middle", "bottom"],
    columns: ["left", "centre", "right"],
  },

  open: {
    title: "Another model",
    lead: "Open a .safetensors file of this project, or a TensorFlow.js model: model.json together with its .bin files, or a zip archive of these. You can also drop the files here. They stay in this tab.",
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
          "Your pen leaves points on the pad. The network gets nothing else: neither colour nor line width. Draw a letter and keep drawing: all layers below change with it.",
      },
      {
        title: "The image",
        text: () =>
          "The drawing is cropped, centred and scaled to 28 × 28 pixels, so position and size do not matter. In 1989 this was called normalization, with 16 × 16 pixels.",
      },
      {
        title: "A feature map",
        text: (layer: string) =>
          `Each unit of ${layer} sees only a small square of the image: its receptive field. All units of a feature map share the same weights, so it detects the same stroke, edge or corner everywhere. This is weight sharing, the idea of the paper of 1989.`,
      },
      {
        title: "The activation function",
        text: (layer: string) =>
          `${layer} is a nonlinear function. Without it, many layers could compute no more than a single layer. The papers used a scaled hyperbolic tangent. Networks of today often use ReLU, which sets negative values to 0.`,
      },
      {
        title: "Pooling",
        text: (layer: string, kind: string, window: number) => {
          const why = "The exact position of a feature no longer matters, the rough position still does.";
          if (kind === "maxpool")
            return `${layer} keeps the largest value of each ${window} × ${window} window. ${why} The papers averaged instead (subsampling).`;
          if (kind === "subsample")
            return `${layer} averages each ${window} × ${window} window, with a trained coefficient and a bias (subsampling). ${why} Networks of today often keep the largest value instead (max pooling).`;
          return `This network has no pooling layer. Pooling keeps one number of each small window. ${why} In 1989 a convolution with a stride did the same.`;
        },
      },
      {
        title: "Features of features",
        text: (layer: string) =>
          `Each feature map of ${layer} combines several feature maps of the previous layer: edges become corners, bends become loops. In LeNet-5 this is C3, where a connection table says which feature maps of S2 each of its own sees. Choose a unit to frame its receptive field: the deeper the layer, the larger the field.`,
      },
      {
        title: "The whole letter",
        text: (layer: string) =>
          `Each unit of ${layer} combines all features from all positions. In LeNet-5 these layers are C5 and F6, and they have most of the weights.`,
      },
      {
        title: "The answer",
        text: (layer: string) =>
          `${layer} gives each letter a logit, and the softmax turns the logits into probabilities. In LeNet-5, each letter had a small picture as its output code instead, and the nearest code won. Below you see which pixels support the most probable letter and which the second.`,
      },
    ],
  },
};

export type InsideWords = typeof words;
