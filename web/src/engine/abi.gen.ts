// Constants, structs and functions of the engine's interface.
// Generated from core/lenet.h by tools/codegen/abi.py; do not edit.

/** changes with any incompatible change of this file */
export const INTERFACE = 7;
/** changes with any change of a rasterized byte */
export const RASTERIZER_VERSION = 1;
/** rows and columns of a rasterized image */
export const SIDE = 28;
export const MAX_LAYERS = 32;
/** rows and columns of a network's input */
export const MAX_SIDE = 512;
/** output channels of one layer */
export const MAX_CHANNELS = 4096;
/** rows and columns of a convolution's kernel */
export const MAX_KERNEL = 15;
/** of a convolution */
export const MAX_STRIDE = 8;
/** of a network */
export const MAX_PARAMETERS = 67108864;
/** numbers of all activations of one image together */
export const MAX_ACTIVATION = 16777216;
/** of a network, for one image */
export const MAX_MULTIPLY_ADDS = 1073741824;
/** entries of a network's tables together */
export const MAX_TABLE = 16384;
/** magnitude of low, high and pad_value of a layer */
export const MAX_LEVEL = 100;
export const MAX_THREADS = 64;
export const MAX_BATCH_SIZE = 65536;
/** steps announced at once */
export const MAX_RUN = 1048576;
/** of one drawing */
export const MAX_POINTS = 100000;
/** pixels */
export const MAX_PICTURE_SIDE = 16384;
/** pixels, of a picture that is cleaned */
export const MAX_CLEANED_SIDE = 2048;
export const MAX_COORDINATE = 1000000000;
/** most probable classes in a recognition */
export const CANDIDATES = 5;
/**
 * Pen width at which drawn letters have the mean ink of NIST's scanned ones, about 0.18 of full: a fraction of the
 * longer side of the points' bounding box.
 */
export const DEFAULT_PEN = 0.17;
/** A thinner pen could slip between the cells of the ink mask. */
export const MIN_PEN = 0.02;
export const MAX_PEN = 1.0;
/** Range of the temperature, which divides a network's logits. Beyond it float32 probabilities lose their meaning. */
export const MIN_TEMPERATURE = 0.01;
export const MAX_TEMPERATURE = 100.0;
/** Range of a temperature that is fitted on a validation set. Beyond it the set is too small. */
export const MIN_FITTED_TEMPERATURE = 0.1;
export const MAX_FITTED_TEMPERATURE = 10.0;
export const MAX_LEARNING_RATE = 1000000.0;

export const STATUS = {
  OK: 0,
  /** a null pointer, or a number out of its documented range */
  BAD_ARGUMENT: -1,
  /** the layers do not fit together, or are beyond the limits below */
  BAD_NETWORK: -2,
  /** NaN, infinite, or beyond +-MAX_COORDINATE */
  BAD_COORDINATE: -3,
  /** more points, pixels or multiply-adds than the limits below */
  TOO_LARGE: -4,
  /** a label >= classes, or an index outside the images */
  BAD_LABEL: -5,
} as const;

export const KIND = {
  /** convolution (cross-correlation) with zero or constant padding */
  CONV: 1,
  /** max pooling, stride = window */
  MAXPOOL: 2,
  /** fully connected layer */
  DENSE: 3,
  RELU: 4,
  /** scaled: 1.7159 tanh(2/3 x) (LeCun et al. 1998, appendix A) */
  TANH: 5,
  /**
   * trainable subsampling, stride = window: a window's sum times a coefficient plus a bias, both per channel (LeCun et
   * al. 1998, section II.B)
   */
  SUBSAMPLE: 6,
  /** last layer: -|x - code|^2 for each class, less the terms that all classes share (LeCun et al. 1998, equation 7) */
  RBF: 7,
  /** first layer: maps pixels to low..high; without it pixels are 0..1 */
  SCALE: 8,
  /** first layer, or after SCALE: shrinks the image by area averaging */
  RESIZE: 9,
} as const;

export const BIAS = {
  PER_CHANNEL: 0,
  PER_UNIT: 1,
} as const;

export const VERDICT = {
  LETTER: 0,
  /** a letter that may be another one */
  UNSURE: 1,
  /** rejected */
  NOT_A_LETTER: 2,
  /** without ink */
  EMPTY: 3,
} as const;

export const OPTIMIZER = {
  SGD: 0,
  ADAMW: 1,
} as const;

export const SCHEDULE = {
  CONSTANT: 0,
  ONE_CYCLE: 1,
} as const;

export const LAYER_BYTES = 48;

/** The fields of `lenet_layer`. */
export interface LayerFields {
  /** lenet_kind */
  readonly kind: number;
  /** conv, dense, rbf: output channels, 1..MAX_CHANNELS */
  readonly out_channels: number;
  /** conv: rows = columns of the kernel, 1..MAX_KERNEL */
  readonly kernel: number;
  /** conv: 1..MAX_STRIDE */
  readonly stride: number;
  /** conv: rows and columns added on each side, 0..kernel-1 */
  readonly padding: number;
  /** conv: lenet_bias */
  readonly biases: number;
  /** maxpool, subsample: rows = columns = stride of the pooling window */
  readonly window: number;
  /** resize: rows = columns of the result, at most those of the input */
  readonly side: number;
  /** conv: value of the padding, +-MAX_LEVEL */
  readonly pad_value: number;
  /** scale: network input for pixel value 0, +-MAX_LEVEL */
  readonly low: number;
  /** scale: network input for pixel value 255, +-MAX_LEVEL */
  readonly high: number;
  /** number of this layer's entries in `tables`; conv: 0, or inputs x outputs; rbf: outputs x inputs; others: 0 */
  readonly table_size: number;
}

/** Writes a `lenet_layer` at a place in memory. */
export function writeLayer(memory: DataView, at: number, fields: LayerFields): void {
  memory.setInt32(at, fields.kind, true);
  memory.setInt32(at + 4, fields.out_channels, true);
  memory.setInt32(at + 8, fields.kernel, true);
  memory.setInt32(at + 12, fields.stride, true);
  memory.setInt32(at + 16, fields.padding, true);
  memory.setInt32(at + 20, fields.biases, true);
  memory.setInt32(at + 24, fields.window, true);
  memory.setInt32(at + 28, fields.side, true);
  memory.setFloat32(at + 32, fields.pad_value, true);
  memory.setFloat32(at + 36, fields.low, true);
  memory.setFloat32(at + 40, fields.high, true);
  memory.setInt32(at + 44, fields.table_size, true);
}

export const DATASET_BYTES = 16;

/** The fields of `lenet_dataset`. */
export interface DatasetFields {
  /** (count, height, width) */
  readonly images: number;
  /** (count) */
  readonly labels: number;
  /**
   * null, or (count, classes), 0..1 each: target probabilities that replace label and label smoothing, e.g. a teacher's
   * soft targets (Hinton et al. 2015). The sum of a row is the weight of its image
   */
  readonly targets: number;
  /** 1 or more */
  readonly count: number;
}

/** Writes a `lenet_dataset` at a place in memory. */
export function writeDataset(memory: DataView, at: number, fields: DatasetFields): void {
  memory.setUint32(at, fields.images, true);
  memory.setUint32(at + 4, fields.labels, true);
  memory.setUint32(at + 8, fields.targets, true);
  memory.setInt32(at + 12, fields.count, true);
}

export const RECOGNIZER_BYTES = 32;

/** The fields of `lenet_recognizer`. */
export interface RecognizerFields {
  /** planned */
  readonly network: number;
  /** finite */
  readonly parameters: number;
  /** divides the logits, MIN_TEMPERATURE..MAX_TEMPERATURE */
  readonly temperature: number;
  /** 0..1; a lower highest probability is unsure; 0: no such threshold */
  readonly min_probability: number;
  /** nats; a higher entropy is not a letter; infinity: no such threshold */
  readonly max_entropy: number;
  /** pen width of drawings, MIN_PEN..MAX_PEN */
  readonly pen: number;
}

/** Writes a `lenet_recognizer` at a place in memory. */
export function writeRecognizer(memory: DataView, at: number, fields: RecognizerFields): void {
  memory.setUint32(at, fields.network, true);
  memory.setUint32(at + 4, fields.parameters, true);
  memory.setFloat32(at + 8, fields.temperature, true);
  memory.setFloat32(at + 12, fields.min_probability, true);
  memory.setFloat64(at + 16, fields.max_entropy, true);
  memory.setFloat64(at + 24, fields.pen, true);
}

export const RECOGNITION_BYTES = 48;

/** The fields of `lenet_recognition`. */
export interface RecognitionFields {
  /** lenet_verdict; not a letter takes precedence over unsure */
  readonly verdict: number;
  /** number of candidates: as many as classes, at most CANDIDATES; 0 if empty */
  readonly candidates: number;
  /** the most probable classes, best first, equal ones in their order; -1 beyond the candidates */
  readonly classes: readonly number[];
  /** of these classes; 0 beyond the candidates */
  readonly probabilities: readonly number[];
}

/** Writes a `lenet_recognition` at a place in memory. */
export function writeRecognition(memory: DataView, at: number, fields: RecognitionFields): void {
  memory.setInt32(at, fields.verdict, true);
  memory.setInt32(at + 4, fields.candidates, true);
  fields.classes.forEach((value, i) => {
    memory.setInt32(at + 8 + 4 * i, value, true);
  });
  fields.probabilities.forEach((value, i) => {
    memory.setFloat32(at + 28 + 4 * i, value, true);
  });
}

export const AUGMENTATION_BYTES = 28;

/** The fields of `lenet_augmentation`. */
export interface AugmentationFields {
  /** uniform in +-rotation, radians */
  readonly rotation: number;
  /** each axis by e^u, u uniform in +-scale; the longer side stays, so the aspect ratio changes */
  readonly scale: number;
  /** horizontal, uniform in +-shear */
  readonly shear: number;
  /** each axis, uniform in +-shift, fraction of the image side */
  readonly shift: number;
  /** standard deviation of a smooth displacement, fraction of half the image side */
  readonly elastic: number;
  /** probability of a blend with the 3x3 maximum (dilation) */
  readonly thicken: number;
  /** probability of a blend with the 3x3 minimum (erosion) */
  readonly thin: number;
}

/** Writes a `lenet_augmentation` at a place in memory. */
export function writeAugmentation(memory: DataView, at: number, fields: AugmentationFields): void {
  memory.setFloat32(at, fields.rotation, true);
  memory.setFloat32(at + 4, fields.scale, true);
  memory.setFloat32(at + 8, fields.shear, true);
  memory.setFloat32(at + 12, fields.shift, true);
  memory.setFloat32(at + 16, fields.elastic, true);
  memory.setFloat32(at + 20, fields.thicken, true);
  memory.setFloat32(at + 24, fields.thin, true);
}

export const RECIPE_BYTES = 80;

/** The fields of `lenet_recipe`. */
export interface RecipeFields {
  /** lenet_optimizer */
  readonly optimizer: number;
  /** lenet_schedule */
  readonly schedule: number;
  /** images per step, 1..MAX_BATCH_SIZE */
  readonly batch_size: number;
  /** of the whole training: the length of the schedule */
  readonly steps: number;
  /** 0..MAX_LEARNING_RATE; one-cycle: its peak */
  readonly learning_rate: number;
  /** one-cycle: fraction of the steps before the peak, 0..1 */
  readonly warmup: number;
  /** SGD: momentum; AdamW: beta1; 0..0.9999999 */
  readonly momentum: number;
  /** AdamW, 0..0.9999999 */
  readonly beta2: number;
  /** AdamW, 10^-12..1 */
  readonly epsilon: number;
  /** AdamW: decoupled (Loshchilov & Hutter 2019); SGD: L2; 0..10^6 */
  readonly weight_decay: number;
  /** 0..1 */
  readonly label_smoothing: number;
  readonly seed: number;
  /** number of leading parameters that are not trained, fewer than all */
  readonly frozen: number;
  readonly augmentation: AugmentationFields;
}

/** Writes a `lenet_recipe` at a place in memory. */
export function writeRecipe(memory: DataView, at: number, fields: RecipeFields): void {
  memory.setInt32(at, fields.optimizer, true);
  memory.setInt32(at + 4, fields.schedule, true);
  memory.setInt32(at + 8, fields.batch_size, true);
  memory.setInt32(at + 12, fields.steps, true);
  memory.setFloat32(at + 16, fields.learning_rate, true);
  memory.setFloat32(at + 20, fields.warmup, true);
  memory.setFloat32(at + 24, fields.momentum, true);
  memory.setFloat32(at + 28, fields.beta2, true);
  memory.setFloat32(at + 32, fields.epsilon, true);
  memory.setFloat32(at + 36, fields.weight_decay, true);
  memory.setFloat32(at + 40, fields.label_smoothing, true);
  memory.setUint32(at + 44, fields.seed, true);
  memory.setInt32(at + 48, fields.frozen, true);
  writeAugmentation(memory, at + 52, fields.augmentation);
}

/** The engine's functions; a pointer is an address in its memory. */
export interface Functions {
  lenet_interface(): number;
  lenet_rasterizer_version(): number;
  lenet_lanes(): number;
  lenet_default_pen(): number;
  lenet_cpu(): number;
  lenet_ink_strokes(points: number, strokeEnds: number, strokes: number, pen: number, image: number): number;
  lenet_ink_drawings(
    points: number,
    strokeEnds: number,
    drawingEnds: number,
    count: number,
    pens: number,
    images: number,
  ): number;
  lenet_ink_picture(picture: number, height: number, width: number, image: number): number;
  lenet_grey_picture(rgb: number, height: number, width: number, grey: number): number;
  lenet_clean_picture_bytes(height: number, width: number): bigint;
  lenet_clean_picture(
    picture: number,
    height: number,
    width: number,
    oneLetter: number,
    cleaned: number,
    workspace: number,
  ): number;
  lenet_network_bytes(): bigint;
  lenet_network_init(
    network: number,
    layers: number,
    count: number,
    height: number,
    width: number,
    tables: number,
  ): number;
  lenet_parameters(network: number): bigint;
  lenet_classes(network: number): number;
  lenet_initialise(network: number, seed: number, parameters: number): number;
  lenet_predict_bytes(network: number): bigint;
  lenet_predict(
    network: number,
    parameters: number,
    images: number,
    count: bigint,
    temperature: number,
    probabilities: number,
    workspace: number,
  ): number;
  lenet_activations_count(network: number, shapes: number): bigint;
  lenet_activations(network: number, parameters: number, image: number, activations: number): number;
  lenet_gradient_bytes(network: number): bigint;
  lenet_gradient(
    network: number,
    parameters: number,
    dataset: number,
    labelSmoothing: number,
    gradient: number,
    loss: number,
    workspace: number,
  ): number;
  lenet_recognize_bytes(network: number): bigint;
  lenet_recognize(
    recognizer: number,
    points: number,
    strokeEnds: number,
    drawingEnds: number,
    count: number,
    recognitions: number,
    workspace: number,
  ): number;
  lenet_recognize_images(
    recognizer: number,
    images: number,
    count: number,
    recognitions: number,
    workspace: number,
  ): number;
  lenet_judge(
    probabilities: number,
    count: number,
    classes: number,
    minProbability: number,
    maxEntropy: number,
    recognitions: number,
  ): number;
  lenet_learning_rate(recipe: number, step: number): number;
  lenet_sample_order(weights: number, count: number, seed: number, epoch: number, order: number, draws: number): number;
  lenet_augment_bytes(height: number, width: number): bigint;
  lenet_augment(
    image: number,
    height: number,
    width: number,
    recipe: number,
    sample: bigint,
    augmented: number,
    workspace: number,
  ): number;
  lenet_trainer_bytes(network: number, recipe: number, threads: number): bigint;
  lenet_trainer_init(trainer: number, network: number, recipe: number, threads: number): number;
  lenet_trainer_begin(
    trainer: number,
    parameters: number,
    moments: number,
    dataset: number,
    order: number,
    firstStep: number,
    steps: number,
  ): number;
  lenet_trainer_work(trainer: number, thread: number): number;
  lenet_trainer_result(trainer: number, result: number): number;
}
