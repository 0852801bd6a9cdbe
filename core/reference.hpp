// The definition of every layer: plain loops with named axes, one image, sums in float64 that are rounded once. Written
// to be read and to check the fast kernels; the tests hold both within 1e-5.
//
//   x(c, i, j)     input: channel c, row i, column j
//   y(o, i, j)     output: channel o, row i, column j
//   w(o, c, r, s)  weight: output channel o, input channel c, kernel row r, kernel column s
#pragma once
#include "operations.hpp"

namespace lenet::reference {

template <class Number>
struct Map {
  Number* at;
  int32_t channels, rows, columns;
  Number& operator()(int32_t c, int32_t i, int32_t j) const { return at[((int64_t)c * rows + i) * columns + j]; }
  int64_t size() const { return (int64_t)channels * rows * columns; }
};

// One layer at work. Parameters and tables lie layer after layer, so each layer takes its own in turn.
struct Call {
  const lenet_layer& layer;
  Map<const float> x;
  Map<float> y;
  const float*& parameters;
  const uint8_t*& tables;

  const float* take(int64_t count) const {
    parameters += count;
    return parameters - count;
  }
  const uint8_t* take_table() const {
    tables += layer.table_size;
    return tables - layer.table_size;
  }
};

// Calls body(i, j) for each place of a map, row by row.
template <class Number, class Body>
inline void each_place(const Map<Number>& map, Body body) {
  for (int32_t i = 0; i < map.rows; i++)
    for (int32_t j = 0; j < map.columns; j++) body(i, j);
}

// ---- Convolution ----------------------------------------------------------------------------

// y(o, i, j) = bias + sum over c, r, s of w(o, c, r, s) * x(c, stride*i + r - padding, stride*j + s - padding), where x
// outside its rows and columns is the padding's value. The loop over o is the innermost: weights lie side by side
// there.
inline void forward(Conv, const Call& call) {
  const auto& [layer, x, y, parameters, tables] = call;
  const int32_t k = layer.kernel, area = k * k, outputs = y.channels;
  const uint8_t* table = layer.table_size ? call.take_table() : nullptr;
  const int64_t pairs = table ? Table{table, x.channels, outputs}.connections() : (int64_t)x.channels * outputs;
  const float* weights = call.take(pairs * area);
  const float* bias = call.take(layer.biases ? y.size() : outputs);
  const auto padded_x = [&](int32_t c, int32_t row, int32_t column) {
    const bool inside = row >= 0 && row < x.rows && column >= 0 && column < x.columns;
    return inside ? x(c, row, column) : layer.pad_value;
  };
  each_place(y, [&](int32_t i, int32_t j) {
    double sum[MAX_CHANNELS];
    for (int32_t o = 0; o < outputs; o++) sum[o] = bias[layer.biases ? (o * y.rows + i) * y.columns + j : o];
    const float* w = weights;  // (c, r, s, o); with a table (connection, r, s)
    for (int32_t c = 0; c < x.channels; c++) {
      for (int32_t r = 0; r < k; r++)
        for (int32_t s = 0; s < k; s++) {
          const double value = padded_x(c, layer.stride * i + r - layer.padding, layer.stride * j + s - layer.padding);
          if (value == 0) continue;
          const float* tap = table ? w + r * k + s : w + (int64_t)(r * k + s) * outputs;
          if (!table)
            VECTORISE for (int32_t o = 0; o < outputs; o++) sum[o] += value * tap[o];
          else
            for (int32_t o = 0; o < outputs; o++)
              if (table[c * outputs + o]) sum[o] += value * *tap, tap += area;
        }
      w += area * (table ? Table{table + c * outputs, 1, outputs}.connections() : outputs);
    }
    for (int32_t o = 0; o < outputs; o++) y(o, i, j) = (float)sum[o];
  });
}

// ---- Pooling --------------------------------------------------------------------------------

// y(c, i, j) = maximum over r, s of x(c, window*i + r, window*j + s)
inline void forward(MaxPool, const Call& call) {
  const auto& [layer, x, y, parameters, tables] = call;
  const int32_t window = layer.window;
  for (int32_t c = 0; c < y.channels; c++)
    each_place(y, [&](int32_t i, int32_t j) {
      float best = x(c, window * i, window * j);
      for (int32_t r = 0; r < window; r++)
        for (int32_t s = 0; s < window; s++) {
          const float value = x(c, window * i + r, window * j + s);
          best = value > best ? value : best;
        }
      y(c, i, j) = best;
    });
}

// y(c, i, j) = bias(c) + w(c) * sum over r, s of x(c, window*i + r, window*j + s)
inline void forward(Subsample, const Call& call) {
  const auto& [layer, x, y, parameters, tables] = call;
  const float *w = call.take(x.channels), *bias = call.take(x.channels);
  const int32_t window = layer.window;
  for (int32_t c = 0; c < y.channels; c++)
    each_place(y, [&](int32_t i, int32_t j) {
      double sum = 0;
      for (int32_t r = 0; r < window; r++)
        for (int32_t s = 0; s < window; s++) sum += x(c, window * i + r, window * j + s);
      y(c, i, j) = (float)(bias[c] + w[c] * sum);
    });
}

// ---- Dense and RBF --------------------------------------------------------------------------

// y(o) = bias(o) + sum over n of w(n, o) * x(n), where n counts channel, row and column
inline void forward(Dense, const Call& call) {
  const auto& [layer, x, y, parameters, tables] = call;
  const int64_t inputs = x.size();
  const float *w = call.take(inputs * y.channels), *bias = call.take(y.channels);
  double sum[MAX_CHANNELS];
  for (int32_t o = 0; o < y.channels; o++) sum[o] = bias[o];
  for (int64_t n = 0; n < inputs; n++, w += y.channels) {
    const double value = x.at[n];
    if (value == 0) continue;
    VECTORISE for (int32_t o = 0; o < y.channels; o++) sum[o] += value * w[o];
  }
  for (int32_t o = 0; o < y.channels; o++) y(o, 0, 0) = (float)sum[o];
}

// y(o) = -sum over n of (x(n) - code(o, n))^2 with codes of +-1. lenet_predict leaves out the terms that are the same
// for all classes; a softmax gives the same probabilities.
inline void forward(Rbf, const Call& call) {
  const auto& [layer, x, y, parameters, tables] = call;
  const uint8_t* codes = call.take_table();
  for (int32_t o = 0; o < y.channels; o++) {
    double sum = 0;
    for (int64_t n = 0; n < x.size(); n++) {
      const double difference = x.at[n] - (codes[o * x.size() + n] ? 1.0 : -1.0);
      sum += difference * difference;
    }
    y(o, 0, 0) = (float)-sum;
  }
}

// ---- Activation functions and inputs --------------------------------------------------------

// y = max(0, x)
inline void forward(Relu, const Call& call) {
  for (int64_t n = 0; n < call.y.size(); n++) call.y.at[n] = call.x.at[n] > 0 ? call.x.at[n] : 0;
}

// y = 1.7159 tanh(2/3 x)
inline void forward(Tanh, const Call& call) {
  for (int64_t n = 0; n < call.y.size(); n++) {
    const double x = call.x.at[n] * (2.0 / 3), magnitude = x < 0 ? -x : x;
    // Below 1e-4 the first two terms of the series are exact to the last bit; beyond 20 the result is 1.
    const double power = exponential(-2 * (magnitude < 20 ? magnitude : 20));
    const double tanh =
        magnitude < 1e-4 ? magnitude - magnitude * magnitude * magnitude / 3 : (1 - power) / (1 + power);
    call.y.at[n] = (float)(1.7159 * (x < 0 ? -tanh : tanh));
  }
}

// y = low + (high - low) * x
inline void forward(Scale, const Call& call) {
  const double low = call.layer.low, high = call.layer.high;
  for (int64_t n = 0; n < call.y.size(); n++) call.y.at[n] = (float)(low + (high - low) * call.x.at[n]);
}

// y(c, i, j) = mean of the rectangle of x that the pixel (i, j) covers, pixels at its edge in proportion
inline void forward(Resize, const Call& call) {
  const auto& [layer, x, y, parameters, tables] = call;
  // Length of the part of pixel p that lies within cell i, both on a line of `pixels` pixels and `cells` cells.
  const auto overlap = [](int32_t p, int32_t pixels, int32_t i, int32_t cells) {
    const int32_t begin = max(p * cells, i * pixels), end = min((p + 1) * cells, (i + 1) * pixels);
    return end > begin ? (double)(end - begin) / pixels : 0.0;
  };
  for (int32_t c = 0; c < y.channels; c++)
    each_place(y, [&](int32_t i, int32_t j) {
      double sum = 0;
      for (int32_t row = i * x.rows / y.rows; row < x.rows; row++) {
        const double tall = overlap(row, x.rows, i, y.rows);
        if (tall == 0) break;
        for (int32_t column = j * x.columns / y.columns; column < x.columns; column++) {
          const double wide = overlap(column, x.columns, j, y.columns);
          if (wide == 0) break;
          sum += tall * wide * x(c, row, column);
        }
      }
      y(c, i, j) = (float)sum;
    });
}

// ---- All layers -----------------------------------------------------------------------------

// Shape of a layer's output. The layers of a planned network fit together.
inline Map<float> output(const lenet_layer& layer, Map<float> x) {
  const auto after = [&](int32_t side) { return (side + 2 * layer.padding - layer.kernel) / layer.stride + 1; };
  switch (layer.kind) {
    case LENET_CONV:
      return {x.at, layer.out_channels, after(x.rows), after(x.columns)};
    case LENET_MAXPOOL:
    case LENET_SUBSAMPLE:
      return {x.at, x.channels, x.rows / layer.window, x.columns / layer.window};
    case LENET_RESIZE:
      return {x.at, x.channels, layer.side, layer.side};
    case LENET_DENSE:
    case LENET_RBF:
      return {x.at, layer.out_channels, 1, 1};
    default:
      return x;
  }
}

// Writes the shapes of the input and of every layer's output, if wanted; returns how many numbers these have in all.
inline int64_t activations_count(const Plan& plan, int32_t* shapes) {
  Map<float> map = {nullptr, 1, plan.height, plan.width};
  int64_t count = 0;
  for (int32_t l = 0; l <= plan.layer_count; l++) {
    if (l) map = output(plan.layer[l - 1], map);
    if (shapes) shapes[3 * l] = map.channels, shapes[3 * l + 1] = map.rows, shapes[3 * l + 2] = map.columns;
    count += map.size();
  }
  return count;
}

inline void activations(const Plan& plan, const float* parameters, const uint8_t* image, float* values) {
  Map<float> x = {values, 1, plan.height, plan.width};
  const uint8_t* tables = plan.tables;
  for (int64_t n = 0; n < x.size(); n++) x.at[n] = (float)(image[n] / 255.0);
  for (int32_t l = 0; l < plan.layer_count; l++) {
    Map<float> y = output(plan.layer[l], x);
    y.at = x.at + x.size();
    const Call call = {plan.layer[l], {x.at, x.channels, x.rows, x.columns}, y, parameters, tables};
    Layers::find(plan.layer[l].kind, [&]<class Layer>() { forward(Layer{}, call); });
    x = y;
  }
}

}  // namespace lenet::reference
