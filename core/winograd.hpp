// A 5x5 convolution with 2x2 max pooling by minimal filtering F(2x2, 5x5): a pooling window is a tile, and its four
// outputs take 36 products for each pair of channels instead of 100 (Winograd 1980; Lavin & Gray 2016, section 4;
// points 0, +-1, +-2 and infinity).
//
// With the inputs d of a tile, the weights g and the outputs y, all as matrices,
//   y = A ((G g G') * (B d B')) A'.
#pragma once
#include "convolution.hpp"

namespace lenet {

class Winograd {
 public:
  static constexpr int32_t KERNEL = 5, SIDE = 6, AREA = SIDE * SIDE;

  // With fewer input channels the additions cost more than the products saved.
  static bool suits(int32_t kernel, int32_t inputs) { return kernel == KERNEL && inputs >= 4; }

  // Size of the scratch in vectors, for `tiles` tiles in a row.
  static int64_t vectors(int64_t inputs, int64_t outputs, int64_t tiles) {
    return packed(inputs, outputs) / LANES + AREA * (inputs + BLOCK) * tiles + SIDE * (2 * tiles + 4);
  }

  Winograd(int32_t inputs, int32_t outputs, int32_t tiles, V* scratch)
      : inputs_(inputs), outputs_(outputs), tiles_(tiles), weights_((float*)scratch) {
    spectrum_ = (V*)(weights_ + packed(inputs, outputs));
    products_ = spectrum_ + (ptrdiff_t)AREA * inputs * tiles;
    lines_ = products_ + (ptrdiff_t)AREA * BLOCK * tiles;
  }

  // As conv_pool_forward; x has a border of `padding` zeros.
  void forward(const View& x, const float* w, const float* bias, int32_t padding, const View& y, I* argmax) const {
    transform_weights(w);
    for (int32_t i = 0; i < y.rows; i++) {
      for (int32_t c = 0; c < inputs_; c++) transform_inputs(x.row(c, 2 * i - padding) - padding, x.line, c);
      for (int32_t o = 0; o < outputs_; o += BLOCK) {
        multiply(o);
        for (int32_t p = 0; p < min(BLOCK, outputs_ - o); p++)
          for (int32_t j = 0; j < tiles_; j++) {
            V tile[4];
            transform_outputs(products_ + p * tiles_ + j, tile);
            const ptrdiff_t at = ((ptrdiff_t)(o + p) * y.rows + i) * tiles_ + j;
            y.row(o + p, i)[j] = first_maximum(tile, argmax ? argmax + at : nullptr) + bias[o + p];
          }
      }
    }
  }

 private:
  // Output channels and largest number of tiles of a block: their sums fit into the registers.
  static constexpr int32_t BLOCK = LANES < 16 ? 2 : 4, TILES = 5;

  // The transformed weights, (blocks of outputs, AREA, inputs, BLOCK).
  static int64_t packed(int64_t inputs, int64_t outputs) {
    return padded((outputs + BLOCK - 1) / BLOCK * AREA * inputs * BLOCK);
  }
  float* weights(int32_t o, int32_t at, int32_t c) const {
    return weights_ + (((ptrdiff_t)(o / BLOCK) * AREA + at) * inputs_ + c) * BLOCK;
  }

  // G g
  INLINE void transform_filter_line(const V (&g)[KERNEL], V (&to)[SIDE]) {
    const V even = (g[0] + g[2] + g[4]) * (-1.0f / 6), odd = (g[1] + g[3]) * (-1.0f / 6);
    const V near = g[0] * (1.0f / 24) + g[2] * (1.0f / 6) + g[4] * (2.0f / 3);
    const V far = g[1] * (1.0f / 12) + g[3] * (1.0f / 3);
    to[0] = g[0] * (1.0f / 4);
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = near + far;
    to[4] = near - far;
    to[5] = g[4];
  }

  // G g G'; zeros for the outputs that fill up the last block.
  void transform_weights(const float* w) const {
    for (int32_t c = 0; c < inputs_; c++)
      for (int32_t o = 0; o < outputs_; o += LANES) {
        V half[SIDE][KERNEL], transformed[SIDE];
        for (int32_t kc = 0; kc < KERNEL; kc++) {
          V column[KERNEL], to[SIDE];
          for (int32_t kr = 0; kr < KERNEL; kr++)
            column[kr] = load(w + (ptrdiff_t)((c * KERNEL + kr) * KERNEL + kc) * outputs_ + o, outputs_ - o);
          transform_filter_line(column, to);
          for (int32_t u = 0; u < SIDE; u++) half[u][kc] = to[u];
        }
        for (int32_t u = 0; u < SIDE; u++) {
          transform_filter_line(half[u], transformed);
          for (int32_t v = 0; v < SIDE; v++)
            for (int32_t l = 0; l < min(LANES, outputs_ - o); l += BLOCK)
              __builtin_memcpy(weights(o + l, u * SIDE + v, c), (const float*)&transformed[v] + l,
                               BLOCK * sizeof(float));
        }
      }
  }

  // B d, of elements that lie `stride` apart, to places `apart`.
  INLINE void transform_input_line(const V* d, ptrdiff_t stride, V* to, ptrdiff_t apart) {
    const V d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride], d4 = d[4 * stride], d5 = d[5 * stride];
    const V even = d4 - 4 * d2, odd = d3 - 4 * d1, near = d4 - d2, far = 2 * (d3 - d1);
    to[0] = 4 * d0 - 5 * d2 + d4;
    to[apart] = even + odd;
    to[2 * apart] = even - odd;
    to[3 * apart] = near + far;
    to[4 * apart] = near - far;
    to[5 * apart] = 4 * d1 - 5 * d3 + d5;
  }

  // B d B' of all tiles of a row, whose first input is `from`.
  void transform_inputs(const V* from, int32_t line, int32_t c) const {
    const int32_t width = 2 * tiles_ + 4;
    for (int32_t n = 0; n < width; n++) transform_input_line(from + n, line, lines_ + n, width);
    const ptrdiff_t apart = (ptrdiff_t)inputs_ * tiles_;
    for (int32_t u = 0; u < SIDE; u++)
      for (int32_t j = 0; j < tiles_; j++)
        transform_input_line(lines_ + u * width + 2 * j, 1, spectrum_ + u * SIDE * apart + c * tiles_ + j, apart);
  }

  // The products of a block of outputs with a row of tiles, summed over the inputs.
  void multiply(int32_t o) const {
    for (int32_t at = 0; at < AREA; at++) {
      const V* x = spectrum_ + (ptrdiff_t)at * inputs_ * tiles_;
      V* to = products_ + (ptrdiff_t)at * BLOCK * tiles_;
      int32_t j = 0;
      for (; tiles_ - j >= TILES; j += TILES) sum<TILES>(x + j, weights(o, at, 0), to + j);
      for (; tiles_ - j >= 2; j += 2) sum<2>(x + j, weights(o, at, 0), to + j);
      if (j < tiles_) sum<1>(x + j, weights(o, at, 0), to + j);
    }
  }
  template <int N>
  void sum(const V* x, const float* w, V* to) const {
    V sums[BLOCK][N] = {};
    for (int32_t c = 0; c < inputs_; c++, x += tiles_, w += BLOCK) {
      V some[BLOCK];
      for (int p = 0; p < BLOCK; p++) some[p] = broadcast(w[p]);
      for (int n = 0; n < N; n++)
        for (int p = 0; p < BLOCK; p++) sums[p][n] += some[p] * x[n];
    }
    for (int p = 0; p < BLOCK; p++)
      for (int n = 0; n < N; n++) to[p * tiles_ + n] = sums[p][n];
  }

  // A m, of elements that lie `stride` apart.
  INLINE void transform_output_line(const V* m, ptrdiff_t stride, V* to, ptrdiff_t apart) {
    const V near = m[stride] + m[2 * stride], skew = m[stride] - m[2 * stride];
    const V far = m[3 * stride] + m[4 * stride], wide = m[3 * stride] - m[4 * stride];
    to[0] = m[0] + near + far;
    to[apart] = skew + 2 * wide + m[5 * stride];
  }

  // A m A'
  void transform_outputs(const V* m, V (&tile)[4]) const {
    const ptrdiff_t apart = (ptrdiff_t)BLOCK * tiles_;
    V half[2 * SIDE];
    for (int32_t u = 0; u < SIDE; u++) transform_output_line(m + u * SIDE * apart, apart, half + u, SIDE);
    transform_output_line(half, 1, tile, 2);
    transform_output_line(half + SIDE, 1, tile + 1, 2);
  }

  const int32_t inputs_, outputs_, tiles_;
  float* weights_;
  V* spectrum_;  // (AREA, inputs, tiles)
  V* products_;  // (AREA, BLOCK, tiles)
  V* lines_;     // (SIDE, 2 * tiles + 4)
};

}  // namespace lenet
