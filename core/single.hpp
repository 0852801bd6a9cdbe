// Layers for one image: the lanes go along the channels. An activation is [row][column][channel], the channels filled
// up to whole registers, with the border of zeros that the plan asks for. The input has one channel and is not filled
// up.
#pragma once
#include "plan.hpp"

namespace lenet {

struct ImageMap {
  float *start, *at;  // of the border; of the first pixel
  int32_t channels, rows, columns, line, depth;

  // Activation b of a network, in memory from `start` on.
  ImageMap(const Plan& plan, int32_t b, float* start) : start(start) {
    const Buffer& buffer = plan.buffer[b];
    channels = buffer.channels;
    rows = buffer.rows;
    columns = buffer.columns;
    line = buffer.columns + 2 * buffer.border;
    depth = (int32_t)depth_of(buffer, b);
    at = start + (ptrdiff_t)buffer.border * (line + 1) * depth;
  }
  float* pixel(int32_t r, int32_t c) const { return at + ((ptrdiff_t)r * line + c) * depth; }

  static int64_t floats(const Plan& plan, int32_t b) {
    const Buffer& buffer = plan.buffer[b];
    return padded((int64_t)(buffer.rows + 2 * buffer.border) * (buffer.columns + 2 * buffer.border) *
                  depth_of(buffer, b));
  }

 private:
  static int64_t depth_of(const Buffer& buffer, int32_t b) { return b ? padded(buffer.channels) : 1; }
};

// A forward pass of one image through one layer.
struct SingleCall {
  const Op& op;
  const float* parameters;  // of the whole network
  ImageMap x, y;
};

// A convolution; with PLACES = 4 followed by 2x2 max pooling, otherwise PLACES = 1.
template <int PLACES>
inline void single_conv(const SingleCall& call) {
  const auto [op, parameters, x, y] = call;
  const int32_t k = op.window.kernel, side = PLACES == 4 ? 2 : 1, stride = op.window.stride;
  for (int32_t o = 0; o < op.out_channels; o += LANES) {
    const V bias = load(parameters + op.bias + o, op.out_channels - o);
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++) {
        const float* corner[PLACES];
        V sums[PLACES];
        for (int n = 0; n < PLACES; n++) {
          corner[n] =
              x.pixel((i * side + n / 2) * stride - op.window.padding, (j * side + n % 2) * stride - op.window.padding);
          sums[n] = bias;
        }
        const float* w = parameters + op.weight + o;
        for (int32_t c = 0; c < x.channels; c++)
          for (int32_t r = 0; r < k; r++)
            for (int32_t s = 0; s < k; s++, w += op.out_channels) {
              const V weight = load(w);
              const ptrdiff_t tap = ((ptrdiff_t)r * x.line + s) * x.depth + c;
              for (int n = 0; n < PLACES; n++) sums[n] += weight * broadcast(corner[n][tap]);
            }
        V best = sums[0];
        for (int n = 1; n < PLACES; n++) best = max(best, sums[n]);
        store(y.pixel(i, j) + o, op.activation ? max(best, V{}) : best);
      }
  }
}

inline void single_maxpool(const SingleCall& call) {
  const auto [op, parameters, x, y] = call;
  const int32_t lanes = min(LANES, x.depth), window = op.window.kernel;
  for (int32_t i = 0; i < y.rows; i++)
    for (int32_t j = 0; j < y.columns; j++)
      for (int32_t c = 0; c < x.channels; c += LANES) {
        V best = load(x.pixel(i * window, j * window) + c, lanes);
        for (int32_t n = 1; n < window * window; n++)
          best = max(best, load(x.pixel(i * window + n / window, j * window + n % window) + c, lanes));
        store(y.pixel(i, j) + c, op.activation ? max(best, V{}) : best);
      }
}

template <int VECTORS>
inline void single_dense_block(const SingleCall& call, int32_t o) {
  const auto [op, parameters, x, y] = call;
  V sums[VECTORS];
  for (int v = 0; v < VECTORS; v++)
    sums[v] = load(parameters + op.bias + o + v * LANES, op.out_channels - o - v * LANES);
  const float* w = parameters + op.weight + o;
  for (int32_t c = 0; c < x.channels; c++)
    for (int32_t i = 0; i < x.rows; i++)
      for (int32_t j = 0; j < x.columns; j++, w += op.out_channels)
        for (int v = 0; v < VECTORS; v++) sums[v] += load(w + v * LANES) * broadcast(x.pixel(i, j)[c]);
  for (int v = 0; v < VECTORS; v++) store(y.at + o + v * LANES, op.activation ? max(sums[v], V{}) : sums[v]);
}

inline void single_dense(const SingleCall& call) {
  int32_t o = 0;
  for (; o + 5 * LANES < call.op.out_channels; o += 6 * LANES) single_dense_block<6>(call, o);
  for (; o < call.op.out_channels; o += LANES) single_dense_block<1>(call, o);
}

}  // namespace lenet
