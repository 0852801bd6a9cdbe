$about
#ifndef LENET_MODEL_H
#define LENET_MODEL_H

#include <stdint.h>

#ifndef LENET_API
#define LENET_API extern
#endif

#define LENET_MODEL $name
#define LENET_PARAMETERS_SHA256 "$digest"
#define LENET_ROWS $rows
#define LENET_COLUMNS $columns
#define LENET_PIXELS (LENET_ROWS * LENET_COLUMNS)
#define LENET_CLASSES $classes
#define LENET_MAX_ENTROPY $max_entropy
#define LENET_MIN_PROBABILITY $min_probability

#ifdef __cplusplus
extern "C" {
#endif

/* Working memory of the functions below: the caller's, one for each thread, never read between calls. */
typedef struct lenet_scratch {
  $number a[$a], b[$b];
} lenet_scratch;

enum lenet_verdict {
  LENET_EMPTY,        /* no ink; the answer's other fields are 0 */
  LENET_NOT_A_LETTER, /* the entropy of the probabilities, in nats, is above LENET_MAX_ENTROPY */
  LENET_UNSURE,       /* else, the best probability is below LENET_MIN_PROBABILITY */
  LENET_LETTER
};

typedef struct lenet_answer {
  enum lenet_verdict verdict;
  int32_t best; /* the most probable class, 0..LENET_CLASSES - 1, whatever the verdict */
  float probabilities[LENET_CLASSES];
} lenet_answer;

/* Returns the character of a class in UTF-8; null for an unknown class. */
LENET_API const char *lenet_label(int32_t class_index);

/* The probabilities of the classes; they sum to 1.
 *   image  row by row, upright, 0 paper, 255 ink */
LENET_API void lenet_probabilities(const uint8_t image[LENET_PIXELS], lenet_scratch *scratch,
                                   float probabilities[LENET_CLASSES]);

/* The same with a verdict. */
LENET_API void lenet_recognise_image(const uint8_t image[LENET_PIXELS], lenet_scratch *scratch,
                                     lenet_answer *answer);
$strokes
#ifdef __cplusplus
}
#endif
#endif /* LENET_MODEL_H */

#ifdef LENET_IMPLEMENTATION
#ifndef LENET_IMPLEMENTED
#define LENET_IMPLEMENTED
#include <float.h>
#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif
$implementation
#ifdef __cplusplus
}
#endif
#endif /* LENET_IMPLEMENTED */
#endif /* LENET_IMPLEMENTATION */
