// Convolution for LANES images, alone or with 2x2 max pooling in the same pass: forward and gradients.
#pragma once
#include "view.hpp"

namespace lenet {

struct Window {
  int32_t kernel, stride, padding;
};

// ---- Forward --------------------------------------------------------------------------------

// Calls body.operator()<N>(first) for blocks of N channels that cover 0..channels. N is as large as the registers allow
// when a block keeps the sums of two columns in them.
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
  const auto [x, w, bias, window, outputs] = conv;  // copies: the compiler must assume that stores to y change conv
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

// The same for `count` columns from j on. With few registers, eight channels are computed in two halves.
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

// Returns the maximum of four values; writes the index of the first maximum to `argmax` unless it is null.
INLINE V first_maximum(const V* tile, I* argmax) {
  const V upper = max(tile[0], tile[1]), under = max(tile[2], tile[3]);
  if (argmax) {
    const I right = under > upper ? tile[3] > tile[2] : tile[1] > tile[0];
    *argmax = ((under > upper) & 2) | (right & 1);
  }
  return max(upper, under);
}

// Convolution with 2x2 max pooling: the map before pooling is never stored.
//   argmax  null, or receives for each element of y the index of its first maximum, 0..3, row by row
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

// ---- Gradients ------------------------------------------------------------------------------

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

// The inputs of a weight gradient: x, with a border of `padding`, and the output's gradient gy.
//   argmax  null, or as written by conv_pool_forward: gy is then the gradient of the pooled map, and the stride is 1
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

// The same for a pooled convolution of stride 1. In each lane one input per window and tap has a gradient; selecting it
// (TAPS + 1 row selections, TAPS column selections) saves three of four products.
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

// Sums the output's gradient, which has no border, over each channel.
inline void conv_bias_gradient(const View& gy, float* gbias, bool accumulate) {
  for (int32_t o = 0; o < gy.channels; o++) {
    V total = {};
    for (int32_t at = 0; at < gy.plane; at++) total += gy.at[(ptrdiff_t)o * gy.plane + at];
    add_sums(&total, 1, gbias + o, accumulate);
  }
}

// Flips the kernels for the input gradient: w[c][r][s][o] -> flipped[o][k-1-r][k-1-s][c].
inline void flip_kernels(const float* w, int32_t inputs, int32_t kernel, int32_t outputs, float* flipped) {
  const int32_t area = kernel * kernel;
  for (int32_t c = 0; c < inputs; c++)
    for (int32_t at = 0; at < area; at++)
      for (int32_t o = 0; o < outputs; o++)
        flipped[((ptrdiff_t)o * area + area - 1 - at) * inputs + c] = w[((ptrdiff_t)c * area + at) * outputs + o];
}

inline int32_t dilated_side(int32_t side, int32_t stride) { return (side - 1) * stride + 1; }

// Dilates a gradient: places its elements `stride` apart, with zeros between them.
inline void dilate(const View& gy, int32_t stride, const View& dilated) {
  __builtin_memset(dilated.at, 0, (size_t)dilated.channels * dilated.plane * sizeof(V));
  for (int32_t o = 0; o < gy.channels; o++)
    for (int32_t i = 0; i < gy.rows; i++)
      for (int32_t j = 0; j < gy.columns; j++) dilated.row(o, i * stride)[j * stride] = gy.row(o, i)[j];
}

}  // namespace lenet
