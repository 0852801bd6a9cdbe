// A network planned from its layers, and one group of LANES images going through it and back.
#pragma once
#include "layers.hpp"
#include "lenet.h"
#include "scalar.hpp"

namespace lenet {

constexpr int32_t MAX_SIDE = LENET_MAX_SIDE, MAX_CHANNELS = LENET_MAX_CHANNELS, MAX_KERNEL = 15, MAX_STRIDE = 8;
constexpr int64_t MAX_PARAMETERS = LENET_MAX_PARAMETERS, MAX_VECTORS = int64_t(1) << 24;

// Where an activation and its gradient live, in vectors from the start of their arenas.
struct Buffer {
  int32_t channels, rows, columns;
  int32_t border;           // zeros around the values: the padding of the convolution that reads them
  int32_t step, rim;        // of the gradient: dilation, and zeros before the first element
  int32_t wide, high;       // columns and rows of the gradient's plane
  int64_t value, gradient;
  int32_t trained;          // whether a layer with weights lies before it
  int64_t size() const { return (int64_t)channels * rows * columns; }
  int64_t vectors() const { return (int64_t)channels * (rows + 2 * border) * (columns + 2 * border); }
};

struct Op {
  int32_t kind, size, kernel, stride, padding;
  int32_t in, out;  // buffers; a relu works in place
  int64_t weight, bias;
};

struct Plan {
  int32_t ready;  // PLANNED, or the bytes are no network
  int32_t count, buffers, height, width, classes;
  int64_t parameters, values, gradients, turned, turned_rows, flat;
  Op op[LENET_MAX_LAYERS];
  Buffer buffer[LENET_MAX_LAYERS + 1];
};
constexpr int32_t PLANNED = 0x4C654E65;

// Relu commutes with max pooling: pooled first, it has a quarter of the work and the same result.
inline void pool_before_relu(lenet_layer* layers, int32_t count) {
  for (int32_t l = 0; l + 1 < count; l++)
    if (layers[l].kind == LENET_RELU && layers[l + 1].kind == LENET_MAXPOOL) {
      const lenet_layer relu = layers[l];
      layers[l] = layers[l + 1];
      layers[l + 1] = relu;
    }
}

// Fills the shape that a layer makes of `in`; false where it does not fit.
inline bool shape_after(const lenet_layer& layer, const Buffer& in, bool flat, Buffer& out) {
  switch (layer.kind) {
    case LENET_CONV:
      if (flat || layer.size < 1 || layer.size > MAX_CHANNELS || layer.kernel < 1 || layer.kernel > MAX_KERNEL ||
          layer.stride < 1 || layer.stride > MAX_STRIDE || layer.padding < 0 || layer.padding >= layer.kernel ||
          in.rows + 2 * layer.padding < layer.kernel || in.columns + 2 * layer.padding < layer.kernel)
        return false;
      out.channels = layer.size;
      out.rows = (in.rows + 2 * layer.padding - layer.kernel) / layer.stride + 1;
      out.columns = (in.columns + 2 * layer.padding - layer.kernel) / layer.stride + 1;
      return true;
    case LENET_MAXPOOL:
      if (flat || layer.size < 1 || layer.size > in.rows || layer.size > in.columns) return false;
      out.channels = in.channels;
      out.rows = in.rows / layer.size;
      out.columns = in.columns / layer.size;
      return true;
    case LENET_DENSE:
      if (layer.size < 1 || layer.size > MAX_CHANNELS) return false;
      out.channels = layer.size;
      out.rows = out.columns = 1;
      return true;
    default:
      return false;
  }
}

// Places values and gradients once all shapes, borders and dilations are known.
inline bool place(Plan& plan) {
  for (int32_t b = 0; b < plan.buffers; b++) {
    Buffer& buffer = plan.buffer[b];
    buffer.value = plan.values;
    buffer.gradient = plan.gradients;
    plan.values += buffer.vectors();
    if (buffer.trained) plan.gradients += (int64_t)buffer.channels * buffer.high * buffer.wide;
    if (plan.values > MAX_VECTORS || plan.gradients > MAX_VECTORS) return false;
  }
  return true;
}

inline int32_t plan_network(Plan& plan, const lenet_layer* given, int32_t count, int32_t height, int32_t width) {
  if (count < 1 || count > LENET_MAX_LAYERS || height < 1 || width < 1 || height > MAX_SIDE || width > MAX_SIDE)
    return LENET_BAD_NETWORK;
  lenet_layer layers[LENET_MAX_LAYERS];
  for (int32_t l = 0; l < count; l++) layers[l] = given[l];
  if (layers[count - 1].kind != LENET_DENSE) return LENET_BAD_NETWORK;
  pool_before_relu(layers, count);

  plan = Plan{};
  plan.count = count;
  plan.height = height;
  plan.width = width;
  plan.buffers = 1;
  plan.buffer[0] = Buffer{1, height, width, 0, 1, 0, width, height, 0, 0, 0};
  bool flat = false;
  for (int32_t l = 0; l < count; l++) {
    const lenet_layer& layer = layers[l];
    Op& op = plan.op[l];
    op = Op{layer.kind, layer.size, layer.kernel, layer.stride, layer.padding, plan.buffers - 1, plan.buffers, 0, 0};
    Buffer& in = plan.buffer[op.in];
    if (layer.kind == LENET_RELU) {
      op.out = op.in;
      continue;
    }
    Buffer& out = plan.buffer[plan.buffers++];
    if (!shape_after(layer, in, flat, out) || out.size() > MAX_VECTORS) return LENET_BAD_NETWORK;
    out.step = 1;
    out.wide = out.columns;
    out.high = out.rows;
    out.trained = in.trained;
    int64_t weights = 0;
    if (layer.kind == LENET_CONV) {
      in.border = layer.padding;
      weights = (int64_t)in.channels * layer.kernel * layer.kernel * layer.size;
      plan.turned = plan.turned > weights ? plan.turned : weights;
      if (in.trained) {
        out.step = layer.stride;
        out.rim = layer.kernel - 1 - layer.padding;
        out.wide = in.columns + layer.kernel - 1;
        out.high = in.rows + layer.kernel - 1;
      }
    }
    if (layer.kind == LENET_DENSE) {
      weights = in.size() * layer.size;
      plan.flat = plan.flat > in.size() ? plan.flat : in.size();
      plan.turned_rows = plan.turned_rows > padded(layer.size) ? plan.turned_rows : padded(layer.size);
      flat = true;
    }
    if (weights) {
      out.trained = 1;
      op.weight = plan.parameters;
      op.bias = op.weight + weights;
      plan.parameters = op.bias + layer.size;
      if (plan.parameters > MAX_PARAMETERS) return LENET_BAD_NETWORK;
    }
  }
  if (!place(plan)) return LENET_BAD_NETWORK;
  plan.classes = plan.buffer[plan.buffers - 1].channels;
  plan.ready = PLANNED;
  return LENET_OK;
}

inline void initialise(const Plan& plan, uint32_t seed, float* parameters) {
  for (int64_t p = 0; p < plan.parameters; p++) parameters[p] = 0;
  for (int32_t l = 0; l < plan.count; l++) {
    const Op& op = plan.op[l];
    const int64_t weights = op.bias - op.weight;
    if (!weights) continue;
    const float bound = (float)__builtin_sqrt(6.0 * op.size / (double)weights);  // fan_in = weights / outputs
    for (int64_t w = 0; w < weights; w++)
      parameters[op.weight + w] = bound * Random(seed, Purpose::initialise, (uint64_t)(op.weight + w)).symmetric();
  }
}

// Sums of a run over images: cross-entropy in nats, and how often the most probable class was right.
struct Score {
  double loss = 0;
  int64_t right = 0;
};

// One group of LANES images in a workspace.
class Group {
 public:
  static int64_t predict_bytes(const Plan& plan) { return plan.values * (int64_t)sizeof(V); }
  static int64_t bytes(const Plan& plan) {
    return (plan.values + plan.gradients + plan.flat + plan.turned_rows) * (int64_t)sizeof(V) +
           (plan.turned * (int64_t)sizeof(float) + 63) / 64 * 64;
  }

  // Only the zeros around values (and gradients, for `training`) have to be there beforehand.
  Group(const Plan& plan, void* workspace, bool training) : plan_(plan), values_((V*)workspace) {
    for (int32_t b = 0; b < plan.buffers; b++)
      if (plan.buffer[b].border) clear(values_ + plan.buffer[b].value, plan.buffer[b].vectors());
    if (!training) return;
    gradients_ = values_ + plan.values;
    flat_ = gradients_ + plan.gradients;
    turned_rows_ = (float*)(flat_ + plan.flat);
    turned_ = (float*)(flat_ + plan.flat + plan.turned_rows);
    clear(gradients_, plan.gradients);
  }

  // The input plane: element (row, column) of lane l is input().row(0, row)[column][l], 0..1.
  View input() const { return value(0); }
  const V* logits() const { return value(plan_.buffers - 1).at; }

  // Loads `count` <= LANES images; the other lanes are blank.
  void load(const uint8_t* images, int32_t count) const {
    const View in = input();
    const int64_t area = (int64_t)plan_.height * plan_.width;
    for (int32_t r = 0; r < plan_.height; r++)
      for (int32_t c = 0; c < plan_.width; c++) {
        V pixel = {};
        for (int32_t l = 0; l < count; l++) pixel[l] = (float)images[l * area + r * plan_.width + c];
        in.row(0, r)[c] = pixel * (1.0f / 255);
      }
  }

  void forward(const float* parameters) const {
    for (int32_t l = 0; l < plan_.count; l++) {
      const Op& op = plan_.op[l];
      const View y = value(op.out);
      const float *w = parameters + op.weight, *bias = parameters + op.bias;
      switch (op.kind) {
        case LENET_CONV: conv_forward(padded_value(op.in), w, bias, y, op.kernel, op.stride); break;
        case LENET_MAXPOOL: maxpool_forward(value(op.in), y, op.size); break;
        case LENET_RELU: relu_forward(y); break;
        case LENET_DENSE: dense_forward(value(op.in).at, (int32_t)plan_.buffer[op.in].size(), w, bias, y.at, op.size);
      }
    }
  }

  // Turns the logits of the first `count` lanes into loss and gradient (scaled by `share`).
  void loss(const uint8_t* labels, int32_t count, float smoothing, float share, Score& score) const {
    const int32_t classes = plan_.classes;
    const V *z = logits();
    V* g = gradient(plan_.buffers - 1).at;
    V top = z[0], total = {}, all = {};
    for (int32_t c = 1; c < classes; c++) top = max(top, z[c]);
    for (int32_t c = 0; c < classes; c++) {
      g[c] = exp(z[c] - top);
      total += g[c];
      all += z[c] - top;
    }
    const float rest = smoothing / (float)classes, main = 1 - smoothing;
    V live = {};
    for (int32_t l = 0; l < count; l++) live[l] = share;
    for (int32_t c = 0; c < classes; c++) g[c] = (g[c] / total - rest) * live;
    for (int32_t l = 0; l < count; l++) {
      const int32_t label = labels[l];
      const double log_total = logarithm(total[l]), own = z[label][l] - top[l];
      score.loss -= main * (own - log_total) + rest * (all[l] - classes * log_total);
      score.right += own == 0;
      g[label][l] -= main * share;
    }
  }

  // Adds this group's gradient to `sums`.
  void backward(const float* parameters, float* sums) const {
    for (int32_t l = plan_.count - 1; l >= 0; l--) {
      const Op& op = plan_.op[l];
      const Buffer& in = plan_.buffer[op.in];
      if (!plan_.buffer[op.out].trained) return;
      const View gy = gradient(op.out);
      const float* w = parameters + op.weight;
      float *gw = sums + op.weight, *gbias = sums + op.bias;
      switch (op.kind) {
        case LENET_CONV:
          conv_weights(padded_value(op.in), gy, gw, gbias, op.kernel, op.stride);
          if (!in.trained) return;
          conv_turn(w, in.channels, op.kernel, op.size, turned_);
          conv_forward(dilated_gradient(op.out), turned_, nullptr, gradient(op.in), op.kernel, 1);
          break;
        case LENET_MAXPOOL: maxpool_backward(value(op.in), value(op.out), gy, gradient(op.in), op.size); break;
        case LENET_RELU: relu_backward(value(op.out), gy); break;
        case LENET_DENSE:
          dense_weights(value(op.in).at, (int32_t)in.size(), gy.at, op.size, gw, gbias, turned_rows_);
          if (!in.trained) return;
          dense_gradient(op, gy.at, w);
      }
    }
  }

 private:
  View value(int32_t b) const {
    const Buffer& buffer = plan_.buffer[b];
    const int32_t line = buffer.columns + 2 * buffer.border;
    return {values_ + buffer.value + (ptrdiff_t)buffer.border * (line + 1), buffer.channels, buffer.rows,
            buffer.columns, (buffer.rows + 2 * buffer.border) * line, line, 1};
  }
  View padded_value(int32_t b) const {
    const Buffer& buffer = plan_.buffer[b];
    const int32_t rows = buffer.rows + 2 * buffer.border, line = buffer.columns + 2 * buffer.border;
    return {values_ + buffer.value, buffer.channels, rows, line, rows * line, line, 1};
  }
  View gradient(int32_t b) const {
    const Buffer& buffer = plan_.buffer[b];
    return {gradients_ + buffer.gradient + (ptrdiff_t)buffer.rim * (buffer.wide + 1), buffer.channels, buffer.rows,
            buffer.columns, buffer.high * buffer.wide, buffer.wide * buffer.step, buffer.step};
  }
  View dilated_gradient(int32_t b) const {
    const Buffer& buffer = plan_.buffer[b];
    return {gradients_ + buffer.gradient, buffer.channels, buffer.high, buffer.wide, buffer.high * buffer.wide,
            buffer.wide, 1};
  }

  void dense_gradient(const Op& op, const V* gy, const float* w) const {
    const View gx = gradient(op.in);
    const int32_t inputs = (int32_t)plan_.buffer[op.in].size();
    if (gx.contiguous()) return dense_inputs(gy, op.size, w, gx.at, inputs);
    dense_inputs(gy, op.size, w, flat_, inputs);
    const V* from = flat_;
    for (int32_t c = 0; c < gx.channels; c++)
      for (int32_t i = 0; i < gx.rows; i++)
        for (int32_t j = 0; j < gx.columns; j++) gx.row(c, i)[j * gx.step] = *from++;
  }

  static void clear(V* at, int64_t count) { __builtin_memset(at, 0, (size_t)count * sizeof(V)); }

  const Plan& plan_;
  V* values_;
  V* gradients_ = nullptr;
  V* flat_ = nullptr;
  float* turned_rows_ = nullptr;
  float* turned_ = nullptr;
};

inline void predict(const Plan& plan, const float* parameters, const uint8_t* images, int64_t count,
                    float temperature, float* probabilities, void* workspace) {
  const Group group(plan, workspace, false);
  const int64_t area = (int64_t)plan.height * plan.width;
  const float inverse = 1 / temperature;
  for (int64_t first = 0; first < count; first += LANES) {
    const int32_t here = (int32_t)(count - first < LANES ? count - first : LANES);
    group.load(images + first * area, here);
    group.forward(parameters);
    V* z = const_cast<V*>(group.logits());
    V top = z[0], total = {};
    for (int32_t c = 1; c < plan.classes; c++) top = max(top, z[c]);
    for (int32_t c = 0; c < plan.classes; c++) total += z[c] = exp((z[c] - top) * inverse);
    for (int32_t c = 0; c < plan.classes; c++) {
      const V probability = z[c] / total;
      for (int32_t l = 0; l < here; l++) probabilities[(first + l) * plan.classes + c] = probability[l];
    }
  }
}

}  // namespace lenet
