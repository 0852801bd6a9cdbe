// A network planned from its layers: the passes over its activations, their shapes, and where everything lies.
#pragma once
#include "classic.hpp"
#include "layers.hpp"
#include "lenet.h"
#include "scalar.hpp"
#include "sparse.hpp"
#include "winograd.hpp"

namespace lenet {

constexpr int32_t MAX_SIDE = LENET_MAX_SIDE, MAX_CHANNELS = LENET_MAX_CHANNELS, MAX_KERNEL = 15, MAX_STRIDE = 8;
constexpr int64_t MAX_PARAMETERS = LENET_MAX_PARAMETERS, MAX_VECTORS = int64_t(1) << 24;
constexpr float MAX_LEVEL = LENET_MAX_LEVEL;

// Where an activation and its gradient live, in vectors from the start of their arenas.
struct Buffer {
  int32_t channels, rows, columns;
  int32_t border;   // around the values: the padding of the convolution that reads them
  int32_t trained;  // whether a layer with weights lies before it
  float pad_value;  // the value of the border
  int64_t value, gradient;
  int64_t size() const { return (int64_t)channels * rows * columns; }
  int64_t vectors() const { return (int64_t)channels * (rows + 2 * border) * (columns + 2 * border); }
};

// What one pass over an activation does: buffer l becomes buffer l + 1.
struct Op {
  int32_t kind;               // lenet_kind; an activation that follows another one is a pass of its own
  int32_t out_channels;       // of a convolution or a dense layer
  int32_t side;               // of a resized image
  Window window;              // of a convolution or of pooling
  int32_t activation;         // LENET_RELU or LENET_TANH: what it ends with; or 0
  int32_t pooled;             // whether a convolution ends with a 2x2 maximum,
  int32_t fast;               // and goes by minimal filtering
  int32_t unit;               // whether a convolution has a bias for each unit instead of for each channel
  int32_t entries;            // of its table: which of its weights there are, or its codes; 0: no table
  int32_t table;              // where it begins in the plan's tables
  float pad_value;            // of a convolution's padding
  int64_t weight, bias, end;  // its parameters
  int64_t argmax;             // of a pooled convolution: the place in the arena of choices
};

struct Plan {
  int32_t ready;  // PLANNED, or the bytes are no network
  int32_t count, height, width, classes;
  int32_t squashed;  // whether it has tanh layers
  int32_t entries;   // of all tables
  float low, gain;   // a pixel of 0..1 is low + gain * pixel to the network
  int64_t parameters, values, gradients, argmax, dilated, flipped, sparse, winograd, dense_weights;
  Op op[LENET_MAX_LAYERS];
  Buffer buffer[LENET_MAX_LAYERS + 1];
  uint8_t tables[LENET_MAX_TABLE];

  bool scaled() const { return low != 0 || gain != 1; }
  const uint8_t* table(const Op& op) const { return tables + op.table; }
};
constexpr int32_t PLANNED = 0x4C654E65;

inline bool is_level(float x) { return x >= -MAX_LEVEL && x <= MAX_LEVEL; }  // false for NaN

// Appends a layer as a pass of its own, with its table.
inline bool add_pass(Plan& plan, const lenet_layer& layer, const uint8_t* tables) {
  Op& op = plan.op[plan.count++];
  op = Op{};
  op.kind = layer.kind;
  op.out_channels = layer.out_channels;
  op.side = layer.side;
  op.window = {layer.window, layer.window, 0};
  if (layer.kind == LENET_CONV) op.window = {layer.kernel, layer.stride, layer.padding};
  op.activation = layer.kind == LENET_RELU || layer.kind == LENET_TANH ? layer.kind : 0;
  op.unit = layer.biases;
  op.pad_value = layer.pad_value;
  op.entries = layer.table;
  op.table = plan.entries;
  if (layer.table < 0 || layer.table > LENET_MAX_TABLE - plan.entries || (layer.table && !tables)) return false;
  for (int32_t e = 0; e < layer.table; e++) plan.tables[plan.entries + e] = tables[plan.entries + e] != 0;
  plan.entries += layer.table;
  return true;
}

// The way back through a maximum looks for its value, which a tanh would have changed (a relu leaves it, or 0 and
// no gradient).
inline bool ends_with_tanh(const lenet_layer& layer, const Op& last) {
  return layer.kind == LENET_TANH && last.kind != LENET_MAXPOOL;
}

// Joins layers into passes. Relu and tanh never fall, so they commute with max pooling: after it there is less to do.
inline bool join(Plan& plan, const lenet_layer* layers, int32_t count, const uint8_t* tables) {
  for (int32_t l = 0; l < count; l++) {
    const lenet_layer& layer = layers[l];
    Op* last = plan.count ? &plan.op[plan.count - 1] : nullptr;
    if (layer.kind == LENET_SCALE) {
      if (l || !is_level(layer.low) || !is_level(layer.high)) return false;
      plan.low = layer.low;
      plan.gain = layer.high - layer.low;
    } else if (layer.kind == LENET_RESIZE && l != (layers[0].kind == LENET_SCALE)) {
      return false;
    } else if (layer.kind == LENET_RELU && (last ? last->activation == LENET_RELU : !plan.scaled())) {
      // Twice is as good as once, and pixels are not negative.
    } else if (last && !last->activation && (layer.kind == LENET_RELU || ends_with_tanh(layer, *last))) {
      last->activation = layer.kind;
    } else if (layer.kind == LENET_MAXPOOL && layer.window == 2 && last && last->kind == LENET_CONV && !last->pooled &&
               last->window.stride == 1 && !last->unit && last->pad_value == 0) {
      last->pooled = 1;
    } else if (!add_pass(plan, layer, tables)) {
      return false;
    }
    plan.squashed |= layer.kind == LENET_TANH;
  }
  return true;
}

// Whether each of a convolution's output channels has an input.
inline bool all_fed(const uint8_t* table, int32_t inputs, int32_t outputs) {
  for (int32_t o = 0; o < outputs; o++)
    if (!sources(table, inputs, outputs, o)) return false;
  return true;
}

inline bool conv_shape(const Plan& plan, const Op& op, const Buffer& in, Buffer& out) {
  const Window& w = op.window;
  if (op.out_channels < 1 || op.out_channels > MAX_CHANNELS || w.kernel < 1 || w.kernel > MAX_KERNEL || w.stride < 1 ||
      w.stride > MAX_STRIDE || w.padding < 0 || w.padding >= w.kernel || in.rows + 2 * w.padding < w.kernel ||
      in.columns + 2 * w.padding < w.kernel || op.unit < 0 || op.unit > 1 || !is_level(op.pad_value))
    return false;
  if (op.entries &&
      (op.entries != (int64_t)in.channels * op.out_channels || !all_fed(plan.table(op), in.channels, op.out_channels)))
    return false;
  out.channels = op.out_channels;
  out.rows = ((in.rows + 2 * w.padding - w.kernel) / w.stride + 1) >> op.pooled;
  out.columns = ((in.columns + 2 * w.padding - w.kernel) / w.stride + 1) >> op.pooled;
  return out.rows > 0 && out.columns > 0;
}

// Fills the shape that a pass makes of `in`; false where it does not fit.
inline bool shape_after(const Plan& plan, const Op& op, const Buffer& in, bool flat, Buffer& out) {
  const bool table = op.kind == LENET_CONV || op.kind == LENET_RBF;
  if (!table && op.entries) return false;
  switch (op.kind) {
    case LENET_CONV:
      return !flat && conv_shape(plan, op, in, out);
    case LENET_MAXPOOL:
    case LENET_SUBSAMPLE: {
      const int32_t window = op.window.kernel;
      if (flat || window < 1 || window > in.rows || window > in.columns) return false;
      out.channels = in.channels;
      out.rows = in.rows / window;
      out.columns = in.columns / window;
      return true;
    }
    case LENET_RESIZE:
      if (flat || op.side < 1 || op.side > in.rows || op.side > in.columns) return false;
      out.channels = in.channels;
      out.rows = out.columns = op.side;
      return true;
    case LENET_RBF:
      if (&op != &plan.op[plan.count - 1] || op.entries != in.size() * op.out_channels) return false;
      [[fallthrough]];
    case LENET_DENSE:
      if (op.out_channels < 1 || op.out_channels > MAX_CHANNELS) return false;
      out.channels = op.out_channels;
      out.rows = out.columns = 1;
      return true;
    case LENET_RELU:
    case LENET_TANH:
      out.channels = in.channels;
      out.rows = in.rows;
      out.columns = in.columns;
      return true;
    default:
      return false;
  }
}

// The gradient of a convolution's full output, its elements `stride` apart.
struct Dilated {
  int32_t rows, columns;
  Dilated(const Op& op, const Buffer& out)
      : rows((out.rows - 1) * op.window.stride + 1), columns((out.columns - 1) * op.window.stride + 1) {}
};

// A pass with numbers to be learned takes its place among the parameters.
inline void place_parameters(Plan& plan, Op& op, int64_t weights, int64_t biases) {
  op.weight = plan.parameters;
  op.bias = op.weight + weights;
  op.end = plan.parameters = op.bias + biases;
}

inline void place_conv(Plan& plan, Op& op, Buffer& in, const Buffer& out) {
  const int64_t area = (int64_t)op.window.kernel * op.window.kernel, weights = in.channels * area * op.out_channels;
  const int64_t pairs = op.entries ? connections(plan.table(op), op.entries) : (int64_t)in.channels * op.out_channels;
  if (op.entries) plan.dense_weights = max(plan.dense_weights, padded(weights) / LANES);
  in.border = op.window.padding;
  in.pad_value = op.pad_value;
  op.argmax = plan.argmax;
  if (op.pooled) {
    plan.argmax += out.size();
    op.fast = Winograd::suits(op.window.kernel, in.channels);
    if (op.fast) plan.winograd = max(plan.winograd, Winograd::vectors(in.channels, op.out_channels, out.columns));
  }
  if (Sparse::suits(op.window.kernel, in.channels, op.pooled) || (op.pooled && in.trained)) {
    const int64_t rows = in.rows + 2 * op.window.padding, columns = in.columns + 2 * op.window.padding;
    plan.sparse = max(plan.sparse, Sparse::vectors(in.channels, rows, columns, op.window.kernel, op.out_channels,
                                                   (int64_t)out.rows * out.columns));
  }
  if (in.trained && !op.pooled) {
    const Dilated dilated(op, out);
    plan.flipped = max(plan.flipped, padded(weights) / LANES);
    if (op.window.stride > 1) plan.dilated = max(plan.dilated, (int64_t)out.channels * dilated.rows * dilated.columns);
  }
  place_parameters(plan, op, pairs * area, op.unit ? out.size() : op.out_channels);
}

// Places parameters and scratch of a pass whose shapes are known.
inline void place_pass(Plan& plan, Op& op, Buffer& in, const Buffer& out) {
  op.weight = op.bias = op.end = plan.parameters;
  if (op.kind == LENET_DENSE || op.kind == LENET_RBF) plan.flipped = max(plan.flipped, padded(op.out_channels));
  switch (op.kind) {
    case LENET_CONV:
      place_conv(plan, op, in, out);
      break;
    case LENET_SUBSAMPLE:
      place_parameters(plan, op, in.channels, in.channels);
      break;
    case LENET_DENSE:
      place_parameters(plan, op, in.size() * op.out_channels, op.out_channels);
      break;
    case LENET_RBF:
      plan.dense_weights = max(plan.dense_weights, padded(op.entries) / LANES);
  }
}

// Places values and gradients once all shapes and borders are known.
inline bool place(Plan& plan) {
  for (int32_t b = 0; b <= plan.count; b++) {
    Buffer& buffer = plan.buffer[b];
    buffer.value = plan.values;
    buffer.gradient = plan.gradients;
    plan.values += buffer.vectors();
    if (buffer.trained) plan.gradients += buffer.size();
    if (plan.values > MAX_VECTORS || plan.gradients > MAX_VECTORS || plan.dilated > MAX_VECTORS ||
        plan.winograd > MAX_VECTORS)
      return false;
  }
  return true;
}

inline int32_t plan_network(Plan& plan, const lenet_layer* layers, int32_t count, int32_t height, int32_t width,
                            const uint8_t* tables) {
  plan.ready = 0;
  if (count < 1 || count > LENET_MAX_LAYERS || height < 1 || width < 1 || height > MAX_SIDE || width > MAX_SIDE ||
      (layers[count - 1].kind != LENET_DENSE && layers[count - 1].kind != LENET_RBF))
    return LENET_BAD_NETWORK;
  __builtin_memset(&plan, 0, sizeof plan);
  plan.height = height;
  plan.width = width;
  plan.gain = 1;
  plan.buffer[0] = Buffer{1, height, width, 0, 0, 0, 0, 0};
  if (!join(plan, layers, count, tables)) return LENET_BAD_NETWORK;
  bool flat = false;
  for (int32_t l = 0; l < plan.count; l++) {
    Op& op = plan.op[l];
    Buffer &in = plan.buffer[l], &out = plan.buffer[l + 1];
    if (!shape_after(plan, op, in, flat, out) || out.size() > MAX_VECTORS) return LENET_BAD_NETWORK;
    place_pass(plan, op, in, out);
    if (plan.parameters > MAX_PARAMETERS) return LENET_BAD_NETWORK;
    out.trained = plan.parameters > 0;
    flat |= op.kind == LENET_DENSE;
  }
  if (!plan.parameters || !place(plan)) return LENET_BAD_NETWORK;
  plan.classes = plan.buffer[plan.count].channels;
  plan.ready = PLANNED;
  return LENET_OK;
}

// Initial weights, `count` from `first` on, of units with so many inputs: see lenet_initialise.
ONCE void draw(const Plan& plan, uint32_t seed, float* parameters, int64_t first, int64_t count, double fan_in) {
  const float bound = (float)(plan.squashed ? 2.4 / fan_in : __builtin_sqrt(6 / fan_in));
  for (int64_t w = first; w < first + count; w++)
    parameters[w] = bound * Random(seed, Purpose::initialise, (uint64_t)w).symmetric();
}

inline void initialise(const Plan& plan, uint32_t seed, float* parameters) {
  for (int64_t p = 0; p < plan.parameters; p++) parameters[p] = 0;
  for (int32_t l = 0; l < plan.count; l++) {
    const Op& op = plan.op[l];
    const int64_t weights = op.bias - op.weight;
    if (!weights) continue;
    if (op.kind == LENET_CONV && op.entries) {
      const int32_t inputs = plan.buffer[l].channels, area = op.window.kernel * op.window.kernel;
      each_connection(plan.table(op), inputs, op.out_channels, [&](int32_t n, int32_t, int32_t o) {
        const double fan_in = (double)area * sources(plan.table(op), inputs, op.out_channels, o);
        draw(plan, seed, parameters, op.weight + (int64_t)n * area, area, fan_in);
      });
    } else {
      const double fan_in =
          op.kind == LENET_SUBSAMPLE ? (double)op.window.kernel * op.window.kernel : (double)weights / op.out_channels;
      draw(plan, seed, parameters, op.weight, weights, fan_in);
    }
  }
}

}  // namespace lenet
