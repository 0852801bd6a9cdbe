// Layers of the papers of 1989 to 1998: scaled tanh, trainable subsampling, connection tables, output codes, unit
// biases and resized inputs.
#pragma once
#include "view.hpp"

namespace lenet {

// ---- Scaled tanh: 1.7159 tanh(2/3 x) (LeCun et al. 1998, appendix A) ------------------------------

constexpr float TANH_HEIGHT = 1.7159f, TANH_SLOPE = 2.0f / 3;

inline void tanh_forward(const View& y) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        V& value = y.row(c, i)[j];
        value = TANH_HEIGHT * tanh(TANH_SLOPE * value);
      }
}

inline void tanh_backward(const View& y, const View& gy) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        const V value = y.row(c, i)[j];
        gy.row(c, i)[j] *= TANH_SLOPE / TANH_HEIGHT * (TANH_HEIGHT - value) * (TANH_HEIGHT + value);
      }
}

// Copies a map; for activation functions that are a pass of their own.
ONCE void copy(const View& x, const View& y) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++) __builtin_memcpy(y.row(c, i), x.row(c, i), (size_t)y.columns * sizeof(V));
}

// ---- Trainable subsampling (LeCun et al. 1998, section II.B) --------------------------------------

// Sums a pooling window.
INLINE V window_sum(const View& x, int32_t c, int32_t i, int32_t j, int32_t window) {
  V total = {};
  for (int32_t r = 0; r < window; r++)
    for (int32_t q = 0; q < window; q++) total += x.row(c, i * window + r)[j * window + q];
  return total;
}

inline void subsample_forward(const View& x, const float* w, const float* bias, const View& y, int32_t window) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) y.row(c, i)[j] = w[c] * window_sum(x, c, i, j, window) + bias[c];
}

inline void subsample_weight_gradient(const View& x, const View& gy, float* gw, float* gbias, bool accumulate,
                                      int32_t window) {
  for (int32_t c = 0; c < gy.channels; c++) {
    V sums[2] = {};
    for (int32_t i = 0; i < gy.rows; i++)
      for (int32_t j = 0; j < gy.columns; j++) {
        const V gradient = gy.row(c, i)[j];
        sums[0] += gradient * window_sum(x, c, i, j, window);
        sums[1] += gradient;
      }
    add_sums(sums, 1, gw + c, accumulate);
    add_sums(sums + 1, 1, gbias + c, accumulate);
  }
}

// Rows and columns outside all windows get 0.
inline void subsample_input_gradient(const View& gy, const float* w, const View& gx, int32_t window) {
  for (int32_t c = 0; c < gx.channels; c++)
    for (int32_t i = 0; i < gx.rows; i++)
      for (int32_t j = 0; j < gx.columns; j++) {
        const bool covered = i / window < gy.rows && j / window < gy.columns;
        gx.row(c, i)[j] = covered ? w[c] * gy.row(c, i / window)[j / window] : V{};
      }
}

// ---- Connection tables and output codes -----------------------------------------------------------

// A connection table: 1 where an input channel is connected with an output channel, (inputs, outputs).
struct Table {
  const uint8_t* entries;
  int32_t inputs, outputs;

  int64_t connections() const {
    int64_t total = 0;
    ROLLED for (int64_t e = 0; e < (int64_t)inputs * outputs; e++) total += entries[e];
    return total;
  }
  // Number of inputs of one output channel.
  int32_t sources(int32_t o) const {
    int32_t total = 0;
    ROLLED for (int32_t c = 0; c < inputs; c++) total += entries[c * outputs + o];
    return total;
  }
  bool feeds_all() const {
    for (int32_t o = 0; o < outputs; o++)
      if (!sources(o)) return false;
    return true;
  }
  // Calls body(n, c, o) for the n-th connection, from input c to output o.
  template <class Body>
  void each_connection(Body body) const {
    int32_t n = 0;
    for (int32_t c = 0; c < inputs; c++)
      for (int32_t o = 0; o < outputs; o++)
        if (entries[c * outputs + o]) body(n++, c, o);
  }
};

// Scatters the weights of the connections, (connections, area), into dense weights, (inputs, area, outputs); zeros
// elsewhere.
inline void scatter_weights(const Table& table, int32_t area, const float* w, float* dense_weights) {
  __builtin_memset(dense_weights, 0, (size_t)table.inputs * area * table.outputs * sizeof(float));
  table.each_connection([&](int32_t n, int32_t c, int32_t o) {
    ROLLED for (int32_t at = 0; at < area; at++) {
      dense_weights[((ptrdiff_t)c * area + at) * table.outputs + o] = w[(ptrdiff_t)n * area + at];
    }
  });
}

// Gathers the gradient of the connections from the dense weights' gradient.
inline void gather_weights(const Table& table, int32_t area, const float* dense_weights, float* gw, bool accumulate) {
  table.each_connection([&](int32_t n, int32_t c, int32_t o) {
    for (int32_t at = 0; at < area; at++)
      add_or_set(gw[(ptrdiff_t)n * area + at], dense_weights[((ptrdiff_t)c * area + at) * table.outputs + o],
                 accumulate);
  });
}

// The constant weights of an rbf layer (see Rbf in operations.hpp): codes (outputs, inputs) -> +-2 (inputs, outputs).
inline void code_weights(const uint8_t* codes, int32_t inputs, int32_t outputs, float* dense_weights) {
  for (int32_t o = 0; o < outputs; o++)
    ROLLED for (int32_t i = 0; i < inputs; i++) dense_weights[(ptrdiff_t)i * outputs + o] = *codes++ ? 2.0f : -2.0f;
}

// ---- A bias for each unit (LeCun et al. 1989) -----------------------------------------------------

inline void add_unit_biases(const View& y, const float* bias) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) y.row(c, i)[j] += *bias++;
}

// ---- Resized input --------------------------------------------------------------------------------

// A line of `from` pixels is divided into `to` equal parts, from >= to. Calls body(p, share) for each pixel p that part
// i overlaps, with the pixel's share of the part's mean.
template <class Body>
INLINE void covered(int32_t i, int32_t from, int32_t to, Body body) {
  for (int32_t p = i * from / to; p * to < (i + 1) * from; p++)
    body(p, (float)(min((p + 1) * to, (i + 1) * from) - max(p * to, i * from)) / (float)from);
}

// Area averaging: each element of y is the mean of the part of x that it covers.
inline void resize_forward(const View& x, const View& y) {
  for (int32_t c = 0; c < y.channels; c++)
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        V total = {};
        covered(i, x.rows, y.rows, [&](int32_t r, float tall) {
          covered(j, x.columns, y.columns, [&](int32_t q, float wide) { total += tall * wide * x.row(c, r)[q]; });
        });
        y.row(c, i)[j] = total;
      }
}

}  // namespace lenet
