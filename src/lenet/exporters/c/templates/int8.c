/* How sums of products become the codes of the next map, uint8: sum * multiplier / 2^shift + zero. */
typedef struct lenet_coding {
  const int32_t *multiplier; /* one an output channel */
  int32_t shift, zero;
} lenet_coding;

typedef struct lenet_convolution {
  int32_t rows, columns, channels; /* of the map that it sees */
  int32_t outputs, kernel, stride, padding;
  int32_t pool;                    /* of each pool x pool of its outputs only the greatest is kept */
  int32_t zero;                    /* the code of 0 in the map that it sees */
  const int8_t *weight;            /* (outputs, kernel, kernel, channels) */
  const int32_t *bias;             /* (outputs), or (rows, columns, outputs) of what comes out: */
  int32_t biases;                  /* how many of them a place has to itself: outputs, or 0 */
  lenet_coding coding;
} lenet_convolution;

typedef struct lenet_subsampling {
  int32_t rows, columns, channels; /* of the map that it sees */
  int32_t size;                    /* the windows' side, and their distance */
  int32_t zero;                    /* the code of 0 in the map that it sees */
  const int8_t *weight;            /* (size, size, channels) */
  const int32_t *bias;             /* (channels) */
  lenet_coding coding;
} lenet_subsampling;

typedef struct lenet_dense_layer {
  int32_t inputs, outputs;
  int32_t zero;         /* the code of 0 in what comes in */
  const int8_t *weight; /* (outputs, inputs) */
  const int32_t *bias;  /* (outputs) */
  lenet_coding coding;
} lenet_dense_layer;

typedef struct lenet_last_layer {
  int32_t inputs, outputs;
  int32_t zero;         /* the code of 0 in what comes in */
  const int8_t *weight; /* (outputs, inputs) */
  const int32_t *bias;  /* (outputs) */
  const float *scale;   /* (outputs): what 1 in a sum of products is worth */
} lenet_last_layer;

typedef struct lenet_reduction {
  int32_t rows, columns, channels; /* of the map that it sees */
  int32_t high, wide;              /* of what comes out */
  const uint16_t *down;            /* 2^15 times the share of each row in each: (high, rows) */
  const uint16_t *along;           /* the same of columns: (wide, columns) */
} lenet_reduction;

static uint8_t lenet_code(const lenet_coding *coding, int32_t channel, int32_t sum) {
  const int64_t half = (int64_t)1 << (coding->shift - 1);
  const int64_t scaled = (int64_t)sum * coding->multiplier[channel] + half + 2 * half * coding->zero;
  const int64_t code = scaled < 0 ? 0 : scaled >> coding->shift;
  return (uint8_t)(code < 255 ? code : 255);
}

static int32_t lenet_dot(const uint8_t *codes, int32_t zero, const int8_t *weight, int32_t n) {
  int32_t sum = 0;
  for (int32_t i = 0; i < n; i++) sum += (codes[i] - zero) * weight[i];
  return sum;
}

/* The sum of output o at a place; outside the map there are zeros. */
static int32_t lenet_output(const lenet_convolution *l, const uint8_t *in, int32_t place,
                            int32_t top, int32_t left, int32_t o) {
  const int32_t first = left < 0 ? -left : 0;
  const int32_t last = l->columns - left < l->kernel ? l->columns - left : l->kernel;
  const int8_t *weight = l->weight + o * l->kernel * l->kernel * l->channels;
  int32_t sum = l->bias[place * l->biases + o];
  for (int32_t k = 0; k < l->kernel; k++)
    if (top + k >= 0 && top + k < l->rows)
      sum += lenet_dot(in + ((top + k) * l->columns + left + first) * l->channels, l->zero,
                       weight + (k * l->kernel + first) * l->channels, (last - first) * l->channels);
  return sum;
}

static void lenet_convolve(const lenet_convolution *l, const uint8_t *in, uint8_t *out) {
  const int32_t high = (l->rows + 2 * l->padding - l->kernel) / l->stride + 1;
  const int32_t wide = (l->columns + 2 * l->padding - l->kernel) / l->stride + 1;
  for (int32_t r = 0; r + l->pool <= high; r += l->pool)
    for (int32_t c = 0; c + l->pool <= wide; c += l->pool)
      for (int32_t o = 0; o < l->outputs; o++) {
        int32_t best = 0;
        for (int32_t i = 0; i < l->pool * l->pool; i++) {
          const int32_t row = r + i / l->pool, column = c + i % l->pool;
          const int32_t sum =
              lenet_output(l, in, row * wide + column, row * l->stride - l->padding,
                           column * l->stride - l->padding, o);
          if (i == 0 || sum > best) best = sum;
        }
        *out++ = lenet_code(&l->coding, o, best);
      }
}

static void lenet_subsample(const lenet_subsampling *l, const uint8_t *in, uint8_t *out) {
  for (int32_t r = 0; r + l->size <= l->rows; r += l->size)
    for (int32_t c = 0; c + l->size <= l->columns; c += l->size)
      for (int32_t k = 0; k < l->channels; k++) {
        int32_t sum = l->bias[k];
        for (int32_t i = 0; i < l->size * l->size; i++) {
          const int32_t place = (r + i / l->size) * l->columns + c + i % l->size;
          sum += (in[place * l->channels + k] - l->zero) * l->weight[i * l->channels + k];
        }
        *out++ = lenet_code(&l->coding, k, sum);
      }
}

static void lenet_dense(const lenet_dense_layer *l, const uint8_t *in, uint8_t *out) {
  for (int32_t o = 0; o < l->outputs; o++)
    out[o] = lenet_code(&l->coding, o,
                        l->bias[o] + lenet_dot(in, l->zero, l->weight + o * l->inputs, l->inputs));
}

static void lenet_logits(const lenet_last_layer *l, const uint8_t *in, float *out) {
  for (int32_t o = 0; o < l->outputs; o++)
    out[o] = l->scale[o] * (float)(l->bias[o] + lenet_dot(in, l->zero, l->weight + o * l->inputs,
                                                          l->inputs));
}

static void lenet_resize(const lenet_reduction *l, const uint8_t *in, uint8_t *out) {
  for (int32_t i = 0; i < l->high; i++)
    for (int32_t j = 0; j < l->wide; j++)
      for (int32_t k = 0; k < l->channels; k++) {
        uint64_t sum = (uint64_t)1 << 29;
        for (int32_t r = 0; r < l->rows; r++) {
          uint32_t line = 0;
          for (int32_t c = 0; c < l->columns; c++)
            line += (uint32_t)l->along[j * l->columns + c] *
                    in[(r * l->columns + c) * l->channels + k];
          sum += (uint64_t)l->down[i * l->rows + r] * line;
        }
        *out++ = (uint8_t)(sum >> 30);
      }
}

/* The greatest of each window of a map of `rows` x `columns`. */
static void lenet_greatest(int32_t rows, int32_t columns, int32_t channels, int32_t size,
                           const uint8_t *in, uint8_t *out) {
  for (int32_t r = 0; r + size <= rows; r += size)
    for (int32_t c = 0; c + size <= columns; c += size)
      for (int32_t k = 0; k < channels; k++) {
        uint8_t best = 0;
        for (int32_t i = 0; i < size * size; i++) {
          const uint8_t code = in[((r + i / size) * columns + c + i % size) * channels + k];
          if (code > best) best = code;
        }
        *out++ = best;
      }
}

/* Replaces codes by what a table has for them; `out` may be `in`. */
static void lenet_look_up(const uint8_t table[256], int32_t n, const uint8_t *in, uint8_t *out) {
  for (int32_t i = 0; i < n; i++) out[i] = table[in[i]];
}
