// Plans a network from its layers: joins them into passes, checks that they fit together, and places everything.
#pragma once
#include "operations.hpp"

namespace lenet {

// Appends a layer as a pass of its own, with its table.
inline bool add_pass(Plan& plan, const lenet_layer& layer, bool activation, const uint8_t* tables) {
  Op& op = plan.op[plan.count++];
  op = Op{};
  op.kind = layer.kind;
  op.out_channels = layer.out_channels;
  op.side = layer.side;
  op.window = {layer.window, layer.window, 0};
  if (layer.kind == LENET_CONV) op.window = {layer.kernel, layer.stride, layer.padding};
  op.activation = activation ? layer.kind : 0;
  op.unit = layer.biases;
  op.pad_value = layer.pad_value;
  op.entries = layer.table_size;
  op.table = plan.entries;
  if (op.entries < 0 || op.entries > LENET_MAX_TABLE - op.table || (op.entries && !tables)) return false;
  ROLLED for (int32_t e = 0; e < op.entries; e++) plan.tables[op.table + e] = tables[op.table + e] != 0;
  plan.entries += op.entries;
  return true;
}

// Joins the layers into passes.
inline bool join(Plan& plan, const lenet_layer* layers, int32_t count, const uint8_t* tables) {
  for (int32_t l = 0; l < count; l++) {
    Join how = Join::invalid;
    bool activation = false;
    Layers::find(layers[l].kind, [&]<class Layer>() {
      how = Layer::join(plan, layers, l);
      activation = Layer::IS_ACTIVATION;
    });
    if (how == Join::invalid || (how == Join::own_pass && !add_pass(plan, layers[l], activation, tables))) return false;
  }
  return true;
}

// Shape, parameters and scratch of pass l; false where it does not fit what comes before it.
inline bool plan_pass(Plan& plan, int32_t l, bool& flat) {
  Op& op = plan.op[l];
  Buffer &in = plan.buffer[l], &out = plan.buffer[l + 1];
  bool fits = false, flattens = false;
  ParameterCount count;
  Layers::find(op.kind, [&]<class Layer>() {
    flattens = Layer::FLATTENS;
    fits = (Layer::TAKES_TABLE || !op.entries) && !(Layer::NEEDS_MAP && flat) && Layer::shape(plan, op, in, out);
    if (!fits) return;
    count = Layer::parameters(plan, op, in, out);
    Layer::reserve(plan, op, in, out);
  });
  op.weight = plan.parameters;
  op.bias = op.weight + count.weights;
  op.end = plan.parameters = op.bias + count.biases;
  out.trained = plan.parameters > 0;
  flat |= flattens;
  // Each weight counts once for every position of the output before pooling.
  plan.multiply_adds += count.weights * ((int64_t)out.rows * out.columns << 2 * op.pooled);
  return fits && out.size() <= MAX_VECTORS && plan.parameters <= MAX_PARAMETERS;
}

// Places values and gradients once all shapes and borders are known.
inline bool place_buffers(Plan& plan) {
  BlockSizes& blocks = plan.blocks;
  for (int32_t b = 0; b <= plan.count; b++) {
    Buffer& buffer = plan.buffer[b];
    buffer.value = blocks.values;
    buffer.gradient = blocks.gradients;
    blocks.values += buffer.vectors();
    if (buffer.trained) blocks.gradients += buffer.size();
    if (blocks.values > MAX_VECTORS || blocks.gradients > MAX_VECTORS || blocks.dilated > MAX_VECTORS ||
        blocks.winograd > MAX_VECTORS)
      return false;
  }
  return true;
}

struct ImageSize {
  int32_t height, width;
};

inline int32_t plan_network(Plan& plan, const lenet_layer* layers, int32_t count, ImageSize input,
                            const uint8_t* tables) {
  plan.ready = 0;
  if (count < 1 || count > LENET_MAX_LAYERS || input.height < 1 || input.width < 1 || input.height > MAX_SIDE ||
      input.width > MAX_SIDE || (layers[count - 1].kind != LENET_DENSE && layers[count - 1].kind != LENET_RBF))
    return LENET_BAD_NETWORK;
  __builtin_memset(&plan, 0, sizeof plan);
  plan.height = input.height;
  plan.width = input.width;
  plan.gain = 1;
  plan.layer_count = count;
  __builtin_memcpy(plan.layer, layers, (size_t)count * sizeof *layers);
  plan.buffer[0] = Buffer{1, input.height, input.width, 0, 0, 0, 0, 0};
  if (!join(plan, layers, count, tables)) return LENET_BAD_NETWORK;
  bool flat = false;
  for (int32_t l = 0; l < plan.count; l++)
    if (!plan_pass(plan, l, flat)) return LENET_BAD_NETWORK;
  if (!plan.parameters || !place_buffers(plan)) return LENET_BAD_NETWORK;
  if (plan.multiply_adds > LENET_MAX_MULTIPLY_ADDS) return LENET_TOO_LARGE;
  plan.classes = plan.buffer[plan.count].channels;
  plan.ready = PLANNED;
  return LENET_OK;
}

inline void initialise(const Plan& plan, uint32_t seed, float* parameters) {
  for (int64_t p = 0; p < plan.parameters; p++) parameters[p] = 0;
  const Initialiser initialiser = {plan, seed, parameters};
  for (int32_t l = 0; l < plan.count; l++)
    Layers::find(plan.op[l].kind, [&]<class Layer>() { Layer::initialise(initialiser, plan.op[l], plan.buffer[l]); });
}

}  // namespace lenet
