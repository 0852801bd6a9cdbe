/* Replays the committed ink vectors without Python: for C libraries and systems that have none here.
 *
 *     replay VECTORS
 *
 * VECTORS is what tools/build/check_wheels.py writes, in this machine's byte order, one case after another:
 *   int32 kind, a, b   0: a drawing of a strokes and b points; 1: a picture of a rows and b columns
 *   a drawing          float64 pen, int32 stroke_ends (a), float64 points (b, 2)
 *   a picture          uint8 (a, b)
 *   either             uint8 (28, 28), the image that it must become */
#include "../../core/lenet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take(FILE* file, void* into, size_t size) {
  if (size && fread(into, size, 1, file) != 1) {
    fprintf(stderr, "replay: the vectors end early\n");
    exit(2);
  }
}

static void* block(FILE* file, size_t size) {
  void* bytes = malloc(size + 1);
  if (!bytes) exit(2);
  take(file, bytes, size);
  return bytes;
}

int main(int count, char** arguments) {
  FILE* file = count == 2 ? fopen(arguments[1], "rb") : NULL;
  if (!file) {
    fprintf(stderr, "usage: replay VECTORS\n");
    return 2;
  }
  int cases = 0, wrong = lenet_interface() != LENET_INTERFACE;
  for (int32_t head[3]; fread(head, sizeof head, 1, file) == 1; cases++) {
    uint8_t made[784], *expected;
    int32_t status;
    if (head[0] == 0) {
      double* pen = block(file, sizeof(double));
      int32_t* stroke_ends = block(file, (size_t)head[1] * sizeof(int32_t));
      double* points = block(file, (size_t)head[2] * 2 * sizeof(double));
      status = lenet_ink_strokes(points, stroke_ends, head[1], *pen, made);
      free(pen), free(stroke_ends), free(points);
    } else {
      uint8_t* picture = block(file, (size_t)head[1] * (size_t)head[2]);
      status = lenet_ink_picture(picture, head[1], head[2], made);
      free(picture);
    }
    expected = block(file, sizeof made);
    if (status != 1 || memcmp(made, expected, sizeof made)) {
      fprintf(stderr, "replay: case %d has other bytes (status %d)\n", cases, status);
      wrong++;
    }
    free(expected);
  }
  printf("%d drawings, %d wrong\n", cases, wrong);
  return wrong || !cases;
}
