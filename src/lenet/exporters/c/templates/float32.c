typedef struct lenet_convolution {
  int32_t rows, columns, channels; /* of the map that it sees */
  int32_t outputs, kernel, stride, padding;
  int32_t pool;                    /* of each pool x pool of its outputs only the greatest is kept */
  const float *weight;             /* (outputs, kernel, kernel, channels) */
  const float *bias;               /* (outputs), or (rows, columns, outputs) of what comes out: */
  int32_t biases;                  /* how many of them a place has to itself: outputs, or 0 */
} lenet_convolution;

typedef struct lenet_subsampling {
  int32_t rows, columns, channels; /* of the map that it sees */
  int32_t size;                    /* the windows' side, and their distance */
  const float *weight;             /* (size, size, channels) */
  const float *bias;               /* (channels) */
} lenet_subsampling;

typedef struct lenet_dense_layer {
  int32_t inputs, outputs;
  const float *weight; /* (outputs, inputs) */
  const float *bias;   /* (outputs) */
} lenet_dense_layer;

typedef struct lenet_reduction {
  int32_t rows, columns, channels; /* of the map that it sees */
  int32_t high, wide;              /* of what comes out */
  const float *down;               /* the share of each row in each that comes out: (high, rows) */
  const float *along;              /* the same of columns: (wide, columns) */
} lenet_reduction;

static float lenet_dot(const float *a, const float *b, int32_t n) {
  float sum = 0;
  for (int32_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* Output o at a place; outside the map there are zeros. */
static float lenet_output(const lenet_convolution *l, const float *in, int32_t place, int32_t top,
                          int32_t left, int32_t o) {
  const int32_t first = left < 0 ? -left : 0;
  const int32_t last = l->columns - left < l->kernel ? l->columns - left : l->kernel;
  const float *weight = l->weight + o * l->kernel * l->kernel * l->channels;
  float sum = l->bias[place * l->biases + o];
  for (int32_t k = 0; k < l->kernel; k++)
    if (top + k >= 0 && top + k < l->rows)
      sum += lenet_dot(in + ((top + k) * l->columns + left + first) * l->channels,
                       weight + (k * l->kernel + first) * l->channels, (last - first) * l->channels);
  return sum;
}

static void lenet_convolve(const lenet_convolution *l, const float *in, float *out) {
  const int32_t high = (l->rows + 2 * l->padding - l->kernel) / l->stride + 1;
  const int32_t wide = (l->columns + 2 * l->padding - l->kernel) / l->stride + 1;
  for (int32_t r = 0; r + l->pool <= high; r += l->pool)
    for (int32_t c = 0; c + l->pool <= wide; c += l->pool)
      for (int32_t o = 0; o < l->outputs; o++) {
        float best = 0;
        for (int32_t i = 0; i < l->pool * l->pool; i++) {
          const int32_t row = r + i / l->pool, column = c + i % l->pool;
          const float value =
              lenet_output(l, in, row * wide + column, row * l->stride - l->padding,
                           column * l->stride - l->padding, o);
          if (i == 0 || value > best) best = value;
        }
        *out++ = best;
      }
}

static void lenet_subsample(const lenet_subsampling *l, const float *in, float *out) {
  for (int32_t r = 0; r + l->size <= l->rows; r += l->size)
    for (int32_t c = 0; c + l->size <= l->columns; c += l->size)
      for (int32_t k = 0; k < l->channels; k++) {
        float sum = l->bias[k];
        for (int32_t i = 0; i < l->size * l->size; i++) {
          const int32_t place = (r + i / l->size) * l->columns + c + i % l->size;
          sum += in[place * l->channels + k] * l->weight[i * l->channels + k];
        }
        *out++ = sum;
      }
}

static void lenet_dense(const lenet_dense_layer *l, const float *in, float *out) {
  for (int32_t o = 0; o < l->outputs; o++)
    out[o] = l->bias[o] + lenet_dot(in, l->weight + o * l->inputs, l->inputs);
}

static void lenet_resize(const lenet_reduction *l, const float *in, float *out) {
  for (int32_t i = 0; i < l->high; i++)
    for (int32_t j = 0; j < l->wide; j++)
      for (int32_t k = 0; k < l->channels; k++) {
        float sum = 0;
        for (int32_t r = 0; r < l->rows; r++)
          for (int32_t c = 0; c < l->columns; c++)
            sum += l->down[i * l->rows + r] * l->along[j * l->columns + c] *
                   in[(r * l->columns + c) * l->channels + k];
        *out++ = sum;
      }
}

/* The greatest of each window of a map of `rows` x `columns`. */
static void lenet_greatest(int32_t rows, int32_t columns, int32_t channels, int32_t size,
                           const float *in, float *out) {
  for (int32_t r = 0; r + size <= rows; r += size)
    for (int32_t c = 0; c + size <= columns; c += size)
      for (int32_t k = 0; k < channels; k++) {
        float best = in[(r * columns + c) * channels + k];
        for (int32_t i = 1; i < size * size; i++) {
          const float value = in[((r + i / size) * columns + c + i % size) * channels + k];
          if (value > best) best = value;
        }
        *out++ = best;
      }
}

static void lenet_affine(float *x, int32_t n, float factor, float offset) {
  for (int32_t i = 0; i < n; i++) x[i] = factor * x[i] + offset;
}

static void lenet_relu(float *x, int32_t n) {
  for (int32_t i = 0; i < n; i++)
    if (x[i] < 0) x[i] = 0;
}

static void lenet_tanh(float *x, int32_t n) {
  for (int32_t i = 0; i < n; i++) x[i] = tanhf(x[i]);
}

static void lenet_pixels(int32_t n, const uint8_t *image, float *out) {
  for (int32_t i = 0; i < n; i++) out[i] = image[i];
}
