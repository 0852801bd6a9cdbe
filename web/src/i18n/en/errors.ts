// All error messages in English, which are the templates of the other languages. `{}` stands for a parameter.

export type Template =
  | Anything
  | Loading
  | Engine
  | Drawing
  | Layers
  | ModelFile
  | TensorFlow
  | LettersFile
  | Archive
  | Learning;

/** A text that is not ours: the browser's. */
type Anything = "{}";

type Loading =
  | "{} did not load ({}). {}"
  | "The engine"
  | "The model"
  | "The data set"
  | "status {}"
  | "Reload the page."
  | "Give the address of a model file, or its bytes."
  | "the model must be an address, an ArrayBuffer or an array of bytes"
  | "A part of the page did not load ({}). Reload the page."
  | "The training stopped ({}). Reload the page."
  | "a thread did not load ({})";

type Engine =
  | "a number is out of its range"
  | "the layers of the network do not fit together"
  | "a coordinate is not a number, or too large"
  | "the drawing has more than 100,000 points, the picture more than 16,384 pixels a side, or the network more than a billion multiply-adds an image"
  | "a label is out of its range"
  | "the engine failed with {}"
  | "There is not enough memory for this. Close other tabs, or take fewer images."
  | "WebAssembly with SIMD does not run here. Use a newer browser. ({})"
  | "This browser does not run WebAssembly, or a setting forbids it. Allow it, or use another browser."
  | "The engine and the page are of different versions. Reload the page."
  | "The model reads images of {}x{}, and a drawing becomes {}x{}."
  | "the network has {} parameters, not {}"
  | "the images are not of the network's input size";

type Drawing =
  | "{}: give [[[x, y], ...], ...], the points of each stroke"
  | "the drawing is not a list of strokes"
  | "stroke {}"
  | "{} is not a list of points"
  | "point {} of {} is not [x, y]"
  | "{} has an odd number of coordinates: give x and y of each point"
  | "the drawing has more than 100,000 strokes"
  | "the drawing has more than 100,000 points"
  | "the pen"
  | "the picture is not of the size that was given";

type Layers =
  | "layer {}"
  | "the kernel of {}"
  | "the stride of {}"
  | "the table of {}"
  | "the pad_value of {}"
  | "the codes of {}"
  | "the height of the input"
  | "the width of the input"
  | "{} must be a whole number, {} to {}"
  | "{} must be a number, {} to {}"
  | "{} must be rows of X and ."
  | "{} must be an object"
  | "{} must be {}"
  | "{} must have one of {}"
  | "{} must have two numbers"
  | "{} has a field that {} does not take"
  | "the padding of {} is not possible"
  | 'the pad_value of {} needs padding "same"'
  | 'the bias of {} must be "channel" or "unit"'
  | "each row of the table of {} must have {} marks"
  | "the table of {} needs a row for each input"
  | "a channel of {} has no inputs"
  | "{} needs {} codes"
  | "the codes of {} must be of one length"
  | "the codes of {} need a mark for each input"
  | "the architecture must have an input and layers alone"
  | "the architecture lacks the size of its input"
  | "the architecture must have {} to {} layers"
  | "the tables must have at most {} entries"
  | "there must be {} to {} weights"
  | "scale must be the first layer"
  | "resize must be the first layer, or follow scale"
  | "rbf must be the last layer"
  | "the last layer must be dense or rbf"
  | "{} must come before the dense layers"
  | "{} is larger than what it is applied to";

type ModelFile =
  | "The model file cannot be used: {}. Copy it again, or take another."
  | "it is larger than {} MiB"
  | "it is not a safetensors file"
  | "its header is larger than {} MiB"
  | "it is cut short within its header"
  | "its header is not JSON"
  | "it has no metadata"
  | 'its metadata lacks "{}"'
  | 'its "{}" is not a number'
  | "its {} is outside {} to {}"
  | 'its format is "{}", and this program reads "{}"'
  | "it was made for rasterizer version {}, and this program has {}"
  | "its architecture is not JSON"
  | "its {} outputs need as many different labels"
  | "its training record is not JSON"
  | "it holds a tensor that its architecture does not have"
  | "its tensors overlap or leave gaps"
  | "it holds {} bytes of weights instead of {}"
  | "a weight is not a finite number"
  | "tensor {} is missing"
  | "tensor {} is not of type F32"
  | "tensor {} must have the shape {}"
  | "tensor {} has no offsets"
  | "tensor {} has wrong offsets"
  | "A weight is not finite. Train again with a lower learning rate."
  | "The training record is too long for a model file."
  | "the stored file is not a model file"
  | "These files are too many or too large for a model. Choose those of one model."
  | "Choose one .safetensors file, or a model.json together with its .bin files.";

type TensorFlow =
  | "The TensorFlow.js model cannot be used: {}."
  | "its model.json is larger than 4 MiB"
  | "its model.json is not JSON"
  | "model.json has no modelTopology"
  | "it is a graph model, which has no layers; convert it to a layers model"
  | "it has {} outputs, and this page knows what 26 (A to Z) or 10 (0 to 9) mean"
  | "it is neither Sequential nor a chain of layers"
  | "it has no list of layers"
  | "layer {} ({}) does not follow the layer before it alone"
  | "model.json has no weightsManifest"
  | "its weightsManifest is damaged"
  | "its weightsManifest names no files"
  | "its weightsManifest lists no weights"
  | "its .bin files are larger than 64 MiB"
  | "the .bin files hold {} bytes instead of {}"
  | "{} is missing; choose it together with model.json"
  | "a weight has no name of its own"
  | "the weight {}"
  | "{} is not of float32"
  | "{} has a damaged quantization"
  | "{} is not stored as float32, float16, uint8 or uint16"
  | "{} has no scale and minimum"
  | "{} has no shape"
  | "{} lies beyond the end of the .bin files"
  | "{} holds a number that is not finite"
  | "its weights are more than a model file holds"
  | "it has weights that belong to no layer: {}"
  | "its weights do not fit its layers"
  | "its outputs are scaled by less than 0.01 or more than 100"
  | "layer {} ({} {})"
  | "the strides of {}"
  | "the dilation of {}"
  | "the window of {}"
  | "{} must have equal sides"
  | "{} has no configuration"
  | "{} has no {} of {}"
  | "{} has no scale"
  | "{} has no number of filters"
  | "{} has no number of units"
  | "{} has no epsilon"
  | "{} has no order of three axes"
  | "{} has its channels first"
  | "{} is of a kind that is not known here; known are {}"
  | "{} has the activation {}; known are linear, relu, tanh, softmax"
  | "{} is not a plain max(0, x)"
  | "{} is dilated or in groups"
  | '{} has strides and padding "same", which pads unequally'
  | '{} has padding "same" and does not divide its maps'
  | "{} must be the same on all sides"
  | "{} does not fit the padding before it"
  | "{} follows a padding that is for a convolution"
  | "{} follows a factor that is negative"
  | "{} follows a scaling that no layer can take in"
  | "{} must follow a layer with weights"
  | "the tanh of {} must follow a layer with weights, or an average"
  | "{} comes after the softmax"
  | "{} must come before Flatten and Dense"
  | "{} needs a Flatten before it"
  | "{} has windows that overlap or leave gaps"
  | "{} does not add up windows side by side"
  | "{} weighs the places of a window differently"
  | "{} makes another map of what it sees"
  | "{} sees rows and columns exchanged"
  | "{} ends with an image that is not square"
  | "{} does not take means of an image's rows or columns alone"
  | "{} does not take means of equal parts"
  | "{} does not normalise the last axis"
  | "{} does more than to add to each unit of a convolution"
  | "{} does not take images of one channel, [null, 28, 28, 1]";

type LettersFile =
  | "no file was chosen"
  | "this is a test split, which is not for training; choose the training split"
  | "choose two files together: EMNIST's images and their labels"
  | "choose one file, or EMNIST's images and labels together"
  | "it is neither an NPZ file, EMNIST's IDX, nor drawings as JSON Lines"
  | "it cannot be read or unpacked"
  | "its images are not of {} x {} pixels"
  | "images"
  | "labels"
  | "the file of {} is not an IDX file of {}"
  | "the file of {} is not as long as it says"
  | "its {} are not of {}"
  | "there is not one label for each image"
  | "its labels are not those of the split Letters, 1 to 26"
  | "line {}: {}"
  | "not JSON of one drawing"
  | "its label is not a letter A to Z"
  | "its writer is not a text"
  | "its strokes are not lists of points [x, y] or [x, y, ms]"
  | "its drawing is empty"
  | "it has more than a million drawings"
  | "it has no drawings"
  | "no more than {} letters are kept";

type Archive =
  | "it is not a zip archive"
  | "the archive is cut short or damaged"
  | "{} is larger than it may be"
  | "{} is cut short"
  | "{} is not a NumPy array"
  | "{} is not of bytes, integers or text, row by row"
  | "{} is not of integers"
  | "{} is not of text"
  | "it has no images.npy"
  | "it has no labels.npy"
  | "images is not of bytes"
  | "its images and labels differ in number, or its images are not square"
  | "a label is not within 1 to 26"
  | "its classes are not the letters A to Z";

type Learning =
  | "{} letters are too few to validate on a tenth of them; one letter must be there at least five times"
  | "labels go from 0 to {}"
  | "each image of the network's input size needs one label"
  | "each image needs a target for each class"
  | "nothing is trained yet";
