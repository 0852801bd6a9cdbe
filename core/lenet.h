/* The engine's interface: everything that Python and the browser may call.
 *
 * Conventions
 *   Memory     The engine never allocates. The caller owns every block; where a block is opaque
 *              (network, trainer, workspace) a `..._bytes` function says how large it must be.
 *              Opaque blocks start at a multiple of 64 bytes. Nothing has to be freed.
 *   Results    Functions return 0 or a positive number for success and a negative `lenet_status`
 *              for an error; on an error no array is written.
 *   Images     uint8, 28x28 unless a network says otherwise, row-major, upright, ink bright (255).
 *   Labels     uint8, 0..classes-1.
 *   Parameters float32, one flat array, layer after layer, weight then bias:
 *                convolution  weight (in, kernel, kernel, out), bias (out) or (out, rows, columns);
 *                             with a table weight (connections, kernel, kernel)
 *                subsampling  weight (channels), bias (channels)
 *                dense        weight (in, out), bias (out); `in` counts channel, row, column
 *   Threads    The engine starts none. The host calls `lenet_trainer_work` from as many threads
 *              as it announced; everything else is single-threaded and re-entrant.
 */
#ifndef LENET_H
#define LENET_H

#include <stdint.h>

#if defined(_WIN32)
#define LENET_API __declspec(dllexport)
#else
#define LENET_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum lenet_status {
  LENET_OK = 0,
  LENET_BAD_ARGUMENT = -1,   /* a null pointer, or a number out of its documented range */
  LENET_BAD_NETWORK = -2,    /* the layers do not fit together, or are beyond the limits below */
  LENET_BAD_COORDINATE = -3, /* NaN, infinite, or beyond +-LENET_MAX_COORDINATE */
  LENET_TOO_LARGE = -4,      /* more points, pixels or multiply-adds than the limits below */
  LENET_BAD_LABEL = -5       /* a label >= classes, or an index outside the images */
};

enum {
  LENET_INTERFACE = 7,          /* changes with any incompatible change of this file */
  LENET_RASTERIZER_VERSION = 1, /* changes with any change of a rasterized byte */
  LENET_SIDE = 28,       /* rows and columns of a rasterized image */
  LENET_MAX_LAYERS = 32,
  LENET_MAX_SIDE = 512,           /* rows and columns of a network's input */
  LENET_MAX_CHANNELS = 4096,      /* output channels of one layer */
  LENET_MAX_KERNEL = 15,          /* rows and columns of a convolution's kernel */
  LENET_MAX_STRIDE = 8,           /* of a convolution */
  LENET_MAX_PARAMETERS = 1 << 26, /* of a network */
  LENET_MAX_ACTIVATION = 1 << 24, /* numbers of all activations of one image together */
  LENET_MAX_MULTIPLY_ADDS = 1 << 30, /* of a network, for one image */
  LENET_MAX_TABLE = 1 << 14,      /* entries of a network's tables together */
  LENET_MAX_LEVEL = 100,          /* magnitude of low, high and pad_value of a layer */
  LENET_MAX_THREADS = 64,
  LENET_MAX_BATCH_SIZE = 65536,
  LENET_MAX_RUN = 1 << 20,        /* steps announced at once */
  LENET_MAX_POINTS = 100000,      /* of one drawing */
  LENET_MAX_PICTURE_SIDE = 16384, /* pixels */
  LENET_MAX_CLEANED_SIDE = 2048,  /* pixels, of a picture that is cleaned */
  LENET_MAX_COORDINATE = 1000000000,
  LENET_CANDIDATES = 5 /* most probable classes in a recognition */
};

/* Pen width at which drawn letters have the mean ink of NIST's scanned ones, about 0.18 of full: a fraction of the
 * longer side of the points' bounding box. */
#define LENET_DEFAULT_PEN 0.17
/* A thinner pen could slip between the cells of the ink mask. */
#define LENET_MIN_PEN 0.02
#define LENET_MAX_PEN 1.0

/* Range of the temperature, which divides a network's logits. Beyond it float32 probabilities lose their meaning. */
#define LENET_MIN_TEMPERATURE 0.01
#define LENET_MAX_TEMPERATURE 100.0
/* Range of a temperature that is fitted on a validation set. Beyond it the set is too small. */
#define LENET_MIN_FITTED_TEMPERATURE 0.1
#define LENET_MAX_FITTED_TEMPERATURE 10.0

#define LENET_MAX_LEARNING_RATE 1e6

LENET_API int32_t lenet_interface(void);   /* LENET_INTERFACE */
LENET_API int32_t lenet_rasterizer_version(void); /* LENET_RASTERIZER_VERSION */
LENET_API int32_t lenet_lanes(void);       /* images side by side in one register of this build */
LENET_API double lenet_default_pen(void);  /* LENET_DEFAULT_PEN */
LENET_API int32_t lenet_cpu(void); /* best instruction set of the processor: 0 baseline, 1 AVX2+FMA, 2 AVX-512 */

/* ---- Ink: strokes or a picture -> 28x28, as NIST made EMNIST (docs/reference/ink.md) -- */

/* Rasterizes one drawing.
 *   points       float64 (n, 2): x to the right, y down, any unit; n = stroke_ends[strokes - 1]
 *   stroke_ends  for each stroke the index after its last point, not decreasing; a stroke of one
 *                point is a dot, an empty stroke is skipped
 *   pen          pen width as a fraction of the longer side of the points' bounding box, LENET_MIN_PEN..LENET_MAX_PEN
 *   image        uint8 (28, 28), written
 * Returns 1, or 0 for a drawing without a point (the image is then all zero). */
LENET_API int32_t lenet_ink_strokes(const double* points, const int32_t* stroke_ends, int32_t strokes, double pen,
                                    uint8_t* image);

/* Rasterizes drawings, each as lenet_ink_strokes does; it stops at the first that is refused.
 *   points        float64 (n, 2): the points of all drawings, one after another
 *   stroke_ends   for each stroke of all drawings the index after its last point, counted from the drawing's first
 *   drawing_ends  for each drawing the index after its last stroke, not decreasing
 *   pens          float64 (count)
 *   images        uint8 (count, 28, 28), written */
LENET_API int32_t lenet_ink_drawings(const double* points, const int32_t* stroke_ends, const int32_t* drawing_ends,
                                     int32_t count, const double* pens, uint8_t* images);

/* Rasterizes a greyscale picture (uint8, height x width, row-major) with one letter, dark on
 * light or light on dark. Returns 1, or 0 for a picture without contrast (the image is all zero). */
LENET_API int32_t lenet_ink_picture(const uint8_t* picture, int32_t height, int32_t width, uint8_t* image);

/* Converts a colour picture (uint8, height x width x 3: red, green, blue) to grey, uint8 (height, width): its brightness
 * (ITU-R BT.601) or, where brightness does not tell ink and paper apart, the colours that do. */
LENET_API int32_t lenet_grey_picture(const uint8_t* rgb, int32_t height, int32_t width, uint8_t* grey);

/* Removes what surrounds the writing in a greyscale picture: a table under the sheet, frames, form cells, edges of a
 * scan, ruled and squared lines. Their place is painted in the tones of the paper.
 *   one_letter  1: the picture holds one letter, and open frames around it go, too; 0: it holds text
 *   cleaned     uint8 (height, width), written: the picture, where there is nothing to remove
 *   workspace   lenet_clean_picture_bytes(height, width) bytes
 * Returns 1 if something was removed, else 0. */
LENET_API int64_t lenet_clean_picture_bytes(int32_t height, int32_t width);
LENET_API int32_t lenet_clean_picture(const uint8_t* picture, int32_t height, int32_t width, int32_t one_letter,
                                      uint8_t* cleaned, void* workspace);

/* ---- Networks ------------------------------------------------------------------------------ */

enum lenet_kind {
  LENET_CONV = 1,    /* convolution (cross-correlation) with zero or constant padding */
  LENET_MAXPOOL = 2, /* max pooling, stride = window */
  LENET_DENSE = 3,   /* fully connected layer */
  LENET_RELU = 4,
  LENET_TANH = 5,      /* scaled: 1.7159 tanh(2/3 x) (LeCun et al. 1998, appendix A) */
  LENET_SUBSAMPLE = 6, /* trainable subsampling, stride = window: a window's sum times a coefficient plus a bias,
                          both per channel (LeCun et al. 1998, section II.B) */
  LENET_RBF = 7,       /* last layer: -|x - code|^2 for each class, less the terms that all classes share
                          (LeCun et al. 1998, equation 7) */
  LENET_SCALE = 8,     /* first layer: maps pixels to low..high; without it pixels are 0..1 */
  LENET_RESIZE = 9     /* first layer, or after LENET_SCALE: shrinks the image by area averaging */
};

enum lenet_bias { LENET_PER_CHANNEL = 0, LENET_PER_UNIT = 1 }; /* of a convolution */

/* One layer. Each field belongs to the kinds named beside it and is ignored by the others. */
typedef struct lenet_layer {
  int32_t kind;         /* lenet_kind */
  int32_t out_channels; /* conv, dense, rbf: output channels, 1..LENET_MAX_CHANNELS */
  int32_t kernel;       /* conv: rows = columns of the kernel, 1..LENET_MAX_KERNEL */
  int32_t stride;       /* conv: 1..LENET_MAX_STRIDE */
  int32_t padding;      /* conv: rows and columns added on each side, 0..kernel-1 */
  int32_t biases;       /* conv: lenet_bias */
  int32_t window;       /* maxpool, subsample: rows = columns = stride of the pooling window */
  int32_t side;         /* resize: rows = columns of the result, at most those of the input */
  float pad_value;      /* conv: value of the padding, +-LENET_MAX_LEVEL */
  float low;            /* scale: network input for pixel value 0, +-LENET_MAX_LEVEL */
  float high;           /* scale: network input for pixel value 255, +-LENET_MAX_LEVEL */
  int32_t table_size;   /* number of this layer's entries in `tables`; conv: 0, or inputs x outputs; rbf: outputs x
                           inputs; others: 0 */
} lenet_layer;

LENET_API int64_t lenet_network_bytes(void);

/* Plans the network in `network`. The last layer must be dense or rbf: its outputs are the logits. At least one
 * layer must have parameters.
 *   tables  0 or 1 each, layer after layer, row-major; may be null if no layer has a table
 *             conv  (inputs, outputs): 1 connects an input channel with an output channel; each output needs at
 *                   least one (LeCun et al. 1998, table I)
 *             rbf   (outputs, inputs): the classes' codes, 1 for +1 and 0 for -1
 * A planned network holds no pointers, may be copied as bytes and is never written again. After an error it is
 * not a network: every function refuses it. */
LENET_API int32_t lenet_network_init(void* network, const lenet_layer* layers, int32_t count, int32_t height,
                                     int32_t width, const uint8_t* tables);
LENET_API int64_t lenet_parameters(const void* network); /* length of the parameter array */
LENET_API int32_t lenet_classes(const void* network);

/* Weights uniform in +-sqrt(6 / fan_in) (He et al. 2015, equation 10), in networks with tanh in +-2.4 / fan_in (LeCun
 * et al. 1998, appendix A); biases 0. */
LENET_API int32_t lenet_initialise(const void* network, uint32_t seed, float* parameters);

/* Predicts the class probabilities of images: softmax(logits / temperature). Parameters must be finite: NaN goes
 * unnoticed.
 *   images         uint8 (count, height, width)
 *   temperature    LENET_MIN_TEMPERATURE..LENET_MAX_TEMPERATURE
 *   probabilities  float32 (count, classes), written
 *   workspace      lenet_predict_bytes(network) bytes */
LENET_API int64_t lenet_predict_bytes(const void* network);
LENET_API int32_t lenet_predict(const void* network, const float* parameters, const uint8_t* images, int64_t count,
                                float temperature, float* probabilities, void* workspace);

/* The values inside a network for one image: the input, 0..1, then every layer's output, activation functions and
 * pooling included; the last are the logits. Computed by plain loops (core/reference.hpp) in float64, each value
 * rounded once to float32. The logits agree with those behind lenet_predict within 1e-5 of their magnitude.
 * Those of an rbf layer are the whole -|x - code|^2.
 *   shapes       null, or int32 (1 + layers, 3): channels, rows, columns; written
 *   image        uint8 (height, width)
 *   activations  float32 (lenet_activations_count), one after another, each (channels, rows, columns); written
 * The count is that of all numbers. */
LENET_API int64_t lenet_activations_count(const void* network, int32_t* shapes);
LENET_API int32_t lenet_activations(const void* network, const float* parameters, const uint8_t* image,
                                    float* activations);

/* Images with what a network shall answer. The arrays remain the caller's. */
typedef struct lenet_dataset {
  const uint8_t* images; /* (count, height, width) */
  const uint8_t* labels; /* (count) */
  const float* targets;  /* null, or (count, classes), 0..1 each: target probabilities that replace label and label
                            smoothing, e.g. a teacher's soft targets (Hinton et al. 2015). The sum of a row is the
                            weight of its image */
  int32_t count;         /* 1 or more */
} lenet_dataset;

/* Mean cross-entropy (nats) over the images and its gradient, without augmentation.
 *   label_smoothing  0..1 (Szegedy et al. 2016, section 7)
 *   gradient         float32, as long as the parameters, written
 *   loss             one float64, written
 *   workspace        lenet_gradient_bytes(network) bytes */
LENET_API int64_t lenet_gradient_bytes(const void* network);
LENET_API int32_t lenet_gradient(const void* network, const float* parameters, const lenet_dataset* dataset,
                                 float label_smoothing, float* gradient, double* loss, void* workspace);

/* ---- Recognition: drawings or images -> verdicts and the most probable classes ---------------- */

enum lenet_verdict {
  LENET_LETTER = 0,
  LENET_UNSURE = 1,       /* a letter that may be another one */
  LENET_NOT_A_LETTER = 2, /* rejected */
  LENET_EMPTY = 3         /* without ink */
};

/* A network with its weights, and how its probabilities are read. The arrays remain the caller's. */
typedef struct lenet_recognizer {
  const void* network;     /* planned */
  const float* parameters; /* finite */
  float temperature;       /* divides the logits, LENET_MIN_TEMPERATURE..LENET_MAX_TEMPERATURE */
  float min_probability;   /* 0..1; a lower highest probability is unsure; 0: no such threshold */
  double max_entropy;      /* nats; a higher entropy is not a letter; infinity: no such threshold */
  double pen;              /* pen width of drawings, LENET_MIN_PEN..LENET_MAX_PEN */
} lenet_recognizer;

typedef struct lenet_recognition {
  int32_t verdict;    /* lenet_verdict; not a letter takes precedence over unsure */
  int32_t candidates; /* number of candidates: as many as classes, at most LENET_CANDIDATES; 0 if empty */
  int32_t classes[LENET_CANDIDATES]; /* the most probable classes, best first, equal ones in their order; -1 beyond
                                        the candidates */
  float probabilities[LENET_CANDIDATES]; /* of these classes; 0 beyond the candidates */
} lenet_recognition;

/* Recognizes drawings of strokes. Each is rasterized; those with ink are predicted together, as lenet_predict does.
 * The network's images must be 28x28.
 *   points        float64 (n, 2): the points of all drawings, one after another
 *   stroke_ends   for each stroke of all drawings the index after its last point, counted from the drawing's first
 *   drawing_ends  for each drawing the index after its last stroke, not decreasing
 *   recognitions  (count), written
 *   workspace     lenet_recognize_bytes(network) bytes */
LENET_API int64_t lenet_recognize_bytes(const void* network);
LENET_API int32_t lenet_recognize(const lenet_recognizer* recognizer, const double* points, const int32_t* stroke_ends,
                                  const int32_t* drawing_ends, int32_t count, lenet_recognition* recognitions,
                                  void* workspace);

/* The same of images, uint8 (count, height, width); a blank image is empty. The pen does not count. */
LENET_API int32_t lenet_recognize_images(const lenet_recognizer* recognizer, const uint8_t* images, int32_t count,
                                         lenet_recognition* recognitions, void* workspace);

/* Decides by probabilities, float32 (count, classes), at least one class; the thresholds are those of
 * lenet_recognizer. */
LENET_API int32_t lenet_judge(const float* probabilities, int32_t count, int32_t classes, float min_probability,
                              double max_entropy, lenet_recognition* recognitions);

/* ---- Training ------------------------------------------------------------------------------ */

enum lenet_optimizer { LENET_SGD = 0, LENET_ADAMW = 1 };
enum lenet_schedule { LENET_CONSTANT = 0, LENET_ONE_CYCLE = 1 };

/* Strengths of the random distortions; all zero: no augmentation. A rotated, stretched or sheared letter is centred
 * and scaled to the length of its longer side again, as rasterization does; then it is shifted. */
typedef struct lenet_augmentation {
  float rotation; /* uniform in +-rotation, radians */
  float scale;    /* each axis by e^u, u uniform in +-scale; the longer side stays, so the aspect ratio changes */
  float shear;    /* horizontal, uniform in +-shear */
  float shift;    /* each axis, uniform in +-shift, fraction of the image side */
  float elastic;  /* standard deviation of a smooth displacement, fraction of half the image side */
  float thicken;  /* probability of a blend with the 3x3 maximum (dilation) */
  float thin;     /* probability of a blend with the 3x3 minimum (erosion) */
} lenet_augmentation;

typedef struct lenet_recipe {
  int32_t optimizer;     /* lenet_optimizer */
  int32_t schedule;      /* lenet_schedule */
  int32_t batch_size;    /* images per step, 1..LENET_MAX_BATCH_SIZE */
  int32_t steps;         /* of the whole training: the length of the schedule */
  float learning_rate;   /* 0..LENET_MAX_LEARNING_RATE; one-cycle: its peak */
  float warmup;          /* one-cycle: fraction of the steps before the peak, 0..1 */
  float momentum;        /* SGD: momentum; AdamW: beta1; 0..0.9999999 */
  float beta2;           /* AdamW, 0..0.9999999 */
  float epsilon;         /* AdamW, 10^-12..1 */
  float weight_decay;    /* AdamW: decoupled (Loshchilov & Hutter 2019); SGD: L2; 0..10^6 */
  float label_smoothing; /* 0..1 */
  uint32_t seed;
  int32_t frozen; /* number of leading parameters that are not trained, fewer than all */
  lenet_augmentation augmentation;
} lenet_recipe;

/* Learning rate of a step, 0..steps-1; 0 if the recipe is out of range. One-cycle: from learning_rate/25 up to
 * learning_rate and down to learning_rate/25/10^4, both along half a cosine (Smith & Topin 2019, as in PyTorch's
 * OneCycleLR). */
LENET_API float lenet_learning_rate(const lenet_recipe* recipe, int32_t step);

/* Order of the training images in one epoch: `draws` indices below `count`, drawn in proportion to
 * `weights` (float64, >= 0, not all zero) by systematic resampling, then shuffled. With equal
 * weights and draws = count it is a permutation. The same arguments give the same order. */
LENET_API int32_t lenet_sample_order(const double* weights, int32_t count, uint32_t seed, int32_t epoch, int32_t* order,
                                     int32_t draws);

/* Writes one augmented copy of an image, the one that training makes of its image number `sample` (step * batch_size +
 * place in the batch).
 *   recipe     its augmentation and seed count, the rest does not
 *   augmented  float32 (height, width), 0..1, written
 *   workspace  lenet_augment_bytes(height, width) bytes */
LENET_API int64_t lenet_augment_bytes(int32_t height, int32_t width);
LENET_API int32_t lenet_augment(const uint8_t* image, int32_t height, int32_t width, const lenet_recipe* recipe,
                                int64_t sample, float* augmented, void* workspace);

LENET_API int64_t lenet_trainer_bytes(const void* network, const lenet_recipe* recipe, int32_t threads);
LENET_API int32_t lenet_trainer_init(void* trainer, const void* network, const lenet_recipe* recipe, int32_t threads);

/* Announces a run of steps. All arrays remain the caller's and must live until the work is done.
 *   parameters  float32, updated in place
 *   moments     float32, 2 x parameters, zero before the first step, updated in place
 *   order       int32 (steps * batch_size), indices of images, the batches one after another
 *   first_step  number of the first of these steps within the schedule */
LENET_API int32_t lenet_trainer_begin(void* trainer, float* parameters, float* moments, const lenet_dataset* dataset,
                                      const int32_t* order, int32_t first_step, int32_t steps);

/* Takes part in the announced steps; returns when all are done. Must be called once by each of
 * `threads` threads at the same time, with thread = 0..threads-1. The result does not depend on
 * the number of threads. */
LENET_API int32_t lenet_trainer_work(void* trainer, int32_t thread);

/* Writes the figures of the last run: result[0] mean training loss (nats), result[1] accuracy, both on the augmented
 * images, before each update. */
LENET_API int32_t lenet_trainer_result(const void* trainer, double* result);

#ifdef __cplusplus
}
#endif
#endif
