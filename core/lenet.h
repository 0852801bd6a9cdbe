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
  LENET_TOO_LARGE = -4,      /* more points or pixels than the limits below */
  LENET_BAD_LABEL = -5       /* a label >= classes, or an index outside the images */
};

enum {
  LENET_INTERFACE = 4,      /* changes with any incompatible change of this file */
  LENET_INK_VERSION = 1,    /* changes with any change of a rasterised byte */
  LENET_SIDE = 28,          /* rows and columns of a rasterised image */
  LENET_MAX_LAYERS = 32,
  LENET_MAX_SIDE = 512,             /* rows and columns of a network's input */
  LENET_MAX_CHANNELS = 4096,        /* of one layer; and outputs of a dense one */
  LENET_MAX_PARAMETERS = 1 << 26,   /* and an activation holds at most 1 << 24 numbers in all */
  LENET_MAX_TABLE = 1 << 14,        /* entries of a network's tables together */
  LENET_MAX_LEVEL = 100,            /* magnitude of a pixel or of padding, as the network sees it */
  LENET_MAX_THREADS = 64,
  LENET_MAX_RUN = 1 << 20,          /* steps announced at once */
  LENET_MAX_POINTS = 100000,        /* of one drawing */
  LENET_MAX_PICTURE_SIDE = 16384,   /* pixels */
  LENET_MAX_COORDINATE = 1000000000
};

/* Pen width at which drawn letters have the mean ink of NIST's scanned ones, about 0.18 of full;
 * a share of the longer side of the points' bounding box. */
#define LENET_DEFAULT_PEN 0.17
/* A thinner pen could slip between the cells of the ink mask. */
#define LENET_MIN_PEN 0.02

LENET_API int32_t lenet_interface(void);   /* LENET_INTERFACE */
LENET_API int32_t lenet_ink_version(void); /* LENET_INK_VERSION */
LENET_API int32_t lenet_lanes(void);       /* images side by side in one register of this build */
LENET_API double lenet_default_pen(void);  /* LENET_DEFAULT_PEN */
LENET_API int32_t lenet_cpu(void);         /* what the processor can run: 0 baseline, 1 AVX2+FMA, 2 AVX-512 */

/* ---- Ink: strokes or a picture -> 28x28, as NIST made EMNIST (docs/ink.md) ---------------- */

/* Rasterises one drawing.
 *   points   float64 (n, 2): x to the right, y down, any unit; n = ends[strokes - 1]
 *   ends     for each stroke the index after its last point, not decreasing; a stroke of one
 *            point is a dot, an empty stroke is skipped
 *   pen      pen width as a share of the longer side of the points' bounding box, LENET_MIN_PEN..1
 *   image    uint8 (28, 28), written
 * Returns 1, or 0 for a drawing without a point (the image is then all zero). */
LENET_API int32_t lenet_ink_strokes(const double* points, const int32_t* ends, int32_t strokes,
                                    double pen, uint8_t* image);

/* Rasterises a greyscale picture (uint8, height x width, row-major) with one letter, dark on
 * light or light on dark. Returns 1, or 0 for a picture without contrast (the image is all zero). */
LENET_API int32_t lenet_ink_picture(const uint8_t* picture, int32_t height, int32_t width,
                                    uint8_t* image);

/* ---- Networks ------------------------------------------------------------------------------ */

enum lenet_kind {
  LENET_CONV = 1,
  LENET_MAXPOOL = 2,
  LENET_DENSE = 3,
  LENET_RELU = 4,
  LENET_TANH = 5,      /* 1.7159 tanh(2/3 x) (LeCun et al. 1998, appendix A) */
  LENET_SUBSAMPLE = 6, /* the sum of a window times a coefficient plus a bias, both of the channel (section II.B) */
  LENET_RBF = 7,       /* -|x - code|^2 for each class but for what all have in common (equation 7); last */
  LENET_SCALE = 8,     /* first: what pixels are to the network; without it 0 and 1 */
  LENET_RESIZE = 9     /* first, or after LENET_SCALE: means of parts of the image make a smaller one */
};

typedef struct lenet_layer {
  int32_t kind;
  int32_t size;     /* conv: output channels; dense, rbf: outputs; maxpool, subsample: window = stride;
                       resize: rows = columns, no more than there were */
  int32_t kernel;   /* conv only: rows = columns of the kernel, 1..15 */
  int32_t stride;   /* conv only: 1..8 */
  int32_t padding;  /* conv only: on each side, 0..kernel-1 */
  int32_t biases;   /* conv only: 0 one a channel, 1 one a unit */
  float background; /* scale: what pixel 0 is; conv: what the padding holds; +-LENET_MAX_LEVEL */
  float ink;        /* scale only: what pixel 255 is */
  int32_t table;    /* how many entries of `tables` are this layer's; conv: 0, or inputs x outputs; rbf: outputs x
                       inputs; else 0 */
} lenet_layer;

LENET_API int64_t lenet_network_bytes(void);

/* Plans the network in `network`. The last layer must be dense or rbf: its outputs are the logits. Something must
 * be there to be learned.
 *   tables  0 or 1 each, layer after layer, row-major; may be null where no layer has one
 *             conv  (inputs, outputs): which channels an output channel sees, at least one (section II.B, table I)
 *             rbf   (outputs, inputs): the classes' codes, 1 for +1 and 0 for -1
 * A planned network holds no pointers, may be copied as bytes and is never written again; after an
 * error it is none. */
LENET_API int32_t lenet_network_init(void* network, const lenet_layer* layers, int32_t count,
                                     int32_t height, int32_t width, const uint8_t* tables);
LENET_API int64_t lenet_parameters(const void* network); /* length of the parameter array */
LENET_API int32_t lenet_classes(const void* network);

/* Weights uniform in +-sqrt(6 / fan_in) (He et al. 2015, equation 10), in networks with tanh in +-2.4 / fan_in (LeCun
 * et al. 1998, appendix A); biases 0. */
LENET_API int32_t lenet_initialise(const void* network, uint32_t seed, float* parameters);

/* Probabilities = softmax(logits / temperature), temperature 0.001..1000. Parameters must be finite:
 * NaN goes unnoticed.
 *   images         uint8 (count, height, width)
 *   probabilities  float32 (count, classes), written
 *   workspace      lenet_predict_bytes(network) bytes */
LENET_API int64_t lenet_predict_bytes(const void* network);
LENET_API int32_t lenet_predict(const void* network, const float* parameters,
                                const uint8_t* images, int64_t count, float temperature,
                                float* probabilities, void* workspace);

/* Mean cross-entropy (nats) over the images and its gradient, without augmentation.
 *   smoothing  label smoothing (Szegedy et al. 2016, section 7), 0..1
 *   gradient   float32, as long as the parameters, written
 *   loss       one float64, written
 *   workspace  lenet_gradient_bytes(network) bytes */
LENET_API int64_t lenet_gradient_bytes(const void* network);
LENET_API int32_t lenet_gradient(const void* network, const float* parameters,
                                 const uint8_t* images, const uint8_t* labels, int64_t count,
                                 float smoothing, float* gradient, double* loss, void* workspace);

/* ---- Training ------------------------------------------------------------------------------ */

enum lenet_optimizer { LENET_SGD = 0, LENET_ADAMW = 1 };
enum lenet_schedule { LENET_CONSTANT = 0, LENET_ONE_CYCLE = 1 };

/* Strengths of the random changes; all zero: none. What is turned, stretched or sheared keeps its
 * middle and the length of its longer side, as the ink definition would have it; then it is shifted. */
typedef struct lenet_augmentation {
  float rotation; /* uniform in +-rotation, radians */
  float scale;    /* each axis by e^u, u uniform in +-scale: what remains is a change of aspect */
  float shear;    /* horizontal, uniform in +-shear */
  float shift;    /* each axis, uniform in +-shift, share of the image side */
  float elastic;  /* standard deviation of a smooth displacement, share of half the image side */
  float thicken;  /* probability of a mix with the 3x3 maximum */
  float thin;     /* probability of a mix with the 3x3 minimum */
} lenet_augmentation;

typedef struct lenet_recipe {
  int32_t optimizer;
  int32_t schedule;
  int32_t batch;      /* images a step, 1..65536 */
  int32_t steps;      /* of the whole training: the length of the schedule */
  float rate;         /* learning rate, 0..10^6; of one-cycle: its peak */
  float warmup;       /* one-cycle: share of the steps before the peak, 0..1 */
  float momentum;     /* SGD: momentum; AdamW: beta1; 0..0.9999999 */
  float beta2;        /* AdamW, 0..0.9999999 */
  float epsilon;      /* AdamW, 10^-12..1 */
  float weight_decay; /* AdamW: decoupled (Loshchilov & Hutter 2019); SGD: L2 */
  float smoothing;    /* label smoothing */
  uint32_t seed;
  int32_t frozen;     /* leading parameters that stay as they are, less than all; 0: everything is trained */
  lenet_augmentation augmentation;
} lenet_recipe;

/* Learning rate of a step, 0..steps-1; 0 if the recipe is out of range. One-cycle: from rate/25 up to rate and down to rate/25/10^4,
 * both along half a cosine (Smith & Topin 2018, as in PyTorch's OneCycleLR). */
LENET_API float lenet_rate(const lenet_recipe* recipe, int32_t step);

/* Which image comes when in one epoch: `draws` indices below `count`, drawn in proportion to
 * `weights` (float64, >= 0, not all zero) by systematic resampling, then shuffled. With equal
 * weights and draws = count it is a permutation. A function of its arguments alone. */
LENET_API int32_t lenet_order(const double* weights, int32_t count, uint32_t seed, int32_t epoch,
                              int32_t* order, int32_t draws);

/* One augmented copy of an image, as training sees it as its image number `sample` (step * batch +
 * place in the batch).
 *   augmented  float32 (height, width), 0..1, written
 *   workspace  lenet_augment_bytes(height, width) bytes */
LENET_API int64_t lenet_augment_bytes(int32_t height, int32_t width);
LENET_API int32_t lenet_augment(const uint8_t* image, int32_t height, int32_t width,
                                const lenet_augmentation* augmentation, uint32_t seed,
                                int64_t sample, float* augmented, void* workspace);

LENET_API int64_t lenet_trainer_bytes(const void* network, const lenet_recipe* recipe,
                                      int32_t threads);
LENET_API int32_t lenet_trainer_init(void* trainer, const void* network,
                                     const lenet_recipe* recipe, int32_t threads);

/* Announces a run of steps. All arrays stay the caller's and must live until the work is done.
 *   parameters  float32, updated in place
 *   moments     float32, 2 x parameters, zero before the first step, updated in place
 *   images      uint8 (count, height, width); labels uint8 (count)
 *   targets     null, or float32 (count, classes): what an image should be answered with, instead of its
 *               label and the smoothing (a teacher's probabilities: Hinton et al. 2015). Each 0..1; a row's
 *               sum weighs the image.
 *   order       int32 (steps * batch), indices of images, the batches one after another
 *   first_step  number of the first of these steps within the schedule */
LENET_API int32_t lenet_trainer_begin(void* trainer, float* parameters, float* moments,
                                      const uint8_t* images, const uint8_t* labels,
                                      const float* targets, int32_t count, const int32_t* order,
                                      int32_t first_step, int32_t steps);

/* Takes part in the announced steps; returns when all are done. Must be called once by each of
 * `threads` threads at the same time, with thread = 0..threads-1. The result does not depend on
 * the number of threads. */
LENET_API int32_t lenet_trainer_work(void* trainer, int32_t thread);

/* Of the last run: result[0] mean training loss (nats), result[1] share of images whose most
 * probable class was right, both on the augmented images, before each update. */
LENET_API int32_t lenet_trainer_result(const void* trainer, double* result);

#ifdef __cplusplus
}
#endif
#endif
