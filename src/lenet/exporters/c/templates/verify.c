/* Answers a file of images with a file of probabilities. */
#define LENET_IMPLEMENTATION
#include "$header"

#include <stdio.h>

int main(int count, char **names) {
  lenet_scratch scratch;
  uint8_t image[LENET_PIXELS];
  float probabilities[LENET_CLASSES];
  FILE *in, *out;
  if (count != 3 || !(in = fopen(names[1], "rb")) || !(out = fopen(names[2], "wb"))) return 1;
  while (fread(image, sizeof image, 1, in) == 1) {
    lenet_probabilities(image, &scratch, probabilities);
    if (fwrite(probabilities, sizeof probabilities, 1, out) != 1) return 1;
  }
  return fclose(in) || fclose(out);
}
