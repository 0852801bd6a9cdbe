// Inference: groups of LANES images, and a few remaining images one by one. Both give the same probabilities except for
// rounding.
#pragma once
#include "network.hpp"

namespace lenet {

// One image through a network (single.hpp).
class SingleImagePass {
 public:
  static int64_t bytes(const Plan& plan) {
    int64_t floats = 0;
    for (int32_t b = 0; b <= plan.count; b++) floats += ImageMap::floats(plan, b);
    return floats * (int64_t)sizeof(float);
  }

  // True if the network has no layers of the early papers. Whole registers of weights are loaded, so the last registers
  // must lie inside the parameters.
  static bool fits(const Plan& plan) {
    bool fit = !plan.scaled() && !plan.has_tanh && !plan.entries;
    for (int32_t l = 0; l < plan.count; l++) {
      const Op& op = plan.op[l];
      fit &= Layers::find(op.kind, [&]<class Layer>() { fit &= Layer::fits_single(op); });
      fit &= op.bias == op.weight || op.bias + padded(op.out_channels) - op.out_channels <= plan.parameters;
    }
    return fit;
  }

  SingleImagePass(const Plan& plan, const float* parameters, void* workspace)
      : plan_(plan), parameters_(parameters), at_((float*)workspace) {
    __builtin_memset(workspace, 0, (size_t)bytes(plan));
  }

  // float (classes), valid until the next call.
  const float* logits(const uint8_t* image) const {
    ImageMap x(plan_, 0, at_);
    for (int32_t r = 0; r < x.rows; r++)
      ROLLED for (int32_t c = 0; c < x.columns; c++) x.pixel(r, c)[0] = (float)image[r * x.columns + c] * (1.0f / 255);
    for (int32_t l = 0; l < plan_.count; l++) {
      const ImageMap y(plan_, l + 1, x.start + ImageMap::floats(plan_, l));
      Layers::find(plan_.op[l].kind, [&]<class Layer>() { Layer::single({plan_.op[l], parameters_, x, y}); });
      x = y;
    }
    return x.at;
  }

 private:
  const Plan& plan_;
  const float* parameters_;
  float* at_;
};

// Up to this many remaining images are processed one by one.
inline int32_t max_single_images(const Plan& plan) { return SingleImagePass::fits(plan) ? LANES / 2 : 0; }

// The workspace starts with the logits of a group, [class][lane].
inline int64_t predict_bytes(const Plan& plan) {
  return plan.classes * (int64_t)sizeof(V) + max(Workspace::forward_bytes(plan), SingleImagePass::bytes(plan));
}

// Probabilities (count, classes) of the first `count` lanes from their logits z, [class][lane], which are overwritten.
ONCE void write_probabilities(V* z, int32_t classes, float temperature, float* probabilities, int32_t count) {
  const Softmax softmax(z, classes, 1 / temperature, z);
  ROLLED for (int32_t c = 0; c < classes; c++) {
    const V probability = z[c] / softmax.total;
    for (int32_t l = 0; l < count; l++) probabilities[l * classes + c] = probability[l];
  }
}

inline void predict(const Plan& plan, const float* parameters, const uint8_t* images, int64_t count, float temperature,
                    float* probabilities, void* workspace) {
  const int64_t area = (int64_t)plan.height * plan.width;
  const int32_t classes = plan.classes, rest = (int32_t)(count % LANES),
                alone = rest <= max_single_images(plan) ? rest : 0;
  V* z = (V*)workspace;
  if (alone < count) {
    const LaneGroup group(plan, z + classes, false);
    for (int64_t first = 0; first < count - alone; first += LANES) {
      const int32_t lanes = (int32_t)(count - first < LANES ? count - first : LANES);
      for (int32_t l = 0; l < lanes; l++) group.stage(l, images + (first + l) * area);
      group.load(lanes);
      group.forward(parameters);
      for (int32_t c = 0; c < classes; c++) z[c] = group.logits()[c];
      write_probabilities(z, classes, temperature, probabilities + first * classes, lanes);
    }
  }
  if (alone) {
    const SingleImagePass pass(plan, parameters, z + classes);
    for (int32_t l = 0; l < alone; l++) {
      const float* logits = pass.logits(images + (count - alone + l) * area);
      for (int32_t c = 0; c < classes; c++) z[c][l] = logits[c];
    }
    write_probabilities(z, classes, temperature, probabilities + (count - alone) * classes, alone);
  }
}

}  // namespace lenet
