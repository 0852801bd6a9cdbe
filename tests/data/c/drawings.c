/* Answers drawings from standard input, one after another, as they come. */
#define LENET_IMPLEMENTATION
#include "model.h"

#include <stdio.h>
#include <stdlib.h>

/* Of just the size that is needed, so that a sanitizer sees what is read beyond it; null of none. */
static void *taken(size_t size, size_t count) {
  void *block = count ? malloc(size * count) : NULL;
  if (count && (!block || fread(block, size, count, stdin) != count)) exit(1);
  return block;
}

int main(void) {
  lenet_scratch *scratch = (lenet_scratch *)malloc(sizeof *scratch);
  uint8_t *image = (uint8_t *)malloc(LENET_PIXELS);
  int32_t head[3]; /* lengths and numbers that follow; what is said to be the number of strokes */
  if (!scratch || !image || !lenet_self_test()) return 1;
  while (fread(head, sizeof head, 1, stdin) == 1) {
    double *pen = (double *)taken(sizeof *pen, 1);
    int32_t *lengths = (int32_t *)taken(sizeof *lengths, (size_t)head[0]);
    double *points = (double *)taken(sizeof *points, (size_t)head[1]);
    lenet_answer answer = {LENET_EMPTY, 0, {0}};
    int32_t said[4];
    for (int i = 0; i < LENET_PIXELS; i++) image[i] = 77;
    said[0] = lenet_rasterise(points, lengths, head[2], *pen, image);
    said[1] = lenet_recognise_strokes(points, lengths, head[2], scratch, &answer);
    said[2] = (int32_t)answer.verdict;
    said[3] = answer.best;
    fwrite(said, sizeof said, 1, stdout);
    fwrite(image, LENET_PIXELS, 1, stdout);
    fwrite(answer.probabilities, sizeof answer.probabilities, 1, stdout);
    fflush(stdout);
    free(pen);
    free(lengths);
    free(points);
  }
  free(scratch);
  free(image);
  return 0;
}
