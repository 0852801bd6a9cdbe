// The table of layer operations: a type for each layer kind, and the list of them at the end. Planning, training and
// inference look a layer up there; nothing else in the engine depends on its kind.
//
// To add a layer: its value in lenet_kind (lenet.h), a type here and its name in `Layers`, and its definition in
// reference.hpp. A type has what differs from `LayerDefaults`.
#pragma once
#include "classic.hpp"
#include "layer.hpp"
#include "layers.hpp"
#include "sparse.hpp"
#include "winograd.hpp"

namespace lenet {

// ---- Inputs ---------------------------------------------------------------------------------

struct Scale : LayerDefaults {
  static constexpr int32_t KIND = LENET_SCALE;

  static Join join(Plan& plan, const lenet_layer* layers, int32_t l) {
    if (l || !is_level(layers[l].low) || !is_level(layers[l].high)) return Join::invalid;
    plan.low = layers[l].low;
    plan.gain = layers[l].high - layers[l].low;
    return Join::joined;
  }
};

struct Resize : LayerDefaults {
  static constexpr int32_t KIND = LENET_RESIZE;
  static constexpr bool NEEDS_MAP = true;

  static Join join(Plan&, const lenet_layer* layers, int32_t l) {
    return l == (layers[0].kind == LENET_SCALE) ? Join::own_pass : Join::invalid;
  }
  static bool shape(const Plan&, const Op& op, const Buffer& in, Buffer& out) {
    out.channels = in.channels;
    out.rows = out.columns = op.side;
    return op.side >= 1 && op.side <= in.rows && op.side <= in.columns;
  }
  static void forward(const ForwardCall& call) { resize_forward(call.x, call.y); }
};

// ---- Convolution ----------------------------------------------------------------------------

struct Conv : LayerDefaults {
  static constexpr int32_t KIND = LENET_CONV;
  static constexpr bool TAKES_TABLE = true, NEEDS_MAP = true;

  static bool shape(const Plan& plan, const Op& op, const Buffer& in, Buffer& out) {
    const Window& w = op.window;
    if (op.out_channels < 1 || op.out_channels > MAX_CHANNELS || w.kernel < 1 || w.kernel > MAX_KERNEL ||
        w.stride < 1 || w.stride > MAX_STRIDE || w.padding < 0 || w.padding >= w.kernel ||
        in.rows + 2 * w.padding < w.kernel || in.columns + 2 * w.padding < w.kernel || op.unit < 0 || op.unit > 1 ||
        !is_level(op.pad_value))
      return false;
    if (op.entries && (op.entries != (int64_t)in.channels * op.out_channels ||
                       !Table{plan.table(op), in.channels, op.out_channels}.feeds_all()))
      return false;
    out.channels = op.out_channels;
    out.rows = ((in.rows + 2 * w.padding - w.kernel) / w.stride + 1) >> op.pooled;
    out.columns = ((in.columns + 2 * w.padding - w.kernel) / w.stride + 1) >> op.pooled;
    return out.rows > 0 && out.columns > 0;
  }

  static ParameterCount parameters(const Plan& plan, const Op& op, const Buffer& in, const Buffer& out) {
    const int64_t pairs = op.entries ? Table{plan.table(op), in.channels, op.out_channels}.connections()
                                     : (int64_t)in.channels * op.out_channels;
    return {pairs * op.window.kernel * op.window.kernel, op.unit ? out.size() : op.out_channels};
  }

  static void reserve(Plan& plan, Op& op, Buffer& in, const Buffer& out) {
    const Window& w = op.window;
    BlockSizes& blocks = plan.blocks;
    const int64_t weights = padded((int64_t)in.channels * w.kernel * w.kernel * op.out_channels) / LANES;
    in.border = w.padding;
    in.pad_value = op.pad_value;
    if (op.entries) blocks.dense_weights = max(blocks.dense_weights, weights);
    op.argmax = blocks.argmax;
    if (op.pooled) {
      blocks.argmax += out.size();
      op.fast = Winograd::suits(w.kernel, in.channels);
      if (op.fast) blocks.winograd = max(blocks.winograd, Winograd::vectors(in.channels, op.out_channels, out.columns));
    }
    if (Sparse::suits(w.kernel, in.channels, op.pooled) || (op.pooled && in.trained))
      blocks.sparse = max(blocks.sparse, Sparse::vectors(Sparse::Shape{in.channels, in.rows, in.columns}, w,
                                                         out.channels, (int64_t)out.rows * out.columns));
    if (in.trained && !op.pooled) {
      blocks.flipped = max(blocks.flipped, weights);
      if (w.stride > 1)
        blocks.dilated = max(blocks.dilated, (int64_t)out.channels * dilated_side(out.rows, w.stride) *
                                                 dilated_side(out.columns, w.stride));
    }
  }

  static void initialise(const Initialiser& initialiser, const Op& op, const Buffer& in) {
    if (!op.entries) return LayerDefaults::initialise(initialiser, op, in);
    const Table table = {initialiser.plan.table(op), in.channels, op.out_channels};
    const int32_t area = op.window.kernel * op.window.kernel;
    table.each_connection([&](int32_t n, int32_t, int32_t o) {
      initialiser.draw(op.weight + (int64_t)n * area, area, (double)area * table.sources(o));
    });
  }

  static void forward(const ForwardCall& call) {
    const Op& op = call.op;
    const float* w = dense_weights(call);
    if (op.fast) return winograd(call).forward(call.x, w, call.bias, op.window.padding, call.y, call.argmax());
    if (op.pooled) return conv_pool_forward(call.x, w, call.bias, op.window, call.y, call.argmax());
    // Padding other than zero contributes to the sums: the convolution then reads it as part of the map.
    const int32_t frame = call.in.pad_value == 0 ? 0 : call.in.border;
    const Window window = {op.window.kernel, op.window.stride, op.window.padding - frame};
    const View x = frame ? call.space.framed_value(call.in) : call.x;
    conv_forward(x, w, op.unit ? nullptr : call.bias, window, call.y);
    if (op.unit) add_unit_biases(call.y, call.bias);
  }

  static void backward(const BackwardCall& call) {
    const Op& op = call.op;
    const float* w = dense_weights(call);
    weight_gradient(call);
    if (op.unit)
      add_sums(call.gy.at, call.gy.channels * call.gy.plane, call.gbias, call.accumulate);
    else
      conv_bias_gradient(call.gy, call.gbias, call.accumulate);
    if (call.wants_gx) input_gradient(call, w);
  }

  static bool fits_single(const Op& op) { return !op.unit && op.pad_value == 0; }
  static void single(const SingleCall& call) {
    if (call.op.pooled)
      single_conv<4>(call);
    else
      single_conv<1>(call);
  }

 private:
  static Table table(const ForwardCall& call) {
    return {call.plan.table(call.op), call.in.channels, call.op.out_channels};
  }
  static Winograd winograd(const ForwardCall& call) {
    return {call.in.channels, call.out.channels, call.out.columns, call.space.winograd};
  }
  static Sparse sparse(const ForwardCall& call) {
    return {call.x, call.op.window, call.op.out_channels, call.space.sparse};
  }

  // The weights as the kernels take them: without a table the parameters, otherwise zeros where nothing is connected.
  static const float* dense_weights(const ForwardCall& call) {
    if (!call.op.entries) return call.w;
    const int32_t area = call.op.window.kernel * call.op.window.kernel;
    scatter_weights(table(call), area, call.w, call.space.dense_weights);
    return call.space.dense_weights;
  }

  static void weight_gradient(const BackwardCall& call) {
    const Op& op = call.op;
    float* to = op.entries ? call.space.dense_weight_gradient : call.gw;
    const bool accumulate = call.accumulate && !op.entries;
    if (Sparse::suits(op.window.kernel, call.x.channels, op.pooled))
      sparse(call).weight_gradient(call.x, call.gy, call.argmax(), to, accumulate);
    else
      conv_weight_gradient({call.x, call.gy, call.argmax(), op.window}, to, accumulate);
    if (op.entries) gather_weights(table(call), op.window.kernel * op.window.kernel, to, call.gw, call.accumulate);
  }

  // The gradient of the input is a convolution of the output's gradient, dilated by the stride, with flipped kernels.
  static void input_gradient(const BackwardCall& call, const float* w) {
    const Op& op = call.op;
    if (op.pooled) return sparse(call).input_gradient(call.gy, call.argmax(), w, call.gx);
    const int32_t kernel = op.window.kernel, stride = op.window.stride;
    float* flipped = (float*)call.space.flipped;
    View gy = call.gy;
    if (stride > 1) {
      const View dilated(call.space.dilated, gy.channels, dilated_side(gy.rows, stride),
                         dilated_side(gy.columns, stride));
      dilate(gy, stride, dilated);
      gy = dilated;
    }
    flip_kernels(w, call.in.channels, kernel, op.out_channels, flipped);
    conv_forward(gy, flipped, nullptr, {kernel, 1, kernel - 1 - op.window.padding}, call.gx);
  }
};

// ---- Pooling --------------------------------------------------------------------------------

struct Pooling : LayerDefaults {
  static constexpr bool NEEDS_MAP = true;

  ONCE static bool shape(const Plan&, const Op& op, const Buffer& in, Buffer& out) {
    const int32_t window = op.window.kernel;
    if (window < 1 || window > in.rows || window > in.columns) return false;
    out.channels = in.channels;
    out.rows = in.rows / window;
    out.columns = in.columns / window;
    return true;
  }
};

struct MaxPool : Pooling {
  static constexpr int32_t KIND = LENET_MAXPOOL;

  static Join join(Plan& plan, const lenet_layer* layers, int32_t l) {
    Op* last = last_pass(plan);
    if (layers[l].window != 2 || !last || last->kind != LENET_CONV || last->pooled || last->window.stride != 1 ||
        last->unit || last->pad_value != 0)
      return Join::own_pass;
    last->pooled = 1;
    return Join::joined;
  }
  static void forward(const ForwardCall& call) { maxpool_forward(call.x, call.y, call.op.window.kernel); }
  static void backward(const BackwardCall& call) {
    maxpool_backward(call.x, call.y, call.gy, call.gx, call.op.window.kernel);
  }
  static bool fits_single(const Op&) { return true; }
  static void single(const SingleCall& call) { single_maxpool(call); }
};

struct Subsample : Pooling {
  static constexpr int32_t KIND = LENET_SUBSAMPLE;

  static ParameterCount parameters(const Plan&, const Op&, const Buffer& in, const Buffer&) {
    return {in.channels, in.channels};
  }
  static void initialise(const Initialiser& initialiser, const Op& op, const Buffer&) {
    initialiser.draw(op.weight, op.bias - op.weight, (double)op.window.kernel * op.window.kernel);
  }
  static void forward(const ForwardCall& call) {
    subsample_forward(call.x, call.w, call.bias, call.y, call.op.window.kernel);
  }
  static void backward(const BackwardCall& call) {
    subsample_weight_gradient(call.x, call.gy, call.gw, call.gbias, call.accumulate, call.op.window.kernel);
    if (call.wants_gx) subsample_input_gradient(call.gy, call.w, call.gx, call.op.window.kernel);
  }
};

// ---- Dense and RBF --------------------------------------------------------------------------

struct Dense : LayerDefaults {
  static constexpr int32_t KIND = LENET_DENSE;
  static constexpr bool FLATTENS = true;

  ONCE static bool shape(const Plan&, const Op& op, const Buffer&, Buffer& out) {
    out.channels = op.out_channels;
    out.rows = out.columns = 1;
    return op.out_channels >= 1 && op.out_channels <= MAX_CHANNELS;
  }
  static ParameterCount parameters(const Plan&, const Op& op, const Buffer& in, const Buffer&) {
    return {in.size() * op.out_channels, op.out_channels};
  }
  static void reserve(Plan& plan, Op& op, Buffer&, const Buffer&) {
    plan.blocks.flipped = max(plan.blocks.flipped, padded(op.out_channels));
  }
  static void forward(const ForwardCall& call) {
    dense_forward(call.x.at, call.inputs(), call.w, call.bias, call.y.at, call.op.out_channels);
  }
  static void backward(const BackwardCall& call) {
    const Matrix shape = {call.inputs(), call.op.out_channels};
    dense_weight_gradient(call.x.at, call.gy.at, shape, call.gw, call.accumulate, call.space.flipped);
    add_sums(call.gy.at, shape.outputs, call.gbias, call.accumulate);
    if (call.wants_gx) dense_input_gradient(call.gy.at, shape.outputs, call.w, call.gx.at, shape.inputs);
  }
  static bool fits_single(const Op&) { return true; }
  static void single(const SingleCall& call) { single_dense(call); }
};

// Of the squared distance -|x - c|^2 = 2 c x - |x|^2 - |c|^2 only the first term differs between classes, because codes
// are +-1. So a softmax sees a dense layer with the constant weights +-2 and no biases.
struct Rbf : LayerDefaults {
  static constexpr int32_t KIND = LENET_RBF;
  static constexpr bool TAKES_TABLE = true;

  static bool shape(const Plan& plan, const Op& op, const Buffer& in, Buffer& out) {
    const bool last = &op == &plan.op[plan.count - 1];
    return last && op.entries == in.size() * op.out_channels && Dense::shape(plan, op, in, out);
  }
  static void reserve(Plan& plan, Op& op, Buffer& in, const Buffer& out) {
    Dense::reserve(plan, op, in, out);
    plan.blocks.dense_weights = max(plan.blocks.dense_weights, padded(op.entries) / LANES);
  }
  static void forward(const ForwardCall& call) {
    dense_forward(call.x.at, call.inputs(), weights(call), nullptr, call.y.at, call.op.out_channels);
  }
  static void backward(const BackwardCall& call) {
    const float* w = weights(call);
    if (call.wants_gx) dense_input_gradient(call.gy.at, call.op.out_channels, w, call.gx.at, call.inputs());
  }

 private:
  static const float* weights(const ForwardCall& call) {
    code_weights(call.plan.table(call.op), call.inputs(), call.op.out_channels, call.space.dense_weights);
    return call.space.dense_weights;
  }
};

// ---- Activation functions -------------------------------------------------------------------

// Activation functions join the pass before them. Relu and tanh never fall, so they commute with max pooling; after it
// there are fewer values.
struct Relu : LayerDefaults {
  static constexpr int32_t KIND = LENET_RELU;
  static constexpr bool IS_ACTIVATION = true;

  static Join join(Plan& plan, const lenet_layer*, int32_t) {
    Op* last = last_pass(plan);
    // Applied twice, or to pixels, which are not negative, relu changes nothing.
    if (last ? last->activation == LENET_RELU : !plan.scaled()) return Join::joined;
    if (!last || last->activation) return Join::own_pass;
    last->activation = LENET_RELU;
    return Join::joined;
  }
  static void activate(const View& y) { relu_forward(y); }
  static void activate_backward(const View& y, const View& gy) { relu_backward(y, gy); }
};

struct Tanh : LayerDefaults {
  static constexpr int32_t KIND = LENET_TANH;
  static constexpr bool IS_ACTIVATION = true;

  static Join join(Plan& plan, const lenet_layer*, int32_t) {
    Op* last = last_pass(plan);
    plan.has_tanh = 1;
    // The backward pass of max pooling looks for the maximum among its inputs; tanh would have changed it. Relu keeps
    // it, or makes it 0 with a gradient of 0.
    if (!last || last->activation || last->kind == LENET_MAXPOOL) return Join::own_pass;
    last->activation = LENET_TANH;
    return Join::joined;
  }
  static void activate(const View& y) { tanh_forward(y); }
  static void activate_backward(const View& y, const View& gy) { tanh_backward(y, gy); }
};

// ---- The table ------------------------------------------------------------------------------

template <class... Layer>
struct LayerTable {
  // Calls body.operator()<Layer>() for the layer of this kind; false for an unknown kind. A build contains only the
  // functions that it calls: the WebAssembly for recognition has no backward pass.
  template <class Body>
  INLINE bool find(int32_t kind, Body body) {
    return ((kind == Layer::KIND && (body.template operator()<Layer>(), true)) || ...);
  }
};

// clang-format off
using Layers = LayerTable<
    Conv,
    MaxPool,
    Dense,
    Relu,
    Tanh,
    Subsample,
    Rbf,
    Scale,
    Resize>;
// clang-format on

}  // namespace lenet
