#include <stdint.h>

void answer_in_float32(const uint8_t *image, float *probabilities);
void answer_in_int8(const uint8_t *image, float *probabilities);
