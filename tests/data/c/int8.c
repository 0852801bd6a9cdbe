#define LENET_API static inline
#define LENET_IMPLEMENTATION
#include "model-int8.h"

#include "images.h"

void answer_in_int8(const uint8_t *image, float *probabilities) {
  lenet_scratch scratch;
  lenet_probabilities(image, &scratch, probabilities);
}
