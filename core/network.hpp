// One group of LANES images going through a network and back, and the loss.
#pragma once
#include "plan.hpp"

namespace lenet {

// Sums of a run over images: cross-entropy in nats, and how often the most probable class was correct.
struct Score {
  double loss = 0;
  int64_t correct = 0;
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
class LaneGroup {
 public:
  // Floats of one staged image: whole registers.
  static int64_t stage_of(const Plan& plan) { return padded((int64_t)plan.height * plan.width); }
  static int64_t forward_bytes(const Plan& plan) {
    return (plan.values + plan.winograd + plan.dense_weights) * (int64_t)sizeof(V) +
           LANES * stage_of(plan) * (int64_t)sizeof(float);
  }
  static int64_t bytes(const Plan& plan) {
    return forward_bytes(plan) +
           (plan.gradients + plan.argmax + plan.dilated + plan.sparse + plan.flipped + plan.dense_weights) *
               (int64_t)sizeof(V);
  }

  // Only what lies around values has to be there beforehand.
  LaneGroup(const Plan& plan, void* workspace, bool training) : plan_(plan), values_((V*)workspace) {
    for (int32_t b = 0; b <= plan.count; b++) {
      const Buffer& buffer = plan.buffer[b];
      const V pad_value = broadcast(buffer.pad_value);
      for (int64_t i = 0; buffer.border && i < buffer.vectors(); i++) values_[buffer.value + i] = pad_value;
    }
    winograd_ = values_ + plan.values;
    dense_weights_ = (float*)(winograd_ + plan.winograd);
    stage_ = (float*)((V*)dense_weights_ + plan.dense_weights);
    for (int64_t i = 0; i < LANES * stage_of(plan); i++) stage_[i] = 0;
    if (!training) return;
    gradients_ = (V*)(stage_ + LANES * stage_of(plan));
    argmax_ = (I*)(gradients_ + plan.gradients);
    dilated_ = (V*)(argmax_ + plan.argmax);
    sparse_ = dilated_ + plan.dilated;
    flipped_ = sparse_ + plan.sparse;
    dense_weight_gradient_ = (float*)(flipped_ + plan.flipped);
  }

  const V* logits() const { return value(plan_.count).at; }

  // Where the image of a lane is put before `load`: float (height, width), 0..1.
  float* stage(int32_t lane) const { return stage_ + lane * stage_of(plan_); }
  void stage(int32_t lane, const uint8_t* image) const {
    float* to = stage(lane);
    VECTORISE for (int64_t i = 0; i < (int64_t)plan_.height * plan_.width; i++) to[i] = (float)image[i] * (1.0f / 255);
  }

  // Brings the first `count` staged images into the lanes; the others are blank.
  void load(int32_t count) const {
    const View in = value(0);
    const int32_t area = plan_.height * plan_.width;
    for (int32_t first = 0, r = 0, c = 0; first < area; first += LANES) {
      V pixels[LANES] = {};
      for (int32_t l = 0; l < count; l++) __builtin_memcpy(&pixels[l], stage(l) + first, sizeof(V));
      if (plan_.scaled())
        for (int32_t l = 0; l < count; l++) pixels[l] = plan_.low + plan_.gain * pixels[l];
      transpose(pixels);
      for (int32_t p = 0; p < min(LANES, area - first); p++) {
        in.row(0, r)[c++] = pixels[p];
        if (c == in.columns) r++, c = 0;
      }
    }
  }

  void forward(const float* parameters) const {
    for (int32_t l = 0; l < plan_.count; l++) {
      const Op& op = plan_.op[l];
      const View x = value(l), y = value(l + 1);
      const float *w = weights(l, parameters), *bias = op.kind == LENET_RBF ? nullptr : parameters + op.bias;
      switch (op.kind) {
        case LENET_CONV:
          conv(l, x, w, bias, y);
          break;
        case LENET_MAXPOOL:
          maxpool_forward(x, y, op.window.kernel);
          break;
        case LENET_SUBSAMPLE:
          subsample_forward(x, w, bias, y, op.window.kernel);
          break;
        case LENET_RESIZE:
          resize_forward(x, y);
          break;
        case LENET_DENSE:
        case LENET_RBF:
          dense_forward(x.at, (int32_t)plan_.buffer[l].size(), w, bias, y.at, op.out_channels);
          break;
        default:
          copy(x, y);
      }
      if (op.activation == LENET_RELU)
        relu_forward(y);
      else if (op.activation)
        tanh_forward(y);
    }
  }

  // What the first `count` lanes should answer: their labels with smoothing, or a row of numbers for each.
  void set_targets(const uint8_t* labels, int32_t count, float label_smoothing) const {
    const float rest = label_smoothing / (float)plan_.classes, main = 1 - label_smoothing;
    V live = {};
    for (int32_t l = 0; l < count; l++) live[l] = 1;
    for (int32_t c = 0; c < plan_.classes; c++) targets()[c] = rest * live;
    for (int32_t l = 0; l < count; l++) targets()[labels[l]][l] += main;
  }
  void set_targets(const float* const* rows, int32_t count) const {
    for (int32_t first = 0; first < plan_.classes; first += LANES) {
      V some[LANES] = {};
      for (int32_t l = 0; l < count; l++) some[l] = lenet::load(rows[l] + first, plan_.classes - first);
      transpose(some);
      for (int32_t c = 0; c < min(LANES, plan_.classes - first); c++) targets()[first + c] = some[c];
    }
  }

  // Turns the logits into cross-entropy with the targets and its gradient (scaled by `share`). Lanes beyond `count`,
  // whose targets are zero, have neither.
  void loss(const uint8_t* labels, int32_t count, float share, Score& score) const {
    const int32_t classes = plan_.classes;
    const V *z = logits(), *target = targets();
    V* g = gradient(plan_.count).at;
    const Softmax softmax(z, classes, 1, g);
    V all = {}, agreement = {};
    for (int32_t c = 0; c < classes; c++) {
      all += target[c];
      agreement += target[c] * (z[c] - softmax.top);
    }
    const V scale = all / softmax.total;
    for (int32_t c = 0; c < classes; c++) g[c] = share * (g[c] * scale - target[c]);
    for (int32_t l = 0; l < count; l++) {
      score.loss += all[l] * logarithm(softmax.total[l]) - agreement[l];
      score.correct += z[labels[l]][l] == softmax.top[l];
    }
  }

  // Adds this group's gradient to `sums`, or writes it where nothing is to be kept. It goes back no further than to
  // the layer of the first parameter that is not `frozen`.
  void backward(const float* parameters, float* sums, bool accumulate, int32_t frozen = 0) const {
    const auto learns = [&](int32_t l) { return l >= 0 && plan_.op[l].end > frozen; };  // it, or a pass before it
    for (int32_t l = plan_.count - 1; learns(l); l--) {
      const Op& op = plan_.op[l];
      const View x = value(l), y = value(l + 1), gy = gradient(l + 1);
      const int32_t inputs = (int32_t)plan_.buffer[l].size();
      const bool onwards = learns(l - 1);
      const float* w = weights(l, parameters);
      float *gw = sums + op.weight, *gbias = sums + op.bias;
      if (op.activation == LENET_RELU)
        relu_backward(y, gy);
      else if (op.activation)
        tanh_backward(y, gy);
      switch (op.kind) {
        case LENET_CONV:
          conv_gradient(l, x, gy, gw, gbias, accumulate);
          if (onwards) conv_input_gradient(op, l, w);
          break;
        case LENET_MAXPOOL:
          maxpool_backward(x, y, gy, gradient(l), op.window.kernel);
          break;
        case LENET_SUBSAMPLE:
          subsample_weight_gradient(x, gy, gw, gbias, accumulate, op.window.kernel);
          if (onwards) subsample_input_gradient(gy, w, gradient(l), op.window.kernel);
          break;
        case LENET_DENSE:
          dense_weight_gradient(x.at, inputs, gy.at, op.out_channels, gw, gbias, accumulate, flipped_);
          [[fallthrough]];
        case LENET_RBF:
          if (onwards) dense_input_gradient(gy.at, op.out_channels, w, gradient(l).at, inputs);
          break;
        default:
          copy(gy, gradient(l));
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
  // Lies where the dense layers put the gradients that they turn, after the loss is known.
  V* targets() const { return flipped_; }
  I* argmax(const Op& op) const { return op.pooled && argmax_ ? argmax_ + op.argmax : nullptr; }

  Winograd winograd(int32_t l) const {
    return {plan_.buffer[l].channels, plan_.buffer[l + 1].channels, plan_.buffer[l + 1].columns, winograd_};
  }

  Sparse sparse(int32_t l) const { return {value(l), plan_.op[l].window, plan_.op[l].out_channels, sparse_}; }

  // The weights as the kernels take them: those of a table among zeros, codes as numbers.
  const float* weights(int32_t l, const float* parameters) const {
    const Op& op = plan_.op[l];
    const float* w = parameters + op.weight;
    if (!op.entries) return w;
    const Buffer& in = plan_.buffer[l];
    const int32_t area = op.window.kernel * op.window.kernel;
    if (op.kind == LENET_RBF)
      code_weights(plan_.table(op), (int32_t)in.size(), op.out_channels, dense_weights_);
    else
      scatter_weights(plan_.table(op), in.channels, area, op.out_channels, w, dense_weights_);
    return dense_weights_;
  }

  void conv(int32_t l, const View& x, const float* w, const float* bias, const View& y) const {
    const Op& op = plan_.op[l];
    if (op.fast) return winograd(l).forward(x, w, bias, op.window.padding, y, argmax(op));
    if (op.pooled) return conv_pool_forward(x, w, bias, op.window, y, argmax(op));
    // Padding with anything but zeros counts: it is then part of the map.
    const Buffer& in = plan_.buffer[l];
    const int32_t frame = in.pad_value == 0 ? 0 : in.border;
    const View framed(values_ + in.value, in.channels, in.rows + 2 * frame, in.columns + 2 * frame);
    const Window window = {op.window.kernel, op.window.stride, op.window.padding - frame};
    conv_forward(frame ? framed : x, w, op.unit ? nullptr : bias, window, y);
    if (op.unit) add_unit_biases(y, bias);
  }

  void conv_gradient(int32_t l, const View& x, const View& gy, float* gw, float* gbias, bool accumulate) const {
    const Op& op = plan_.op[l];
    const int32_t area = op.window.kernel * op.window.kernel;
    float* to = op.entries ? dense_weight_gradient_ : gw;
    const bool add = accumulate && !op.entries;
    if (Sparse::suits(op.window.kernel, x.channels, op.pooled))
      sparse(l).weight_gradient(x, gy, argmax(op), to, add);
    else
      conv_weight_gradient(x, gy, argmax(op), to, add, op.window);
    if (op.entries)
      gather_weights(plan_.table(op), x.channels, area, op.out_channels, dense_weight_gradient_, gw, accumulate);
    if (op.unit)
      add_sums(gy.at, gy.channels * gy.plane, gbias, accumulate);
    else
      conv_bias_gradient(gy, gbias, accumulate);
  }

  // The gradient of a convolution's input is a plain convolution of its output's.
  void conv_input_gradient(const Op& op, int32_t l, const float* w) const {
    const Buffer& out = plan_.buffer[l + 1];
    View gy = gradient(l + 1);
    if (op.pooled) return sparse(l).input_gradient(gy, argmax(op), w, gradient(l));
    const Dilated size(op, out);
    if (op.window.stride > 1) {
      const View dilated(dilated_, out.channels, size.rows, size.columns);
      dilate(gy, op.window.stride, dilated);
      gy = dilated;
    }
    const int32_t kernel = op.window.kernel;
    flip_kernels(w, plan_.buffer[l].channels, kernel, op.out_channels, (float*)flipped_);
    conv_forward(gy, (const float*)flipped_, nullptr, {kernel, 1, kernel - 1 - op.window.padding}, gradient(l));
  }

  const Plan& plan_;
  V* values_;
  V* winograd_;
  float* dense_weights_;  // see `weights`
  float* stage_;
  V* gradients_ = nullptr;
  I* argmax_ = nullptr;
  V* dilated_ = nullptr;
  V* sparse_ = nullptr;
  V* flipped_ = nullptr;
  float* dense_weight_gradient_ = nullptr;
};

}  // namespace lenet
