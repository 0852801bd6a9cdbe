/* Answers each image of a file with both models, of which either is static in its own file. */
#include "images.h"
#include "model.h"

#include <stdio.h>

int main(int count, char **names) {
  uint8_t image[LENET_PIXELS];
  float probabilities[2][LENET_CLASSES];
  FILE *in = fopen(names[count - 2], "rb"), *out = fopen(names[count - 1], "wb");
  if (!in || !out) return 1;
  while (fread(image, sizeof image, 1, in) == 1) {
    answer_in_float32(image, probabilities[0]);
    answer_in_int8(image, probabilities[1]);
    if (fwrite(probabilities, sizeof probabilities, 1, out) != 1) return 1;
  }
  return fclose(in) || fclose(out);
}
