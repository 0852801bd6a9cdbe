// A 5x5 convolution whose 2x2 outputs are pooled, by minimal filtering F(2x2, 5x5): a window of the pooling is a
// tile, its four outputs of one channel pair take 36 products instead of 100 (Winograd 1980; Lavin & Gray 2016,
// section 4; points 0, +-1, +-2 and infinity).
//
// With the inputs d of a tile, the weights g and the outputs y, all as matrices,
//   y = A ((G g G') * (B d B')) A'.
// Tiles go row by row, and of a row one line u of the 6x6 at a time, so that what is kept stays in the first cache.
#pragma once
#include "layers.hpp"

namespace lenet {

class Winograd {
 public:
  static constexpr int32_t KERNEL = 5, SIDE = 6, AREA = SIDE * SIDE;

  // Worth its additions from a few input channels on.
  static bool suits(int32_t kernel, int32_t inputs) { return kernel == KERNEL && inputs >= 4; }

  // Vectors of scratch for a convolution of so many channels and `tiles` tiles a row.
  static int64_t vectors(int64_t inputs, int64_t outputs, int64_t tiles) {
    return packed(inputs, outputs) / LANES + SIDE * inputs * tiles + 4 * outputs * tiles + 2 * tiles + 4;
  }

  Winograd(int32_t inputs, int32_t outputs, int32_t tiles, V* scratch)
      : inputs_(inputs), outputs_(outputs), tiles_(tiles), weights_((float*)scratch) {
    spectrum_ = (V*)(weights_ + packed(inputs, outputs));
    sums_ = spectrum_ + (ptrdiff_t)SIDE * inputs * tiles;
    line_ = sums_ + (ptrdiff_t)4 * outputs * tiles;
  }

  // As conv_pool_forward; x has a border of `padding` zeros.
  void forward(const View& x, const float* w, const float* bias, int32_t padding, const View& y, I* which) const {
    transform_weights(w);
    for (int32_t i = 0; i < y.rows; i++) {
      __builtin_memset(sums_, 0, (size_t)4 * outputs_ * tiles_ * sizeof(V));
      each_line([&]<int U>() {
        for (int32_t c = 0; c < inputs_; c++) transform_inputs<U>(x, c, 2 * i - padding, padding);
        for (int32_t o = 0; o < outputs_; o += BLOCK) add_outputs<U>(o);
      });
      for (int32_t o = 0; o < outputs_; o++)
        for (int32_t j = 0; j < tiles_; j++) {
          const V* tile = sums_ + (ptrdiff_t)(o * tiles_ + j) * 4;
          const ptrdiff_t at = ((ptrdiff_t)o * y.rows + i) * tiles_ + j;
          y.row(o, i)[j] = first_maximum(tile, which ? which + at : nullptr) + bias[o];
        }
    }
  }

 private:
  // A block of channels of one tile: as many sums as registers hold.
  static constexpr int32_t BLOCK = LANES < 16 ? 2 : 4;
  static constexpr float A[2][SIDE] = {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 1}};
  static constexpr float B[SIDE][SIDE] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                                          {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
  static constexpr float G[SIDE][KERNEL] = {{1.0f / 4, 0, 0, 0, 0},
                                            {-1.0f / 6, -1.0f / 6, -1.0f / 6, -1.0f / 6, -1.0f / 6},
                                            {-1.0f / 6, 1.0f / 6, -1.0f / 6, 1.0f / 6, -1.0f / 6},
                                            {1.0f / 24, 1.0f / 12, 1.0f / 6, 1.0f / 3, 2.0f / 3},
                                            {1.0f / 24, -1.0f / 12, 1.0f / 6, -1.0f / 3, 2.0f / 3},
                                            {0, 0, 0, 0, 1}};

  // Calls body.operator()<u>() for each line: what multiplies with A and B knows its numbers.
  template <int U = 0, class Body>
  static void each_line(Body body) {
    body.template operator()<U>();
    if constexpr (U + 1 < SIDE) each_line<U + 1>(body);
  }

  // The transformed weights, (SIDE, blocks of outputs, inputs, SIDE, BLOCK).
  static int64_t packed(int64_t inputs, int64_t outputs) {
    return padded((outputs + BLOCK - 1) / BLOCK * inputs * AREA * BLOCK);
  }
  float* weights(int32_t u, int32_t c, int32_t o) const {
    const int32_t blocks = (outputs_ + BLOCK - 1) / BLOCK;
    return weights_ + (((ptrdiff_t)u * blocks + o / BLOCK) * inputs_ + c) * SIDE * BLOCK;
  }

  V* spectrum(int32_t j, int32_t channel, int32_t channels) const {
    return spectrum_ + (ptrdiff_t)(j * channels + channel) * SIDE;
  }

  // G g G'; outputs that only fill up a block get zeros.
  void transform_weights(const float* w) const {
    for (int32_t c = 0; c < inputs_; c++)
      for (int32_t o = 0; o < outputs_; o += LANES) {
        V half[SIDE][KERNEL];
        for (int32_t kc = 0; kc < KERNEL; kc++) {
          V column[KERNEL];
          for (int32_t kr = 0; kr < KERNEL; kr++)
            column[kr] = load(w + (ptrdiff_t)((c * KERNEL + kr) * KERNEL + kc) * outputs_ + o, outputs_ - o);
          for (int32_t u = 0; u < SIDE; u++) half[u][kc] = times(G[u], column);
        }
        for (int32_t u = 0; u < SIDE; u++)
          for (int32_t v = 0; v < SIDE; v++) {
            const V whole = times(G[v], half[u]);
            for (int32_t l = 0; l < least(LANES, outputs_ - o); l += BLOCK)
              __builtin_memcpy(weights(u, c, o + l) + v * BLOCK, (const float*)&whole + l, BLOCK * sizeof(float));
          }
      }
  }
  static V times(const float (&row)[KERNEL], const V (&column)[KERNEL]) {
    V total = {};
    for (int32_t k = 0; k < KERNEL; k++) total += row[k] * column[k];
    return total;
  }

  // Line U of B d B' of all tiles of a row that starts at input row `top`.
  template <int U>
  void transform_inputs(const View& x, int32_t c, int32_t top, int32_t padding) const {
    const V* from = x.row(c, top) - padding;
    for (int32_t n = 0; n < 2 * tiles_ + 4; n++) {
      V total = {};
      for (int32_t k = 0; k < SIDE; k++)
        if (B[U][k] != 0) total += B[U][k] * from[(ptrdiff_t)k * x.line + n];
      line_[n] = total;
    }
    for (int32_t j = 0; j < tiles_; j++) {
      const V* d = line_ + 2 * j;
      V* to = spectrum(j, c, inputs_);
      const V even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1], near = d[4] - d[2], far = 2 * (d[3] - d[1]);
      to[0] = 4 * d[0] - 5 * d[2] + d[4];
      to[1] = even + odd;
      to[2] = even - odd;
      to[3] = near + far;
      to[4] = near - far;
      to[5] = 4 * d[1] - 5 * d[3] + d[5];
    }
  }

  // Line U's share of y = A m A'.
  template <int U>
  void add_outputs(int32_t o) const {
    for (int32_t j = 0; j < tiles_; j++) {
      V all[BLOCK][SIDE] = {};
      const V* x = spectrum(j, 0, inputs_);
      const float* w = weights(U, 0, o);
      for (int32_t c = 0; c < inputs_; c++, x += SIDE, w += SIDE * BLOCK)
        for (int v = 0; v < SIDE; v++)
          for (int p = 0; p < BLOCK; p++) all[p][v] += broadcast(w[v * BLOCK + p]) * x[v];
      for (int p = 0; p < BLOCK; p++) {
        if (o + p >= outputs_) break;
        const V* m = all[p];
        const V left = m[0] + (m[1] + m[2]) + (m[3] + m[4]), right = (m[1] - m[2]) + 2 * (m[3] - m[4]) + m[5];
        V* tile = sums_ + (ptrdiff_t)((o + p) * tiles_ + j) * 4;
        for (int32_t a = 0; a < 2; a++) {
          if (A[a][U] == 0) continue;
          tile[2 * a] += A[a][U] * left;
          tile[2 * a + 1] += A[a][U] * right;
        }
      }
    }
  }

  const int32_t inputs_, outputs_, tiles_;
  float* weights_;  // see `packed`
  V* spectrum_;     // (tiles, inputs, SIDE): a line of transformed tiles
  V* sums_;         // (outputs, tiles, 4)
  V* line_;         // (2 * tiles + 4)
};

}  // namespace lenet
