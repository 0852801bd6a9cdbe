// The interface of the layer types in operations.hpp: the arguments of their functions, and defaults.
#pragma once
#include "classic.hpp"
#include "plan.hpp"
#include "single.hpp"

namespace lenet {

// How a layer enters the plan: as a pass of its own, as part of the pass before it, or not at all.
enum class Join { own_pass, joined, invalid };

struct ParameterCount {
  int64_t weights = 0, biases = 0;
};

// A forward pass of LANES images through one layer.
struct ForwardCall {
  const Plan& plan;
  const Op& op;
  const Buffer &in, &out;
  const Workspace& space;
  View x, y;
  const float *w, *bias;

  ForwardCall(const Plan& plan, int32_t l, const Workspace& space, const float* parameters)
      : plan(plan),
        op(plan.op[l]),
        in(plan.buffer[l]),
        out(plan.buffer[l + 1]),
        space(space),
        x(space.value(in)),
        y(space.value(out)),
        w(parameters + op.weight),
        bias(parameters + op.bias) {}

  int32_t inputs() const { return (int32_t)in.size(); }
  I* argmax() const { return op.pooled && space.argmax ? space.argmax + op.argmax : nullptr; }
};

// The backward pass: from gy, the gradient of y, to the gradients of the parameters and, if wanted, of x.
struct BackwardCall : ForwardCall {
  View gy, gx;
  float *gw, *gbias;
  bool accumulate;  // adds to gw and gbias; otherwise overwrites them
  bool wants_gx;

  BackwardCall(const ForwardCall& forward, float* gradient, bool accumulate, bool wants_gx)
      : ForwardCall(forward),
        gy(space.gradient(out)),
        gx(space.gradient(in)),
        gw(gradient + op.weight),
        gbias(gradient + op.bias),
        accumulate(accumulate),
        wants_gx(wants_gx) {}
};

// Initial weights: uniform random numbers, each a function of the seed and the index of the weight.
struct Initialiser {
  const Plan& plan;
  uint32_t seed;
  float* parameters;

  // Weights `first`..`first + count` of units with `fan_in` inputs: see lenet_initialise.
  void draw(int64_t first, int64_t count, double fan_in) const {
    const float bound = (float)(plan.has_tanh ? 2.4 / fan_in : __builtin_sqrt(6 / fan_in));
    for (int64_t w = first; w < first + count; w++)
      parameters[w] = bound * Random(seed, Purpose::initialise, (uint64_t)w).symmetric();
  }
};

inline bool is_level(float x) { return x >= -MAX_LEVEL && x <= MAX_LEVEL; }  // false for NaN

inline Op* last_pass(Plan& plan) { return plan.count ? &plan.op[plan.count - 1] : nullptr; }

struct LayerDefaults {
  static constexpr bool TAKES_TABLE = false;  // whether `tables` has entries for it
  static constexpr bool NEEDS_MAP = false;    // whether it cannot follow a dense layer
  static constexpr bool FLATTENS = false;     // whether no map follows it

  static Join join(Plan&, const lenet_layer*, int32_t) { return Join::own_pass; }

  // Writes the shape of the output; false where the layer does not fit its input.
  ONCE static bool shape(const Plan&, const Op&, const Buffer& in, Buffer& out) {
    out.channels = in.channels;
    out.rows = in.rows;
    out.columns = in.columns;
    return true;
  }
  static ParameterCount parameters(const Plan&, const Op&, const Buffer&, const Buffer&) { return {}; }

  // Reserves scratch and the border that the layer needs around its input.
  static void reserve(Plan&, Op&, Buffer&, const Buffer&) {}

  static void initialise(const Initialiser& initialiser, const Op& op, const Buffer&) {
    if (op.bias > op.weight)
      initialiser.draw(op.weight, op.bias - op.weight, (double)(op.bias - op.weight) / op.out_channels);
  }
  static void forward(const ForwardCall& call) { copy(call.x, call.y); }
  static void backward(const BackwardCall& call) { copy(call.gy, call.gx); }

  // Activation functions alone: they change y in place, and gy by the result y.
  static constexpr bool IS_ACTIVATION = false;
  static void activate(const View&) {}
  static void activate_backward(const View&, const View&) {}

  // The forward pass of a single image (single.hpp), for layers that have one.
  static bool fits_single(const Op&) { return false; }
  static void single(const SingleCall&) {}
};

}  // namespace lenet
