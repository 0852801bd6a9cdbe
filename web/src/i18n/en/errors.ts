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
  | "Pass the address of a model file, or its bytes."
  | "the model must be an address, an ArrayBuffer or an array of bytes"
  | "A part of the page did not load ({}). Reload the page."
  | "The training stopped ({}). Reload the page."
  | "a thread did not load ({})";

type Engine =
  | "a number is outside its range"
  | "the layers of the network do not fit together"
  | "a coordinate is not a number, or too large"
  | "the drawing has more than 100,000 points, the picture more than 16,384 pixels per side, or the network more than a billion multiply-adds per image"
  | "a label is outside its range"
  | "the engine failed with status {}"
  | "There is not enough memory. Close other tabs, or use fewer images."
  | "WebAssembly with SIMD does not run here. Use a newer browser. ({})"
  | "This browser does not support WebAssembly, or a setting forbids it. Allow WebAssembly, or use another browser."
  | "The engine and the page have different versions. Reload the page."
  | "The model needs images of {}x{} pixels, but drawings are rasterized to {}x{}."
  | "the network has {} parameters, not {}"
  | "the images do not have the network's input size";

type Drawing =
  | "{}; pass [[[x, y], ...], ...], the points of each stroke"
  | "the drawing is not a list of strokes"
  | "stroke {}"
  | "{} is not a list of points"
  | "point {} of {} is not [x, y]"
  | "{} has an odd number of coordinates; pass x and y of each point"
  | "the drawing has more than 100,000 strokes"
  | "the drawing has more than 100,000 points"
  | "the pen"
  | "the picture does not have height x width pixels";

type Layers =
  | "layer {}"
  | "the kernel of {}"
  | "the stride of {}"
  | "the connection table of {}"
  | "the pad_value of {}"
  | "the output codes of {}"
  | "the height of the input"
  | "the width of the input"
  | "{} must be a whole number, {} to {}"
  | "{} must be a number, {} to {}"
  | '{} must be a list of rows of "X" and "."'
  | "{} must be an object"
  | "{} must be {}"
  | "{} must have exactly one of these fields: {}"
  | "{} must have two numbers, for paper and ink"
  | "{} has a field that is unknown to {}"
  | 'the padding of {} must be "valid", or "same" with an odd kernel'
  | 'the pad_value of {} needs padding "same"'
  | 'the bias of {} must be "channel" or "unit"'
  | "each row of the connection table of {} must have {} characters"
  | "the connection table of {} needs a row for each input channel"
  | "an output channel of {} has no inputs"
  | "{} needs {} output codes"
  | "the output codes of {} must have equal lengths"
  | "the output codes of {} need one character for each input"
  | 'the architecture must have the fields "input" and "layers" and no others'
  | 'the "input" of the architecture must be its height and width'
  | "the architecture must have {} to {} layers"
  | "connection tables and output codes must have at most {} entries"
  | "the network must have {} to {} parameters"
  | "scale must be the first layer"
  | "resize must be the first layer, or the second after scale"
  | "rbf must be the last layer"
  | "the last layer must be dense or rbf"
  | "{} must come before the dense layers"
  | "{} is larger than its input";

type ModelFile =
  | "The model file cannot be used: {}. Copy it again, or choose another."
  | "it is larger than {} MiB"
  | "it is not a safetensors file"
  | "its header is larger than {} MiB"
  | "its header is cut short"
  | "its header is not JSON"
  | "it has no metadata"
  | 'its metadata lacks "{}"'
  | 'its "{}" is not a number'
  | "its {} is not within {} to {}"
  | "it has PyTorch's layout; take the export of safetensors or TensorFlow.js"
  | 'its format is "{}", but this program reads "{}"'
  | "it needs rasterizer version {}, but this program has {}"
  | "its architecture is not JSON"
  | "it must have a different label for each of its {} outputs"
  | "its training record is not JSON"
  | "it contains a tensor that its architecture does not have"
  | "its tensors overlap or leave gaps"
  | "it contains {} bytes of weights instead of {}"
  | "a weight is not a finite number"
  | "tensor {} is missing"
  | "tensor {} is not of type F32"
  | "tensor {} must have the shape {}"
  | "tensor {} has no offsets"
  | "tensor {} has wrong offsets"
  | "A weight is not finite. Train again with a lower learning rate."
  | "The training record is too long for a model file."
  | "the stored file is not a model file"
  | "The zip archive cannot be read: {}."
  | "These files are too many or too large for one model. Choose the files of one model."
  | "Choose one .safetensors file, or a model.json together with its .bin files.";

type TensorFlow =
  | "The TensorFlow.js model cannot be used: {}."
  | "its model.json is larger than 4 MiB"
  | "its model.json is not JSON"
  | "model.json has no modelTopology"
  | "it is a graph model, which has no layers; convert it to a layers model"
  | "it has {} outputs and no labels; only 10, 26, 36, 47 and 62 outputs need none"
  | "it is neither a Sequential model nor a plain chain of layers"
  | "it has no list of layers"
  | "layer {} ({}) must have the previous layer as its only input"
  | "model.json has no weightsManifest"
  | "its weightsManifest is damaged"
  | "its weightsManifest names no files"
  | "its weightsManifest lists no weights"
  | "its .bin files are larger than 64 MiB"
  | "the .bin files hold {} bytes instead of {}"
  | "{} is missing; choose it together with model.json"
  | "a weight has no name, or the name of another weight"
  | "the weight {}"
  | "{} is not of type float32"
  | "{} has an invalid quantization"
  | "{} is not stored as float32, float16, uint8 or uint16"
  | "{} has no valid scale and minimum"
  | "{} has no valid shape"
  | "{} lies beyond the end of the .bin files"
  | "{} contains a number that is not finite"
  | "it has more weights than a model file can contain"
  | "it has weights that belong to no layer: {}"
  | "its weights do not fit its layers"
  | "its logits are scaled by a factor outside 0.01 to 100"
  | "layer {} ({} {})"
  | "the strides of {}"
  | "the dilation of {}"
  | "the window of {}"
  | "{} must be equal in both directions"
  | "{} has no configuration"
  | "{} has no {} of shape {}"
  | "{} has no scale"
  | "{} has no valid number of filters"
  | "{} has no valid number of units"
  | "{} has no epsilon"
  | "{} must permute three axes"
  | '{} has the data_format "channels_first"; only "channels_last" is supported'
  | "{} is not a supported layer type; supported are {}"
  | "{} has the activation {}; supported are linear, relu, tanh, softmax"
  | "{} is not the plain ReLU max(0, x)"
  | "{} has a dilation or groups, which are not supported"
  | '{} has strides with padding "same", which pads the sides unequally'
  | '{} has padding "same", but its window does not divide the size of its input'
  | "{} must pad all sides equally"
  | "{} has a kernel that does not match the padding before it"
  | "{} follows ZeroPadding2D, which only Conv2D may follow"
  | "{} follows a scaling with a negative factor"
  | "{} follows a scaling that cannot be folded into a layer"
  | "{} must follow a layer with weights"
  | "the tanh of {} must follow a layer with weights, or average pooling"
  | "{} must not follow the softmax"
  | "{} must come before Flatten and Dense"
  | "{} needs a Flatten before it"
  | "{} has windows that overlap or leave gaps"
  | "{} has windows that overlap or leave gaps, or several filters for a channel"
  | "{} has different weights within a window"
  | "{} must flatten its input or keep its shape"
  | "{} has an input with permuted axes"
  | "{} has an output that is not square"
  | "{} must average the rows or the columns of the image, without bias and activation"
  | "{} must average equal parts of the image"
  | "{} must normalize the last axis"
  | "{} may only add a bias to each unit of a convolution"
  | "{} must take images with one channel, [null, 28, 28, 1]";

type LettersFile =
  | "no file was chosen"
  | "this is a test split, which is not for training; choose the training split"
  | "choose two files together: EMNIST's images and their labels"
  | "choose one file, or EMNIST's images and labels together"
  | "it is neither NPZ nor IDX (EMNIST) nor JSON Lines"
  | "it cannot be read or unpacked"
  | "its images do not have {} x {} pixels"
  | "images"
  | "labels"
  | "the file of the {} is not an IDX file of {}"
  | "the file of the {} is not as long as its header says"
  | "its {} do not have {} pixels"
  | "the numbers of images and labels differ"
  | "its labels are not 1 to 26, as in EMNIST's split Letters"
  | "line {}: {}"
  | "not a JSON object with one drawing"
  | "its label is not one character"
  | "its label is not a letter A to Z"
  | "its label is not a class of the network"
  | "its writer is not a string"
  | "its strokes are not lists of points [x, y] or [x, y, ms]"
  | "its drawing is empty"
  | "it has more than a million drawings"
  | "it has no drawings"
  | "all its contributors are of the test part; choose other data"
  | "at most {} letters can be stored";

type Archive =
  | "it is not a zip archive"
  | "the archive is cut short or damaged"
  | "{} is larger than allowed"
  | "{} is cut short"
  | "{} is not a NumPy array"
  | "{} must contain bytes, integers or text in row-major order"
  | "{} does not contain integers"
  | "{} does not contain text"
  | "it has no images.npy"
  | "it has no labels.npy"
  | "images does not contain bytes"
  | "its images and labels differ in number, or its images are not square"
  | "a label is not within 1 to {}"
  | "its classes are not the letters A to Z"
  | "its classes are not those of the network";

type Learning =
  | "{} letters are too few for a validation set of a tenth; one letter must occur at least five times"
  | "labels must be within 0 to {}"
  | "the images do not have the network's input size, or do not match the labels in number"
  | "each image needs a target for each class"
  | "no network is trained yet";
