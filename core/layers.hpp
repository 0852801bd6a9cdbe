// Convolution, max pooling, dense layers and relu, forward and backward, on views of lanes.
//
// A convolution's gradient is kept "dilated": its elements stand `step` apart in a zeroed plane with
// a border of kernel - 1 - padding, so that the gradient of its input is one plain stride-1
// convolution whatever the stride was.
#pragma once
#include "lanes.hpp"

namespace lenet {

// Element (channel, row, column) of an activation or gradient is at[channel*plane + row*line + column*step].
struct View {
  V* at;
  int32_t channels, rows, columns;
  int32_t plane, line, step;
  V* row(int32_t c, int32_t r) const { return at + (ptrdiff_t)c * plane + (ptrdiff_t)r * line; }
  bool contiguous() const { return step == 1 && line == columns && plane == rows * columns; }
};

// Register blocks: output channels x columns of accumulators, with room for the inputs.
#if LANES == 16
constexpr int CHANNEL_BLOCK = 4, COLUMN_BLOCK = 5, DENSE_BLOCK = 14, OUTER_BLOCK = 4;
#else
constexpr int CHANNEL_BLOCK = 4, COLUMN_BLOCK = 2, DENSE_BLOCK = 7, OUTER_BLOCK = 4;
#endif

// Calls body(first) for blocks of `size` that cover 0..count; the last block is moved back so that it
// ends at `count` (recomputing what overlaps). Needs count >= size.
template <class Body>
INLINE void blocks(int32_t count, int32_t size, Body body) {
  for (int32_t first = 0; first < count; first += size)
    body(first + size <= count ? first : count - size);
}

// ---- Convolution ----------------------------------------------------------------------------

// One block of y[o][j] = bias[o] + sum over c, kr, kc of x[c][row + kr][stride*j + kc] * w[c][kr][kc][o].
template <int OB, int WB, int KERNEL, int STRIDE>
INLINE void conv_block(const View& x, const float* w, const float* bias, const View& y, int32_t kernel,
                       int32_t stride, int32_t o, int32_t i, int32_t j) {
  const int32_t k = KERNEL ? KERNEL : kernel, s = STRIDE ? STRIDE : stride, outputs = y.channels;
  V sums[OB][WB];
  for (int p = 0; p < OB; p++)
    for (int q = 0; q < WB; q++) sums[p][q] = broadcast(bias ? bias[o + p] : 0.0f);
  for (int32_t c = 0; c < x.channels; c++)
    for (int32_t kr = 0; kr < k; kr++) {
      const V* line = x.row(c, i * s + kr) + j * s;
      const float* weights = w + (ptrdiff_t)((c * k + kr) * k) * outputs + o;
      for (int32_t kc = 0; kc < k; kc++) {
        V inputs[WB];
        for (int q = 0; q < WB; q++) inputs[q] = line[q * s + kc];
        for (int p = 0; p < OB; p++) {
          const V weight = broadcast(weights[kc * outputs + p]);
          for (int q = 0; q < WB; q++) sums[p][q] += weight * inputs[q];
        }
      }
    }
  for (int p = 0; p < OB; p++)
    for (int q = 0; q < WB; q++) y.row(o + p, i)[(j + q) * y.step] = sums[p][q];
}

template <int OB, int WB, int KERNEL, int STRIDE>
void conv_blocks(const View& x, const float* w, const float* bias, const View& y, int32_t kernel,
                 int32_t stride) {
  blocks(y.channels, OB, [&](int32_t o) {
    for (int32_t i = 0; i < y.rows; i++)
      blocks(y.columns, WB, [&](int32_t j) {
        conv_block<OB, WB, KERNEL, STRIDE>(x, w, bias, y, kernel, stride, o, i, j);
      });
  });
}

template <int OB, int WB>
void conv_kernels(const View& x, const float* w, const float* bias, const View& y, int32_t kernel,
                  int32_t stride) {
  if (kernel == 5 && stride == 1) return conv_blocks<OB, WB, 5, 1>(x, w, bias, y, kernel, stride);
  conv_blocks<OB, WB, 0, 0>(x, w, bias, y, kernel, stride);
}

// x is the padded input; its step is 1. bias may be null.
inline void conv_forward(const View& x, const float* w, const float* bias, const View& y,
                         int32_t kernel, int32_t stride) {
  const bool deep = y.channels >= CHANNEL_BLOCK, wide = y.columns >= COLUMN_BLOCK;
  if (deep && wide) return conv_kernels<CHANNEL_BLOCK, COLUMN_BLOCK>(x, w, bias, y, kernel, stride);
  if (deep) return conv_kernels<CHANNEL_BLOCK, 1>(x, w, bias, y, kernel, stride);
  if (wide) return conv_kernels<1, COLUMN_BLOCK>(x, w, bias, y, kernel, stride);
  conv_kernels<1, 1>(x, w, bias, y, kernel, stride);
}

// gw[c][kr][kc..kc+KB][o..o+OB] += sum over i, j and lanes of x[c][stride*i + kr][stride*j + kc] * gy[o][i][j].
template <int OB, int KB>
INLINE void conv_weights_block(const View& x, const View& gy, float* gw, int32_t kernel, int32_t stride,
                               int32_t o, int32_t c, int32_t kr, int32_t kc) {
  V sums[OB][KB] = {};
  for (int32_t i = 0; i < gy.rows; i++) {
    const V* line = x.row(c, i * stride + kr) + kc;
    const V* gradients = gy.row(o, i);
    for (int32_t j = 0; j < gy.columns; j++) {
      V inputs[KB];
      for (int q = 0; q < KB; q++) inputs[q] = line[j * stride + q];
      for (int p = 0; p < OB; p++) {
        const V gradient = gradients[(ptrdiff_t)p * gy.plane + j * gy.step];
        for (int q = 0; q < KB; q++) sums[p][q] += gradient * inputs[q];
      }
    }
  }
  for (int p = 0; p < OB; p++)
    for (int q = 0; q < KB; q++)
      gw[(ptrdiff_t)((c * kernel + kr) * kernel + kc + q) * gy.channels + o + p] += sum(sums[p][q]);
}

template <int OB, int KB>
void conv_weights_blocks(const View& x, const View& gy, float* gw, int32_t kernel, int32_t stride,
                         int32_t first, int32_t end) {
  for (int32_t o = first; o + OB <= end; o += OB)
    for (int32_t c = 0; c < x.channels; c++)
      for (int32_t kr = 0; kr < kernel; kr++)
        for (int32_t kc = 0; kc < kernel; kc += KB)
          conv_weights_block<OB, KB>(x, gy, gw, kernel, stride, o, c, kr, kc);
}

inline void conv_weights(const View& x, const View& gy, float* gw, float* gbias, int32_t kernel,
                         int32_t stride) {
  constexpr int PAIR = 2;
  const int32_t paired = gy.channels / PAIR * PAIR;
  if (kernel % 5 == 0) {
    conv_weights_blocks<PAIR, 5>(x, gy, gw, kernel, stride, 0, paired);
    conv_weights_blocks<1, 5>(x, gy, gw, kernel, stride, paired, gy.channels);
  } else {
    conv_weights_blocks<PAIR, 1>(x, gy, gw, kernel, stride, 0, paired);
    conv_weights_blocks<1, 1>(x, gy, gw, kernel, stride, paired, gy.channels);
  }
  for (int32_t o = 0; o < gy.channels; o++) {
    V total = {};
    for (int32_t i = 0; i < gy.rows; i++)
      for (int32_t j = 0; j < gy.columns; j++) total += gy.row(o, i)[j * gy.step];
    gbias[o] += sum(total);
  }
}

// Weights for the input gradient: w[c][kr][kc][o] -> turned[o][k-1-kr][k-1-kc][c].
inline void conv_turn(const float* w, int32_t inputs, int32_t kernel, int32_t outputs, float* turned) {
  const int32_t area = kernel * kernel;
  for (int32_t c = 0; c < inputs; c++)
    for (int32_t at = 0; at < area; at++)
      for (int32_t o = 0; o < outputs; o++)
        turned[((ptrdiff_t)o * area + area - 1 - at) * inputs + c] = w[((ptrdiff_t)c * area + at) * outputs + o];
}

// ---- Max pooling ----------------------------------------------------------------------------

inline void maxpool_forward(const View& x, const View& y, int32_t size) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        V best = x.row(c, i * size)[j * size];
        for (int32_t r = 0; r < size; r++)
          for (int32_t q = 0; q < size; q++) best = max(best, x.row(c, i * size + r)[j * size + q]);
        y.row(c, i)[j * y.step] = best;
      }
}

// The first maximum of a window takes its gradient. Rows and columns that no window covers get 0.
inline void maxpool_backward(const View& x, const View& y, const View& gy, const View& gx, int32_t size) {
  for (int32_t c = 0; c < x.channels; c++) {
    for (int32_t i = 0; i < x.rows; i++)
      for (int32_t j = 0; j < x.columns; j++)
        if (i >= y.rows * size || j >= y.columns * size) gx.row(c, i)[j * gx.step] = V{};
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        const V best = y.row(c, i)[j * y.step], gradient = gy.row(c, i)[j * gy.step];
        I open = best == best;
        for (int32_t r = 0; r < size; r++)
          for (int32_t q = 0; q < size; q++) {
            const I here = open & (x.row(c, i * size + r)[j * size + q] == best);
            open &= ~here;
            gx.row(c, i * size + r)[(j * size + q) * gx.step] = (V)(here & (I)gradient);
          }
      }
  }
}

// ---- Relu, in place -------------------------------------------------------------------------

inline void relu_forward(const View& y) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) y.row(c, i)[j * y.step] = max(y.row(c, i)[j * y.step], V{});
}

inline void relu_backward(const View& y, const View& gy) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        V& gradient = gy.row(c, i)[j * gy.step];
        gradient = (V)((y.row(c, i)[j * y.step] > V{}) & (I)gradient);
      }
}

// ---- Dense ----------------------------------------------------------------------------------

// y[o] = bias[o] + sum over i of x[i] * w[i*across + o*along].
template <int OB>
INLINE void dense_block(const V* x, int32_t inputs, const float* w, ptrdiff_t across, ptrdiff_t along,
                        const float* bias, V* y, int32_t o) {
  V sums[OB];
  for (int p = 0; p < OB; p++) sums[p] = broadcast(bias ? bias[o + p] : 0.0f);
  const float* weights = w + o * along;
  for (int32_t i = 0; i < inputs; i++, weights += across)
    for (int p = 0; p < OB; p++) sums[p] += broadcast(weights[p * along]) * x[i];
  for (int p = 0; p < OB; p++) y[o + p] = sums[p];
}

template <int OB>
INLINE void dense_blocks(const V* x, int32_t inputs, const float* w, ptrdiff_t across, ptrdiff_t along,
                         const float* bias, V* y, int32_t outputs) {
  if (outputs >= OB)
    return blocks(outputs, OB, [&](int32_t o) { dense_block<OB>(x, inputs, w, across, along, bias, y, o); });
  for (int32_t o = 0; o < outputs; o++) dense_block<1>(x, inputs, w, across, along, bias, y, o);
}

inline void dense_forward(const V* x, int32_t inputs, const float* w, const float* bias, V* y,
                          int32_t outputs) {
  dense_blocks<DENSE_BLOCK>(x, inputs, w, outputs, 1, bias, y, outputs);
}

inline void dense_inputs(const V* gy, int32_t outputs, const float* w, V* gx, int32_t inputs) {
  dense_blocks<8>(gy, outputs, w, 1, outputs, nullptr, gx, inputs);
}

// gw[i][o] += sum over lanes of x[i] * gy[o], with the lanes along o: no sums across a register.
//   turned  space for LANES * padded(outputs) floats: gy as [image][output]
inline int32_t padded(int32_t outputs) { return (outputs + LANES - 1) / LANES * LANES; }

template <int IB>
INLINE void dense_weights_block(const V* x, const float* turned, int32_t width, float* gw, int32_t outputs,
                                int32_t i, int32_t o) {
  V sums[IB] = {};
  for (int n = 0; n < LANES; n++) {
    V gradient;
    __builtin_memcpy(&gradient, turned + (ptrdiff_t)n * width + o, sizeof gradient);
    for (int p = 0; p < IB; p++) sums[p] += broadcast(((const float*)(x + i + p))[n]) * gradient;
  }
  const int32_t rest = outputs - o < LANES ? outputs - o : LANES;
  for (int p = 0; p < IB; p++) {
    float* row = gw + (ptrdiff_t)(i + p) * outputs + o;
    if (rest == LANES) {
      V total;
      __builtin_memcpy(&total, row, sizeof total);
      total += sums[p];
      __builtin_memcpy(row, &total, sizeof total);
    } else {
      for (int32_t l = 0; l < rest; l++) row[l] += sums[p][l];
    }
  }
}

inline void dense_weights(const V* x, int32_t inputs, const V* gy, int32_t outputs, float* gw, float* gbias,
                          float* turned) {
  const int32_t width = padded(outputs);
  for (int n = 0; n < LANES; n++)
    for (int32_t o = 0; o < width; o++)
      turned[(ptrdiff_t)n * width + o] = o < outputs ? ((const float*)(gy + o))[n] : 0.0f;
  int32_t i = 0;
  for (; i + OUTER_BLOCK <= inputs; i += OUTER_BLOCK)
    for (int32_t o = 0; o < width; o += LANES)
      dense_weights_block<OUTER_BLOCK>(x, turned, width, gw, outputs, i, o);
  for (; i < inputs; i++)
    for (int32_t o = 0; o < width; o += LANES) dense_weights_block<1>(x, turned, width, gw, outputs, i, o);
  for (int32_t o = 0; o < outputs; o++) gbias[o] += sum(gy[o]);
}

}  // namespace lenet
