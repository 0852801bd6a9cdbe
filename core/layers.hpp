// Max pooling, relu and dense layers for LANES images: forward and gradients.
#pragma once
#include "view.hpp"

namespace lenet {

// ---- Max pooling ----------------------------------------------------------------------------

inline void maxpool_forward(const View& x, const View& y, int32_t window) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        V best = x.row(c, i * window)[j * window];
        for (int32_t r = 0; r < window; r++)
          for (int32_t q = 0; q < window; q++) best = max(best, x.row(c, i * window + r)[j * window + q]);
        y.row(c, i)[j] = best;
      }
}

// The first maximum of a window receives the gradient. Rows and columns outside all windows get 0.
inline void maxpool_backward(const View& x, const View& y, const View& gy, const View& gx, int32_t window) {
  __builtin_memset(gx.at, 0, (size_t)gx.channels * gx.plane * sizeof(V));
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        const V best = y.row(c, i)[j], gradient = gy.row(c, i)[j];
        I open = best == best;
        for (int32_t r = 0; r < window; r++)
          for (int32_t q = 0; q < window; q++) {
            const I chosen = open & (x.row(c, i * window + r)[j * window + q] == best);
            open &= ~chosen;
            gx.row(c, i * window + r)[j * window + q] = (V)(chosen & (I)gradient);
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

// Number of sums that a dense layer keeps in registers.
constexpr int DENSE_BLOCK = LANES == 16 ? 14 : 7;

// Calls body(first) for blocks of `size` that cover 0..count, for count >= size. The last block is moved back to end at
// `count`: it computes some elements a second time.
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

// Computes INPUTS rows from i on and VECTORS registers of outputs from v on. A last, partly filled register of a row is
// a block of its own.
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
