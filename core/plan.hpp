// A planned network: its passes, the shapes of its activations, and the memory map of a workspace.
#pragma once
#include "convolution.hpp"
#include "lenet.h"
#include "scalar.hpp"

namespace lenet {

constexpr int32_t MAX_SIDE = LENET_MAX_SIDE, MAX_CHANNELS = LENET_MAX_CHANNELS, MAX_KERNEL = LENET_MAX_KERNEL,
                  MAX_STRIDE = LENET_MAX_STRIDE;
constexpr int64_t MAX_PARAMETERS = LENET_MAX_PARAMETERS, MAX_VECTORS = LENET_MAX_ACTIVATION;
constexpr float MAX_LEVEL = LENET_MAX_LEVEL;

// An activation: its shape and where its values and gradients lie, in vectors from the start of their blocks.
struct Buffer {
  int32_t channels, rows, columns;
  int32_t border;   // width of the frame around the values: the padding of the convolution that reads them
  int32_t trained;  // whether a layer before it has parameters
  float pad_value;  // what the border holds
  int64_t value, gradient;
  int64_t size() const { return (int64_t)channels * rows * columns; }
  int64_t vectors() const { return (int64_t)channels * (rows + 2 * border) * (columns + 2 * border); }
};

// One pass over an activation: buffer l becomes buffer l + 1. A pass joins a layer with the activation function and the
// 2x2 max pooling that follow it.
struct Op {
  int32_t kind;               // lenet_kind; an activation function after another one is a pass of its own
  int32_t out_channels;       // conv, dense, rbf
  int32_t side;               // resize
  Window window;              // conv; maxpool and subsample, whose stride is the kernel
  int32_t activation;         // LENET_RELU or LENET_TANH applied to the result, or 0
  int32_t pooled;             // conv: ends with 2x2 max pooling,
  int32_t fast;               // by minimal filtering (winograd.hpp)
  int32_t unit;               // conv: a bias for each unit instead of each channel
  int32_t entries;            // number of table entries, 0: no table
  int32_t table;              // index of the first of them in the plan's tables
  float pad_value;            // conv
  int64_t weight, bias, end;  // indices of its parameters: weights, biases, the next pass's
  int64_t argmax;             // pooled conv: first vector in the argmax block
};

// Sizes of a workspace's blocks in vectors; `Workspace` lists what each block holds.
struct BlockSizes {
  int64_t values, winograd, dense_weights;
  int64_t gradients, argmax, dilated, sparse, flipped;
};

struct Plan {
  int32_t ready;  // PLANNED, or the bytes are not a network
  int32_t count, height, width, classes;
  int32_t has_tanh;  // decides how weights are initialized
  int32_t entries;   // of all tables
  float low, gain;   // the network's input for a pixel p of 0..1 is low + gain * p
  int64_t parameters, multiply_adds;
  BlockSizes blocks;
  int32_t layer_count;
  lenet_layer layer[LENET_MAX_LAYERS];  // as they were given; the passes below join them
  Op op[LENET_MAX_LAYERS];
  Buffer buffer[LENET_MAX_LAYERS + 1];
  uint8_t tables[LENET_MAX_TABLE];

  bool scaled() const { return low != 0 || gain != 1; }
  const uint8_t* table(const Op& op) const { return tables + op.table; }
  // Floats of one staged image: whole registers.
  int64_t stage() const { return padded((int64_t)height * width); }
};
constexpr int32_t PLANNED = 0x4C654E65;

// The memory map of a group of LANES images. Blocks lie in this order; sizes are in vectors of LANES floats:
//
//   block                  size                  contents
//   values                 blocks.values         every activation, [channel][row][column][lane], with its border
//   winograd               blocks.winograd       scratch of the largest convolution by minimal filtering
//   dense_weights          blocks.dense_weights  the largest weights with a connection table, zeros where not connected
//   stage                  plan.stage()          LANES images as they came, one after another, 0..1
//   -- the rest is for training alone --
//   gradients              blocks.gradients      gradients of the activations after the first parameters, no borders
//   argmax                 blocks.argmax         which of four values was a pooled convolution's maximum, for each
//   dilated                blocks.dilated        the largest gradient of a strided convolution, zeros between
//   sparse                 blocks.sparse         scratch of the largest sparse gradient (sparse.hpp)
//   flipped                blocks.flipped        flipped kernels; a dense layer's transposed gradient; before the
//                                                backward pass the targets, [class][lane]
//   dense_weight_gradient  blocks.dense_weights  the gradient of dense_weights
struct Workspace {
  V* values;
  V* winograd;
  float* dense_weights;
  float* stage;
  V* gradients = nullptr;
  I* argmax = nullptr;
  V* dilated = nullptr;
  V* sparse = nullptr;
  V* flipped = nullptr;
  float* dense_weight_gradient = nullptr;

  static int64_t forward_bytes(const Plan& plan) {
    const BlockSizes& blocks = plan.blocks;
    return (blocks.values + blocks.winograd + blocks.dense_weights + plan.stage()) * (int64_t)sizeof(V);
  }
  static int64_t training_bytes(const Plan& plan) {
    const BlockSizes& blocks = plan.blocks;
    return forward_bytes(plan) +
           (blocks.gradients + blocks.argmax + blocks.dilated + blocks.sparse + blocks.flipped + blocks.dense_weights) *
               (int64_t)sizeof(V);
  }

  Workspace(const Plan& plan, void* memory, bool training) {
    const BlockSizes& blocks = plan.blocks;
    values = (V*)memory;
    winograd = values + blocks.values;
    dense_weights = (float*)(winograd + blocks.winograd);
    stage = (float*)((V*)dense_weights + blocks.dense_weights);
    if (!training) return;
    gradients = (V*)stage + plan.stage();
    argmax = (I*)(gradients + blocks.gradients);
    dilated = (V*)(argmax + blocks.argmax);
    sparse = dilated + blocks.dilated;
    flipped = sparse + blocks.sparse;
    dense_weight_gradient = (float*)(flipped + blocks.flipped);
  }

  View value(const Buffer& buffer) const {
    return View(values + buffer.value, buffer.channels, buffer.rows, buffer.columns, buffer.border);
  }
  // With its border as part of the map.
  View framed_value(const Buffer& buffer) const {
    return View(values + buffer.value, buffer.channels, buffer.rows + 2 * buffer.border,
                buffer.columns + 2 * buffer.border);
  }
  View gradient(const Buffer& buffer) const {
    return View(gradients + buffer.gradient, buffer.channels, buffer.rows, buffer.columns);
  }
};

}  // namespace lenet
