// A network planned from its layers, and one group of LANES images going through it and back.
#pragma once
#include "layers.hpp"
#include "lenet.h"
#include "scalar.hpp"
#include "winograd.hpp"

namespace lenet {

constexpr int32_t MAX_SIDE = LENET_MAX_SIDE, MAX_CHANNELS = LENET_MAX_CHANNELS, MAX_KERNEL = 15, MAX_STRIDE = 8;
constexpr int64_t MAX_PARAMETERS = LENET_MAX_PARAMETERS, MAX_VECTORS = int64_t(1) << 24;

// Where an activation and its gradient live, in vectors from the start of their arenas.
struct Buffer {
  int32_t channels, rows, columns;
  int32_t border;   // zeros around the values: the padding of the convolution that reads them
  int32_t trained;  // whether a layer with weights lies before it
  int64_t value, gradient;
  int64_t size() const { return (int64_t)channels * rows * columns; }
  int64_t vectors() const { return (int64_t)channels * (rows + 2 * border) * (columns + 2 * border); }
};

// What one pass over an activation does: buffer l becomes buffer l + 1.
struct Op {
  int32_t kind, size;  // of convolution, pooling or dense; see lenet_layer
  Window window;
  int32_t relu;    // whether it ends with one
  int32_t pooled;  // whether a convolution ends with a 2x2 maximum,
  int32_t fast;    // and goes by minimal filtering
  int64_t weight, bias;
  int64_t which;  // of a pooled convolution: the place in the arena of choices
};

struct Plan {
  int32_t ready;  // PLANNED, or the bytes are no network
  int32_t count, height, width, classes;
  int64_t parameters, values, gradients, choices, spread, turned, winograd;
  Op op[LENET_MAX_LAYERS];
  Buffer buffer[LENET_MAX_LAYERS + 1];
};
constexpr int32_t PLANNED = 0x4C654E65;

// Joins layers into passes. Relu commutes with max pooling: after it there is less to do. What a network
// eats is not negative, so a relu before any other layer does nothing.
inline int32_t fuse(const lenet_layer* layers, int32_t count, Op* op) {
  int32_t n = 0;
  for (int32_t l = 0; l < count; l++) {
    const lenet_layer& layer = layers[l];
    Op* last = n ? &op[n - 1] : nullptr;
    if (layer.kind == LENET_RELU) {
      if (last) last->relu = 1;
    } else if (layer.kind == LENET_MAXPOOL && layer.size == 2 && last && last->kind == LENET_CONV && !last->pooled &&
               last->window.stride == 1) {
      last->pooled = 1;
    } else {
      op[n++] = Op{layer.kind, layer.size, {layer.kernel, layer.stride, layer.padding}, 0, 0, 0, 0, 0, 0};
    }
  }
  return n;
}

// Fills the shape that a pass makes of `in`; false where it does not fit.
inline bool shape_after(const Op& op, const Buffer& in, bool flat, Buffer& out) {
  const Window& w = op.window;
  switch (op.kind) {
    case LENET_CONV:
      if (flat || op.size < 1 || op.size > MAX_CHANNELS || w.kernel < 1 || w.kernel > MAX_KERNEL || w.stride < 1 ||
          w.stride > MAX_STRIDE || w.padding < 0 || w.padding >= w.kernel || in.rows + 2 * w.padding < w.kernel ||
          in.columns + 2 * w.padding < w.kernel)
        return false;
      out.channels = op.size;
      out.rows = ((in.rows + 2 * w.padding - w.kernel) / w.stride + 1) >> op.pooled;
      out.columns = ((in.columns + 2 * w.padding - w.kernel) / w.stride + 1) >> op.pooled;
      return out.rows > 0 && out.columns > 0;
    case LENET_MAXPOOL:
      if (flat || op.size < 1 || op.size > in.rows || op.size > in.columns) return false;
      out.channels = in.channels;
      out.rows = in.rows / op.size;
      out.columns = in.columns / op.size;
      return true;
    case LENET_DENSE:
      if (op.size < 1 || op.size > MAX_CHANNELS) return false;
      out.channels = op.size;
      out.rows = out.columns = 1;
      return true;
    default:
      return false;
  }
}

// The gradient of a convolution's full output, its elements `stride` apart.
struct Spread {
  int32_t rows, columns;
  Spread(const Op& op, const Buffer& out)
      : rows(op.pooled ? 2 * out.rows : (out.rows - 1) * op.window.stride + 1),
        columns(op.pooled ? 2 * out.columns : (out.columns - 1) * op.window.stride + 1) {}
};

// Places weights and scratch of a pass whose shapes are known.
inline int64_t weights_of(Plan& plan, Op& op, Buffer& in, const Buffer& out) {
  if (op.kind == LENET_DENSE) {
    plan.turned = larger(plan.turned, padded(op.size));
    return in.size() * op.size;
  }
  if (op.kind != LENET_CONV) return 0;
  const int64_t weights = (int64_t)in.channels * op.window.kernel * op.window.kernel * op.size;
  in.border = op.window.padding;
  op.which = plan.choices;
  if (op.pooled) {
    plan.choices += out.size();
    op.fast = Winograd::suits(op.window.kernel, in.channels);
    if (op.fast) plan.winograd = larger(plan.winograd, Winograd::vectors(in.channels, op.size, out.columns));
  }
  if (in.trained && !op.fast) {
    const Spread spread(op, out);
    plan.turned = larger(plan.turned, padded(weights) / LANES);
    if (op.pooled || op.window.stride > 1)
      plan.spread = larger(plan.spread, (int64_t)out.channels * spread.rows * spread.columns);
  }
  return weights;
}

// Places values and gradients once all shapes and borders are known.
inline bool place(Plan& plan) {
  for (int32_t b = 0; b <= plan.count; b++) {
    Buffer& buffer = plan.buffer[b];
    buffer.value = plan.values;
    buffer.gradient = plan.gradients;
    plan.values += buffer.vectors();
    if (buffer.trained) plan.gradients += buffer.size();
    if (plan.values > MAX_VECTORS || plan.gradients > MAX_VECTORS || plan.spread > MAX_VECTORS ||
        plan.winograd > MAX_VECTORS)
      return false;
  }
  return true;
}

inline int32_t plan_network(Plan& plan, const lenet_layer* layers, int32_t count, int32_t height, int32_t width) {
  if (count < 1 || count > LENET_MAX_LAYERS || height < 1 || width < 1 || height > MAX_SIDE || width > MAX_SIDE ||
      layers[count - 1].kind != LENET_DENSE)
    return LENET_BAD_NETWORK;
  plan = Plan{};
  plan.count = fuse(layers, count, plan.op);
  plan.height = height;
  plan.width = width;
  plan.buffer[0] = Buffer{1, height, width, 0, 0, 0, 0};
  bool flat = false;
  for (int32_t l = 0; l < plan.count; l++) {
    Op& op = plan.op[l];
    Buffer &in = plan.buffer[l], &out = plan.buffer[l + 1];
    if (!shape_after(op, in, flat, out) || out.size() > MAX_VECTORS) return LENET_BAD_NETWORK;
    const int64_t weights = weights_of(plan, op, in, out);
    op.weight = plan.parameters;
    op.bias = op.weight + weights;
    if (weights) plan.parameters = op.bias + op.size;
    if (plan.parameters > MAX_PARAMETERS) return LENET_BAD_NETWORK;
    out.trained = in.trained || weights;
    flat = op.kind == LENET_DENSE;
  }
  if (!place(plan)) return LENET_BAD_NETWORK;
  plan.classes = plan.buffer[plan.count].channels;
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

// exponentials = e^((z - top) * scale), and their total, in each lane.
struct Softmax {
  V top, total = {};
  Softmax(const V* z, int32_t classes, float scale, V* exponentials) : top(z[0]) {
    for (int32_t c = 1; c < classes; c++) top = max(top, z[c]);
    for (int32_t c = 0; c < classes; c++) total += exponentials[c] = exp((z[c] - top) * scale);
  }
};

// One group of LANES images in a workspace.
class Group {
 public:
  // Floats of one staged image: whole registers.
  static int64_t stage_of(const Plan& plan) { return padded((int64_t)plan.height * plan.width); }
  static int64_t forward_bytes(const Plan& plan) {
    return (plan.values + plan.winograd) * (int64_t)sizeof(V) + LANES * stage_of(plan) * (int64_t)sizeof(float);
  }
  static int64_t bytes(const Plan& plan) {
    return forward_bytes(plan) +
           (plan.gradients + plan.choices + plan.spread + plan.turned) * (int64_t)sizeof(V);
  }

  // Only the zeros around values have to be there beforehand.
  Group(const Plan& plan, void* workspace, bool training) : plan_(plan), values_((V*)workspace) {
    for (int32_t b = 0; b <= plan.count; b++)
      if (plan.buffer[b].border)
        __builtin_memset(values_ + plan.buffer[b].value, 0, (size_t)plan.buffer[b].vectors() * sizeof(V));
    winograd_ = values_ + plan.values;
    stage_ = (float*)(winograd_ + plan.winograd);
    for (int64_t i = 0; i < LANES * stage_of(plan); i++) stage_[i] = 0;
    if (!training) return;
    gradients_ = (V*)(stage_ + LANES * stage_of(plan));
    choices_ = (I*)(gradients_ + plan.gradients);
    spread_ = (V*)(choices_ + plan.choices);
    turned_ = spread_ + plan.spread;
  }

  const V* logits() const { return value(plan_.count).at; }

  // Where the image of a lane is put before `load`: float (height, width), 0..1.
  float* stage(int32_t lane) const { return stage_ + lane * stage_of(plan_); }
  void stage(int32_t lane, const uint8_t* image) const {
    float* to = stage(lane);
    for (int64_t i = 0; i < (int64_t)plan_.height * plan_.width; i++) to[i] = (float)image[i] * (1.0f / 255);
  }

  // Brings the first `count` staged images into the lanes; the others are blank.
  void load(int32_t count) const {
    const View in = value(0);
    const int32_t area = plan_.height * plan_.width;
    for (int32_t first = 0, r = 0, c = 0; first < area; first += LANES) {
      V pixels[LANES] = {};
      for (int32_t l = 0; l < count; l++) __builtin_memcpy(&pixels[l], stage(l) + first, sizeof(V));
      transpose(pixels);
      for (int32_t p = 0; p < least(LANES, area - first); p++) {
        in.row(0, r)[c++] = pixels[p];
        if (c == in.columns) r++, c = 0;
      }
    }
  }

  void forward(const float* parameters) const {
    for (int32_t l = 0; l < plan_.count; l++) {
      const Op& op = plan_.op[l];
      const View x = value(l), y = value(l + 1);
      const float *w = parameters + op.weight, *bias = parameters + op.bias;
      switch (op.kind) {
        case LENET_CONV:
          if (op.fast) winograd(l).forward(x, w, bias, op.window.padding, y, choices(op));
          else if (op.pooled) conv_pool_forward(x, w, bias, op.window, y, choices(op));
          else conv_forward(x, w, bias, op.window, y);
          break;
        case LENET_MAXPOOL: maxpool_forward(x, y, op.size); break;
        case LENET_DENSE: dense_forward(x.at, (int32_t)plan_.buffer[l].size(), w, bias, y.at, op.size);
      }
      if (op.relu) relu_forward(y);
    }
  }

  // Turns the logits of the first `count` lanes into loss and gradient (scaled by `share`).
  void loss(const uint8_t* labels, int32_t count, float smoothing, float share, Score& score) const {
    const int32_t classes = plan_.classes;
    const V *z = logits();
    V* g = gradient(plan_.count).at;
    V all = {};
    const Softmax softmax(z, classes, 1, g);
    for (int32_t c = 0; c < classes; c++) all += z[c] - softmax.top;
    const float rest = smoothing / (float)classes, main = 1 - smoothing;
    V live = {};
    for (int32_t l = 0; l < count; l++) live[l] = share;
    for (int32_t c = 0; c < classes; c++) g[c] = (g[c] / softmax.total - rest) * live;
    for (int32_t l = 0; l < count; l++) {
      const int32_t label = labels[l];
      const double log_total = logarithm(softmax.total[l]), own = z[label][l] - softmax.top[l];
      score.loss -= main * (own - log_total) + rest * (all[l] - classes * log_total);
      score.right += own == 0;
      g[label][l] -= main * share;
    }
  }

  // Adds this group's gradient to `sums`, or writes it where nothing is to be kept.
  void backward(const float* parameters, float* sums, bool keep) const {
    for (int32_t l = plan_.count - 1; l >= 0 && plan_.buffer[l + 1].trained; l--) {
      const Op& op = plan_.op[l];
      const View x = value(l), y = value(l + 1), gy = gradient(l + 1);
      const int32_t inputs = (int32_t)plan_.buffer[l].size();
      const bool onwards = plan_.buffer[l].trained;
      const float* w = parameters + op.weight;
      float *gw = sums + op.weight, *gbias = sums + op.bias;
      if (op.relu) relu_backward(y, gy);
      switch (op.kind) {
        case LENET_CONV:
          conv_weights(x, gy, choices(op), gw, gbias, keep, op.window);
          if (onwards) conv_inputs(op, l, w);
          break;
        case LENET_MAXPOOL: maxpool_backward(x, y, gy, gradient(l), op.size); break;
        case LENET_DENSE:
          dense_weights(x.at, inputs, gy.at, op.size, gw, gbias, keep, turned_);
          if (onwards) dense_inputs(gy.at, op.size, w, gradient(l).at, inputs);
      }
    }
  }

 private:
  View value(int32_t b) const {
    const Buffer& buffer = plan_.buffer[b];
    return View(values_ + buffer.value, buffer.channels, buffer.rows, buffer.columns, buffer.border);
  }
  View gradient(int32_t b) const {
    const Buffer& buffer = plan_.buffer[b];
    return View(gradients_ + buffer.gradient, buffer.channels, buffer.rows, buffer.columns);
  }
  I* choices(const Op& op) const { return op.pooled && choices_ ? choices_ + op.which : nullptr; }

  Winograd winograd(int32_t l) const {
    return {plan_.buffer[l].channels, plan_.buffer[l + 1].channels, plan_.buffer[l + 1].columns, winograd_};
  }

  // The gradient of a convolution's input is a plain convolution of its output's.
  void conv_inputs(const Op& op, int32_t l, const float* w) const {
    const Buffer& out = plan_.buffer[l + 1];
    View gy = gradient(l + 1);
    if (op.fast) return winograd(l).inputs(gy, choices(op), w, op.window.padding, gradient(l));
    const Spread size(op, out);
    if (op.pooled || op.window.stride > 1) {
      const View spread(spread_, out.channels, size.rows, size.columns);
      spread_gradient(gy, choices(op), op.window.stride, spread);
      gy = spread;
    }
    const int32_t kernel = op.window.kernel;
    conv_turn(w, plan_.buffer[l].channels, kernel, op.size, (float*)turned_);
    conv_forward(gy, (const float*)turned_, nullptr, {kernel, 1, kernel - 1 - op.window.padding}, gradient(l));
  }

  const Plan& plan_;
  V* values_;
  V* winograd_;
  float* stage_;
  V* gradients_ = nullptr;
  I* choices_ = nullptr;
  V* spread_ = nullptr;
  V* turned_ = nullptr;
};

}  // namespace lenet
