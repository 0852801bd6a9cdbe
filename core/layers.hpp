// Convolution (with 2x2 max pooling in one pass), max pooling, relu and dense layers, forward and
// backward, on views of lanes.
#pragma once
#include "lanes.hpp"
#include "scalar.hpp"

namespace lenet {

// Element (channel, row, column) of an activation or gradient is at[channel*plane + row*line + column].
struct View {
  V* at;
  int32_t channels, rows, columns;
  int32_t plane, line;
  View(V* at, int32_t channels, int32_t rows, int32_t columns, int32_t border = 0)
      : at(at + (ptrdiff_t)border * (columns + 2 * border + 1)),
        channels(channels),
        rows(rows),
        columns(columns),
        plane((rows + 2 * border) * (columns + 2 * border)),
        line(columns + 2 * border) {}
  V* row(int32_t c, int32_t r) const { return at + (ptrdiff_t)c * plane + (ptrdiff_t)r * line; }
};

// Sums that a dense layer keeps in registers.
constexpr int DENSE_BLOCK = LANES == 16 ? 14 : 7;

struct Window {
  int32_t kernel, stride, padding;
};

// ---- Convolution ----------------------------------------------------------------------------

// Calls body.operator()<N>(first) for blocks of channels that cover 0..channels: N accumulators a column, as many as
// two columns' fit into the registers.
template <class Body>
INLINE void channel_blocks(int32_t channels, Body body) {
  int32_t first = 0;
  if constexpr (LANES > 4) {
    for (; channels - first >= 8; first += 8) body.template operator()<8>(first);
    if (channels - first >= 6) body.template operator()<6>(first), first += 6;
  }
  for (; channels - first >= 4; first += 4) body.template operator()<4>(first);
  if constexpr (LANES == 4)
    for (; channels - first >= 2; first += 2) body.template operator()<2>(first);
  for (; first < channels; first++) body.template operator()<1>(first);
}

struct Convolution {
  View x;
  const float *w, *bias;  // bias may be null
  Window window;
  int32_t outputs;
};

// y[p*plane + q] = bias[o+p] + sum over c, r, s of x[c][stride*i + r - padding][stride*(j+q) + s - padding] *
// w[c][r][s][o+p], without the taps that fall outside x. For N = 2 columns no tap may fall left or right of it.
template <int CHANNELS, int N>
ONCE void conv_block(const Convolution& conv, int32_t o, int32_t i, int32_t j, V* y, int32_t plane) {
  const auto [x, w, bias, window, outputs] = conv;  // copies, which stores to y cannot change
  const int32_t k = window.kernel, stride = window.stride;
  const int32_t top = i * stride - window.padding, left = j * stride - window.padding;
  const int32_t first_row = max(0, -top), rows = min(k, x.rows - top);
  const int32_t first = N > 1 ? 0 : max(0, -left), columns = N > 1 ? k : min(k, x.columns - left);
  V sums[CHANNELS][N];
  for (int p = 0; p < CHANNELS; p++)
    for (int q = 0; q < N; q++) sums[p][q] = broadcast(bias ? bias[o + p] : 0.0f);
  for (int32_t c = 0; c < x.channels; c++)
    for (int32_t r = first_row; r < rows; r++) {
      const V* line = x.row(c, top + r) + left;
      const float* weights = w + (ptrdiff_t)((c * k + r) * k) * outputs + o;
      for (int32_t s = first; s < columns; s++) {
        V inputs[N];
        for (int q = 0; q < N; q++) inputs[q] = line[s + q * stride];
        for (int p = 0; p < CHANNELS; p++) {
          const V weight = broadcast(weights[s * outputs + p]);
          for (int q = 0; q < N; q++) sums[p][q] += weight * inputs[q];
        }
      }
    }
  for (int p = 0; p < CHANNELS; p++)
    for (int q = 0; q < N; q++) y[(ptrdiff_t)p * plane + q] = sums[p][q];
}

// The same for `count` columns from j on. Where registers are few, eight channels go in two halves.
template <int CHANNELS>
ONCE void conv_columns(const Convolution& conv, int32_t o, int32_t i, int32_t j, int32_t count, V* y, int32_t plane) {
  constexpr int PART = LANES == 8 && CHANNELS == 8 ? 4 : CHANNELS;
  const Window& window = conv.window;
  for (const int32_t end = j + count; j < end;) {
    const int32_t left = j * window.stride - window.padding;
    if (j + 2 <= end && left >= 0 && left + window.stride + window.kernel <= conv.x.columns) {
      for (int part = 0; part < CHANNELS; part += PART)
        conv_block<PART, 2>(conv, o + part, i, j, y + (ptrdiff_t)part * plane, plane);
      j += 2, y += 2;
    } else {
      conv_block<CHANNELS, 1>(conv, o, i, j, y, plane);
      j += 1, y += 1;
    }
  }
}

// bias may be null.
inline void conv_forward(const View& x, const float* w, const float* bias, const Window& window, const View& y) {
  const Convolution conv = {x, w, bias, window, y.channels};
  channel_blocks(y.channels, [&]<int CHANNELS>(int32_t o) {
    for (int32_t i = 0; i < y.rows; i++) conv_columns<CHANNELS>(conv, o, i, 0, y.columns, y.row(o, i), y.plane);
  });
}

// The maximum of four; `argmax` is null or receives the place of the first maximum, 0..3.
INLINE V first_maximum(const V* tile, I* argmax) {
  const V upper = max(tile[0], tile[1]), under = max(tile[2], tile[3]);
  if (argmax) {
    const I right = under > upper ? tile[3] > tile[2] : tile[1] > tile[0];
    *argmax = ((under > upper) & 2) | (right & 1);
  }
  return max(upper, under);
}

// Convolution and 2x2 maximum; the map between them is never written.
//   argmax  null, or for each element of y: which of its four values, row by row, was the first maximum
inline void conv_pool_forward(const View& x, const float* w, const float* bias, const Window& window, const View& y,
                              I* argmax) {
  const Convolution conv = {x, w, bias, window, y.channels};
  channel_blocks(y.channels, [&]<int CHANNELS>(int32_t o) {
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        V tile[CHANNELS][4];
        conv_columns<CHANNELS>(conv, o, 2 * i, 2 * j, 2, tile[0], 4);
        conv_columns<CHANNELS>(conv, o, 2 * i + 1, 2 * j, 2, tile[0] + 2, 4);
        for (int p = 0; p < CHANNELS; p++) {
          const ptrdiff_t at = ((ptrdiff_t)(o + p) * y.rows + i) * y.columns + j;
          y.row(o + p, i)[j] = first_maximum(tile[p], argmax ? argmax + at : nullptr);
        }
      }
  });
}

// The first group of a shard overwrites the gradient, later groups add to it.
INLINE void add_or_set(float& to, float value, bool accumulate) { to = (accumulate ? to : 0) + value; }

// to[n] += the sum of the lanes of x[n].
INLINE void add_sums(const V* x, int32_t count, float* to, bool accumulate) {
  for (int32_t first = 0; first < count; first += LANES) {
    const int32_t here = min(LANES, count - first);
    V some[LANES] = {};
    for (int32_t n = 0; n < here; n++) some[n] = x[first + n];
    const V total = sums_of(some);
    for (int32_t n = 0; n < here; n++) add_or_set(to[first + n], total[n], accumulate);
  }
}

// gw[q*outputs + p] += the sum of the lanes of sums[p][q].
template <int PAIR, int TAPS>
INLINE void add_sums(const V (&sums)[PAIR][TAPS], float* gw, int32_t outputs, bool accumulate) {
  for (int first = 0; first < PAIR * TAPS; first += LANES) {
    V some[LANES] = {};
    for (int n = first; n < PAIR * TAPS && n < first + LANES; n++) some[n - first] = sums[n / TAPS][n % TAPS];
    const V total = sums_of(some);
    for (int n = first; n < PAIR * TAPS && n < first + LANES; n++) {
      add_or_set(gw[(ptrdiff_t)(n % TAPS) * outputs + n / TAPS], total[n - first], accumulate);
    }
  }
}

// What the gradient of a convolution's weights is computed from: x, with a border of `padding`, and gy.
//   argmax  null, or as conv_pool_forward wrote it: gy is then the gradient of the maxima, the stride 1
struct ConvGradient {
  View x, gy;
  const I* argmax;
  Window window;
};

// A weight: of output channel o, input channel c, kernel row r and kernel column s.
struct Tap {
  int32_t o, c, r, s;
  float* in(float* w, int32_t kernel, int32_t outputs) const {
    return w + (ptrdiff_t)((c * kernel + r) * kernel + s) * outputs + o;
  }
};

// gw[c][r][s][o] += sum over i, j and lanes of x[c][stride*i + r][stride*j + s] * gy[o][i][j].
template <int PAIR, int TAPS>
INLINE void conv_weight_gradient_block(const ConvGradient& gradient, float* gw, bool accumulate, const Tap& tap) {
  const auto [x, gy, argmax, window] = gradient;
  V sums[PAIR][TAPS] = {};
  for (int32_t i = 0; i < gy.rows; i++) {
    const V* line = x.row(tap.c, i * window.stride + tap.r - window.padding) + tap.s - window.padding;
    const V* gradients = gy.row(tap.o, i);
    for (int32_t j = 0; j < gy.columns; j++) {
      V inputs[TAPS];
      for (int q = 0; q < TAPS; q++) inputs[q] = line[j * window.stride + q];
      for (int p = 0; p < PAIR; p++)
        for (int q = 0; q < TAPS; q++) sums[p][q] += gradients[(ptrdiff_t)p * gy.plane + j] * inputs[q];
    }
  }
  add_sums(sums, tap.in(gw, window.kernel, gy.channels), gy.channels, accumulate);
}

// The same for the gradient of a 2x2 maximum, stride 1: each lane has one input per window and tap, so selecting
// it (TAPS + 1 selections of a row, TAPS of a column) saves three of four products.
template <int PAIR, int TAPS>
INLINE void pooled_weight_gradient_block(const ConvGradient& gradient, float* gw, bool accumulate, const Tap& tap) {
  const auto [x, gy, argmax, window] = gradient;
  V sums[PAIR][TAPS] = {};
  for (int32_t i = 0; i < gy.rows; i++) {
    const V* upper = x.row(tap.c, 2 * i + tap.r - window.padding) + tap.s - window.padding;
    const V* under = upper + x.line;
    for (int32_t j = 0; j < gy.columns; j++, upper += 2, under += 2)
      for (int p = 0; p < PAIR; p++) {
        const ptrdiff_t at = ((ptrdiff_t)(tap.o + p) * gy.rows + i) * gy.columns + j;
        const I down = (argmax[at] & 2) != 0, right = (argmax[at] & 1) != 0;
        V inputs[TAPS + 1];
        for (int q = 0; q <= TAPS; q++) inputs[q] = down ? under[q] : upper[q];
        for (int q = 0; q < TAPS; q++) sums[p][q] += gy.at[at] * (right ? inputs[q + 1] : inputs[q]);
      }
  }
  add_sums(sums, tap.in(gw, window.kernel, gy.channels), gy.channels, accumulate);
}

// Calls body.operator()<outputs, taps>(tap) for blocks that cover the weights; `tap` is the first of its block.
template <class Body>
INLINE void weight_blocks(int32_t inputs, int32_t outputs, int32_t kernel, Body body) {
  constexpr int PAIR = LANES < 16 ? 1 : 2;
  const auto all = [&]<int TAPS>() {
    for (int32_t o = 0; o < outputs; o += PAIR)
      for (int32_t c = 0; c < inputs; c++)
        for (int32_t r = 0; r < kernel; r++)
          for (int32_t s = 0; s < kernel; s += TAPS)
            if (o + PAIR <= outputs)
              body.template operator()<PAIR, TAPS>(Tap{o, c, r, s});
            else
              body.template operator()<1, TAPS>(Tap{o, c, r, s});
  };
  if (kernel % 5 == 0)
    all.template operator()<5>();
  else if (kernel % 3 == 0)
    all.template operator()<3>();
  else
    all.template operator()<1>();
}

inline void conv_weight_gradient(const ConvGradient& gradient, float* gw, bool accumulate) {
  const auto block = [&]<int PAIR, int TAPS>(const Tap& tap) {
    if (gradient.argmax)
      pooled_weight_gradient_block<PAIR, TAPS>(gradient, gw, accumulate, tap);
    else
      conv_weight_gradient_block<PAIR, TAPS>(gradient, gw, accumulate, tap);
  };
  weight_blocks(gradient.x.channels, gradient.gy.channels, gradient.window.kernel, block);
}

// gy has no border.
inline void conv_bias_gradient(const View& gy, float* gbias, bool accumulate) {
  for (int32_t o = 0; o < gy.channels; o++) {
    V total = {};
    for (int32_t at = 0; at < gy.plane; at++) total += gy.at[(ptrdiff_t)o * gy.plane + at];
    add_sums(&total, 1, gbias + o, accumulate);
  }
}

// Weights for the input gradient: w[c][kr][kc][o] -> flipped[o][k-1-kr][k-1-kc][c].
inline void flip_kernels(const float* w, int32_t inputs, int32_t kernel, int32_t outputs, float* flipped) {
  const int32_t area = kernel * kernel;
  for (int32_t c = 0; c < inputs; c++)
    for (int32_t at = 0; at < area; at++)
      for (int32_t o = 0; o < outputs; o++)
        flipped[((ptrdiff_t)o * area + area - 1 - at) * inputs + c] = w[((ptrdiff_t)c * area + at) * outputs + o];
}

inline int32_t dilated_side(int32_t side, int32_t stride) { return (side - 1) * stride + 1; }

// Dilates a gradient: its elements lie `stride` apart, zeros between them.
inline void dilate(const View& gy, int32_t stride, const View& dilated) {
  __builtin_memset(dilated.at, 0, (size_t)dilated.channels * dilated.plane * sizeof(V));
  for (int32_t o = 0; o < gy.channels; o++)
    for (int32_t i = 0; i < gy.rows; i++)
      for (int32_t j = 0; j < gy.columns; j++) dilated.row(o, i * stride)[j * stride] = gy.row(o, i)[j];
}

// ---- Max pooling ----------------------------------------------------------------------------

inline void maxpool_forward(const View& x, const View& y, int32_t size) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        V best = x.row(c, i * size)[j * size];
        for (int32_t r = 0; r < size; r++)
          for (int32_t q = 0; q < size; q++) best = max(best, x.row(c, i * size + r)[j * size + q]);
        y.row(c, i)[j] = best;
      }
}

// The first maximum of a window takes its gradient. Rows and columns that no window covers get 0.
inline void maxpool_backward(const View& x, const View& y, const View& gy, const View& gx, int32_t size) {
  __builtin_memset(gx.at, 0, (size_t)gx.channels * gx.plane * sizeof(V));
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        const V best = y.row(c, i)[j], gradient = gy.row(c, i)[j];
        I open = best == best;
        for (int32_t r = 0; r < size; r++)
          for (int32_t q = 0; q < size; q++) {
            const I here = open & (x.row(c, i * size + r)[j * size + q] == best);
            open &= ~here;
            gx.row(c, i * size + r)[j * size + q] = (V)(here & (I)gradient);
          }
      }
}

// ---- Relu -----------------------------------------------------------------------------------

inline void relu_forward(const View& y) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) y.row(c, i)[j] = max(y.row(c, i)[j], V{});
}

inline void relu_backward(const View& y, const View& gy) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        V& gradient = gy.row(c, i)[j];
        gradient = (V)((y.row(c, i)[j] > V{}) & (I)gradient);
      }
}

// ---- Dense ----------------------------------------------------------------------------------

// Calls body(first) for blocks of `size` that cover 0..count; the last block is moved back so that it
// ends at `count` (recomputing what overlaps). Needs count >= size.
template <class Body>
INLINE void blocks(int32_t count, int32_t size, Body body) {
  for (int32_t first = 0; first < count; first += size) body(first + size <= count ? first : count - size);
}

// y[o] = bias[o] + sum over i of x[i] * w[i*across + o*along]; bias may be null.
struct MatrixProduct {
  const V* x;
  int32_t inputs, outputs;
  const float* w;
  ptrdiff_t across, along;
  const float* bias;
  V* y;
};

template <int OB>
INLINE void dense_block(const MatrixProduct& product, int32_t o) {
  const auto [x, inputs, outputs, w, across, along, bias, y] = product;
  V sums[OB];
  for (int p = 0; p < OB; p++) sums[p] = broadcast(bias ? bias[o + p] : 0.0f);
  const float* weights = w + o * along;
  for (int32_t i = 0; i < inputs; i++, weights += across)
    for (int p = 0; p < OB; p++) sums[p] += broadcast(weights[p * along]) * x[i];
  for (int p = 0; p < OB; p++) y[o + p] = sums[p];
}

template <int OB>
INLINE void dense_blocks(const MatrixProduct& product) {
  if (product.outputs >= OB) return blocks(product.outputs, OB, [&](int32_t o) { dense_block<OB>(product, o); });
  for (int32_t o = 0; o < product.outputs; o++) dense_block<1>(product, o);
}

ONCE void dense_forward(const V* x, int32_t inputs, const float* w, const float* bias, V* y, int32_t outputs) {
  dense_blocks<DENSE_BLOCK>({x, inputs, outputs, w, outputs, 1, bias, y});
}

ONCE void dense_input_gradient(const V* gy, int32_t outputs, const float* w, V* gx, int32_t inputs) {
  dense_blocks<LANES == 4 ? DENSE_BLOCK : 8>({gy, outputs, inputs, w, 1, outputs, nullptr, gx});
}

// gw[i][o] += sum over lanes of x[i] * gy[o], with the lanes along o: no sums across a register.
struct DenseGradient {
  const V* x;
  const V* transposed;  // gy as [image][output], whole registers
  int32_t vectors;      // registers of an image's outputs
  int32_t outputs;
  float* gw;
  bool accumulate;
};

// Inputs from i on and registers of outputs from v on. The last register of a row may be filled in part; it is a block
// of its own.
template <int INPUTS, int VECTORS>
ONCE void dense_weight_gradient_block(const DenseGradient& gradient, int32_t i, int32_t v) {
  const auto [x, transposed, vectors, outputs, gw, accumulate] = gradient;
  V sums[INPUTS][VECTORS] = {};
  for (int n = 0; n < LANES; n++)
    for (int p = 0; p < INPUTS; p++) {
      const V input = broadcast(((const float*)(x + i + p))[n]);
      for (int q = 0; q < VECTORS; q++) sums[p][q] += input * transposed[n * vectors + v + q];
    }
  for (int p = 0; p < INPUTS; p++)
    for (int q = 0; q < VECTORS; q++) {
      const int32_t o = (v + q) * LANES, rest = VECTORS > 1 ? LANES : outputs - o;
      float* row = gw + (ptrdiff_t)(i + p) * outputs + o;
      store(row, (accumulate ? load(row, rest) : V{}) + sums[p][q], rest);
    }
}

template <int INPUTS>
INLINE void dense_weight_gradient_rows(const DenseGradient& gradient, int32_t i) {
  constexpr int VECTORS = LANES == 16 ? 3 : 2;
  int32_t v = 0;
  for (; (v + VECTORS) * LANES <= gradient.outputs; v += VECTORS)
    dense_weight_gradient_block<INPUTS, VECTORS>(gradient, i, v);
  for (; v < gradient.vectors; v++) dense_weight_gradient_block<INPUTS, 1>(gradient, i, v);
}

struct Matrix {
  int32_t inputs, outputs;
};

//   scratch  padded(outputs) registers
inline void dense_weight_gradient(const V* x, const V* gy, const Matrix& shape, float* gw, bool accumulate,
                                  V* scratch) {
  constexpr int INPUTS = 4;
  const int32_t vectors = (int32_t)padded(shape.outputs) / LANES;
  for (int32_t v = 0; v < vectors; v++) {
    V some[LANES] = {};
    for (int32_t n = 0; n < min(LANES, shape.outputs - v * LANES); n++) some[n] = gy[v * LANES + n];
    transpose(some);
    for (int n = 0; n < LANES; n++) scratch[n * vectors + v] = some[n];
  }
  const DenseGradient gradient = {x, scratch, vectors, shape.outputs, gw, accumulate};
  int32_t i = 0;
  for (; i + INPUTS <= shape.inputs; i += INPUTS) dense_weight_gradient_rows<INPUTS>(gradient, i);
  for (; i < shape.inputs; i++) dense_weight_gradient_rows<1>(gradient, i);
}

}  // namespace lenet
