/* ---- Strokes -> 28x28, byte for byte as in training -------------------------------------------
 *
 * The strokes are drawn with a round pen into a mask of 112x112 bits, their longer side being 86;
 * one separable filter blurs and reduces it by 4. Up to the mask only + - * / and comparisons of
 * doubles, in this order and never fused; after it integers. */

#if DBL_MANT_DIG != 53 || defined(__FAST_MATH__)
#error "the rasteriser needs IEEE doubles: do not shorten them, and do not compile with -ffast-math"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 1
#error "the rasteriser needs doubles without excess precision; on x86 compile with -mfpmath=sse"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif

#define LENET_MASK 112
#define LENET_INK 86
#define LENET_REDUCTION 4
#define LENET_TAPS 11
#define LENET_DOT 1e-9 /* a smaller drawing is a dot */

typedef struct lenet_mask {
  uint8_t bits[LENET_MASK][LENET_MASK / 8];
} lenet_mask;

typedef struct lenet_point {
  double x, y;
} lenet_point;

static int32_t lenet_inked(const lenet_mask *mask, int32_t r, int32_t c) {
  return mask->bits[r][c / 8] >> c % 8 & 1;
}

/* The cell that a place lies in, or the nearest one. */
static int32_t lenet_cell(double place) {
  const int32_t cell = (int32_t)place;
  return cell < 0 ? 0 : cell < LENET_MASK ? cell : LENET_MASK - 1;
}

/* Inks the cells whose centre is within `radius` of the segment from a to b. */
static void lenet_draw(lenet_mask *mask, lenet_point a, lenet_point b, double radius) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy, reach = radius * radius;
  const int32_t left = lenet_cell((a.x < b.x ? a.x : b.x) - radius);
  const int32_t right = lenet_cell((a.x > b.x ? a.x : b.x) + radius);
  const int32_t top = lenet_cell((a.y < b.y ? a.y : b.y) - radius);
  const int32_t bottom = lenet_cell((a.y > b.y ? a.y : b.y) + radius);
  for (int32_t r = top; r <= bottom; r++)
    for (int32_t c = left; c <= right; c++) {
      const double x = c + 0.5 - a.x, y = r + 0.5 - a.y;
      const double along = x * dx + y * dy, across = x * dy - y * dx;
      const double u = along >= length ? x - dx : x, v = along >= length ? y - dy : y;
      const int beyond = along <= 0 || along >= length;
      if (beyond ? u * u + v * v <= reach : across * across <= reach * length)
        mask->bits[r][c / 8] = (uint8_t)(mask->bits[r][c / 8] | 1u << c % 8);
    }
}

/* A row of the reduced mask: the filter's taps, in 1/1024, down each column and then along it. */
static void lenet_reduced(const lenet_mask *mask, int32_t row, int32_t out[28]) {
  static const int16_t taps[LENET_TAPS] = {168, 144, 106, 64, 30, 9, -1, -3, -3, -1, -1};
  int32_t line[LENET_MASK];
  for (int32_t c = 0; c < LENET_MASK; c++) {
    const int32_t below = row * LENET_REDUCTION + LENET_REDUCTION / 2;
    line[c] = 0;
    for (int32_t t = 0; t < LENET_TAPS; t++) {
      if (below + t < LENET_MASK) line[c] += taps[t] * lenet_inked(mask, below + t, c);
      if (below - 1 - t >= 0) line[c] += taps[t] * lenet_inked(mask, below - 1 - t, c);
    }
  }
  for (int32_t i = 0; i < 28; i++) {
    const int32_t right = i * LENET_REDUCTION + LENET_REDUCTION / 2;
    out[i] = 0;
    for (int32_t t = 0; t < LENET_TAPS; t++) {
      if (right + t < LENET_MASK) out[i] += taps[t] * line[right + t];
      if (right - 1 - t >= 0) out[i] += taps[t] * line[right - 1 - t];
    }
  }
}

/* The mask reduced, its greatest value 255. The rows are made twice rather than kept. */
static void lenet_image(const lenet_mask *mask, uint8_t image[LENET_PIXELS]) {
  int32_t row[28], brightest = 1;
  for (int32_t r = 0; r < 28; r++) {
    lenet_reduced(mask, r, row);
    for (int32_t c = 0; c < 28; c++)
      if (row[c] > brightest) brightest = row[c];
  }
  for (int32_t r = 0; r < 28; r++) {
    lenet_reduced(mask, r, row);
    for (int32_t c = 0; c < 28; c++)
      *image++ = (uint8_t)(row[c] > 0 ? (row[c] * 255 + brightest / 2) / brightest : 0);
  }
}

/* The number of points, or what is wrong. */
static int32_t lenet_checked(const double *points, const int32_t *lengths, int32_t strokes) {
  int32_t count = 0;
  if (strokes < 0 || (strokes > 0 && !lengths)) return LENET_BAD_ARGUMENT;
  for (int32_t s = 0; s < strokes; s++) {
    if (lengths[s] < 0) return LENET_BAD_ARGUMENT;
    if (lengths[s] > LENET_MAX_POINTS - count) return LENET_TOO_LARGE;
    count += lengths[s];
  }
  if (count > 0 && !points) return LENET_BAD_ARGUMENT;
  for (int32_t i = 0; i < 2 * count; i++)
    if (!(points[i] >= -LENET_MAX_COORDINATE && points[i] <= LENET_MAX_COORDINATE))
      return LENET_BAD_COORDINATE; /* NaN too */
  return count;
}

LENET_API enum lenet_status lenet_rasterise(const double *points, const int32_t *lengths,
                                            int32_t strokes, double pen,
                                            uint8_t image[LENET_PIXELS]) {
  const int32_t count = lenet_checked(points, lengths, strokes);
  if (!image || !(pen >= LENET_MIN_PEN && pen <= LENET_MAX_PEN)) return LENET_BAD_ARGUMENT;
  if (count < 0) return (enum lenet_status)count;
  lenet_mask mask = {{{0}}};
  if (count > 0) {
    lenet_point low = {points[0], points[1]}, high = low;
    for (int32_t i = 1; i < count; i++) {
      const double x = points[2 * i], y = points[2 * i + 1];
      if (x < low.x) low.x = x;
      if (x > high.x) high.x = x;
      if (y < low.y) low.y = y;
      if (y > high.y) high.y = y;
    }
    const double width = high.x - low.x, height = high.y - low.y;
    const double side = width > height ? width : height;
    /* The pen adds its own width to the ink: side * (1 + pen) must measure LENET_INK. */
    const double usable = LENET_INK / (1 + pen), scale = side > LENET_DOT ? usable / side : 0;
    const lenet_point middle = {low.x + width / 2, low.y + height / 2};
    for (int32_t s = 0; s < strokes; points += 2 * lengths[s++]) {
      lenet_point from = {0, 0};
      for (int32_t i = 0; i < lengths[s]; i++) {
        const lenet_point to = {(points[2 * i] - middle.x) * scale + LENET_MASK / 2,
                                (points[2 * i + 1] - middle.y) * scale + LENET_MASK / 2};
        if (i > 0 || lengths[s] == 1) lenet_draw(&mask, i > 0 ? from : to, to, usable * pen / 2);
        from = to;
      }
    }
  }
  lenet_image(&mask, image);
  return count > 0 ? LENET_DRAWN : LENET_BLANK;
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif

LENET_API enum lenet_status lenet_recognise_strokes(const double *points, const int32_t *lengths,
                                                    int32_t strokes, lenet_scratch *scratch,
                                                    lenet_answer *answer) {
  uint8_t image[LENET_PIXELS];
  const enum lenet_status status = lenet_rasterise(points, lengths, strokes, LENET_PEN, image);
  if (status >= 0) lenet_recognise_image(image, scratch, answer);
  return status;
}

LENET_API int32_t lenet_self_test(void) {
  /* Centres of cells lie just where the ink ends: fused operations see some of them elsewhere. */
  static const double points[] = {0, 0, 3, 4};
  const int32_t length = 2;
  uint8_t image[LENET_PIXELS];
  uint32_t hash = 2166136261u; /* FNV-1a */
  if (lenet_rasterise(points, &length, 1, 1.0 / 9, image) != LENET_DRAWN) return 0;
  for (int32_t i = 0; i < LENET_PIXELS; i++) hash = (hash ^ image[i]) * 16777619u;
  return hash == 2714897170u;
}
