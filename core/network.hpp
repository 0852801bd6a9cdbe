// Forward and backward pass of a group of LANES images, and the loss.
#pragma once
#include "operations.hpp"

namespace lenet {

// Sums over images: cross-entropy in nats, and number of images whose most probable class is correct.
struct Score {
  double loss = 0;
  int64_t correct = 0;
};

// Writes exponentials = e^((z - top) * scale), where top is the largest logit of a lane, and holds their total.
struct Softmax {
  V top, total = {};
  Softmax(const V* z, int32_t classes, float scale, V* exponentials) : top(z[0]) {
    ROLLED for (int32_t c = 1; c < classes; c++) top = max(top, z[c]);
    ROLLED for (int32_t c = 0; c < classes; c++) total += exponentials[c] = exp((z[c] - top) * scale);
  }
};

// One group of LANES images in a workspace.
class LaneGroup {
 public:
  LaneGroup(const Plan& plan, void* workspace, bool training) : plan_(plan), space_(plan, workspace, training) {
    // Every pass overwrites the values it reads, except for their borders.
    for (int32_t b = 0; b <= plan.count; b++) {
      const Buffer& buffer = plan.buffer[b];
      const V pad_value = broadcast(buffer.pad_value);
      for (int64_t i = 0; buffer.border && i < buffer.vectors(); i++) space_.values[buffer.value + i] = pad_value;
    }
    __builtin_memset(space_.stage, 0, (size_t)(LANES * plan.stage()) * sizeof(float));
  }

  const V* logits() const { return space_.value(plan_.buffer[plan_.count]).at; }

  // Where the image of a lane is put before `load`: float (height, width), 0..1.
  float* stage(int32_t lane) const { return space_.stage + lane * plan_.stage(); }
  void stage(int32_t lane, const uint8_t* image) const {
    float* to = stage(lane);
    VECTORISE for (int64_t i = 0; i < (int64_t)plan_.height * plan_.width; i++) to[i] = (float)image[i] * (1.0f / 255);
  }

  // Brings the first `count` staged images into the lanes; the others are blank.
  void load(int32_t count) const {
    const View in = space_.value(plan_.buffer[0]);
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
      const ForwardCall call(plan_, l, space_, parameters);
      Layers::find(call.op.kind, [&]<class Layer>() { Layer::forward(call); });
      Layers::find(call.op.activation, [&]<class Layer>() { Layer::activate(call.y); });
    }
  }

  // Sets the targets of the first `count` lanes: smoothed labels, or a row of probabilities for each.
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

  // Computes the cross-entropy of logits and targets, and its gradient times `share`. Both are 0 in the lanes beyond
  // `count`, whose targets are zero.
  void loss(const uint8_t* labels, int32_t count, float share, Score& score) const {
    const int32_t classes = plan_.classes;
    const V *z = logits(), *target = targets();
    V* g = space_.gradient(plan_.buffer[plan_.count]).at;
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

  // Adds this group's gradient to `gradient`, or overwrites it. Goes back to the layer of the first parameter that is
  // not `frozen`.
  void backward(const float* parameters, float* gradient, bool accumulate, int32_t frozen = 0) const {
    const auto learns = [&](int32_t l) { return l >= 0 && plan_.op[l].end > frozen; };  // pass l or one before it
    for (int32_t l = plan_.count - 1; learns(l); l--) {
      const BackwardCall call(ForwardCall(plan_, l, space_, parameters), gradient, accumulate, learns(l - 1));
      Layers::find(call.op.activation, [&]<class Layer>() { Layer::activate_backward(call.y, call.gy); });
      Layers::find(call.op.kind, [&]<class Layer>() { Layer::backward(call); });
    }
  }

 private:
  V* targets() const { return space_.flipped; }

  const Plan& plan_;
  const Workspace space_;
};

}  // namespace lenet
