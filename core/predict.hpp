// Images through a network: many with the lanes along the images, a few with the lanes along the channels.
// The answers agree but for rounding.
#pragma once
#include "network.hpp"

namespace lenet {

// One image: an activation is [row][column][channel], the channels filled up to whole registers, with the border
// of zeros that its plan says. The input has one channel and is not filled up.
class SingleImagePass {
 public:
  static int64_t bytes(const Plan& plan) {
    int64_t floats = 0;
    for (int32_t b = 0; b <= plan.count; b++) floats += floats_of(plan.buffer[b], b);
    return floats * (int64_t)sizeof(float);
  }

  // Only what modern networks have goes this way. Whole registers of weights are read: whether the last ones lie
  // inside the parameters.
  static bool fits(const Plan& plan) {
    bool fit = !plan.scaled() && !plan.squashed && !plan.entries;
    for (int32_t l = 0; l < plan.count; l++) {
      const Op& op = plan.op[l];
      const bool modern = op.kind == LENET_CONV || op.kind == LENET_MAXPOOL || op.kind == LENET_DENSE;
      fit &= modern && !op.unit && op.pad_value == 0;
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
    Map x(plan_.buffer[0], 0, at_);
    for (int32_t r = 0; r < x.rows; r++)
      for (int32_t c = 0; c < x.columns; c++) x.pixel(r, c)[0] = (float)image[r * x.columns + c] * (1.0f / 255);
    for (int32_t l = 0; l < plan_.count; l++) {
      const Op& op = plan_.op[l];
      const Map y(plan_.buffer[l + 1], l + 1, x.start + floats_of(plan_.buffer[l], l));
      if (op.kind == LENET_MAXPOOL)
        maxpool(op, x, y);
      else if (op.kind == LENET_DENSE)
        dense(op, x, y);
      else if (op.pooled)
        conv<4>(op, x, y);
      else
        conv<1>(op, x, y);
      x = y;
    }
    return x.at;
  }

 private:
  static int64_t depth(const Buffer& buffer, int32_t b) { return b ? padded(buffer.channels) : 1; }
  static int64_t floats_of(const Buffer& buffer, int32_t b) {
    return padded((int64_t)(buffer.rows + 2 * buffer.border) * (buffer.columns + 2 * buffer.border) * depth(buffer, b));
  }

  struct Map {
    float *start, *at;  // of the border; of the first pixel
    int32_t channels, rows, columns, line, depth;
    Map(const Buffer& buffer, int32_t b, float* start)
        : start(start),
          channels(buffer.channels),
          rows(buffer.rows),
          columns(buffer.columns),
          line(buffer.columns + 2 * buffer.border),
          depth((int32_t)SingleImagePass::depth(buffer, b)) {
      at = start + (ptrdiff_t)buffer.border * (line + 1) * depth;
    }
    float* pixel(int32_t r, int32_t c) const { return at + ((ptrdiff_t)r * line + c) * depth; }
  };

  // The maximum of PLACES = 4 outputs of a convolution, or 1 output, at each place of y.
  template <int PLACES>
  void conv(const Op& op, const Map& x, const Map& y) const {
    const int32_t k = op.window.kernel, side = PLACES == 4 ? 2 : 1, stride = op.window.stride;
    for (int32_t o = 0; o < op.out_channels; o += LANES) {
      const V bias = load(parameters_ + op.bias + o, op.out_channels - o);
      for (int32_t i = 0; i < y.rows; i++)
        for (int32_t j = 0; j < y.columns; j++) {
          const float* corner[PLACES];
          V sums[PLACES];
          for (int n = 0; n < PLACES; n++) {
            corner[n] = x.pixel((i * side + n / 2) * stride - op.window.padding,
                                (j * side + n % 2) * stride - op.window.padding);
            sums[n] = bias;
          }
          const float* w = parameters_ + op.weight + o;
          for (int32_t c = 0; c < x.channels; c++)
            for (int32_t kr = 0; kr < k; kr++)
              for (int32_t kc = 0; kc < k; kc++, w += op.out_channels) {
                const V weight = load(w);
                const ptrdiff_t tap = ((ptrdiff_t)kr * x.line + kc) * x.depth + c;
                for (int n = 0; n < PLACES; n++) sums[n] += weight * broadcast(corner[n][tap]);
              }
          V best = sums[0];
          for (int n = 1; n < PLACES; n++) best = max(best, sums[n]);
          store(y.pixel(i, j) + o, op.activation ? max(best, V{}) : best);
        }
    }
  }

  void maxpool(const Op& op, const Map& x, const Map& y) const {
    const int32_t known = min(LANES, x.depth), window = op.window.kernel;
    for (int32_t i = 0; i < y.rows; i++)
      for (int32_t j = 0; j < y.columns; j++)
        for (int32_t c = 0; c < x.channels; c += LANES) {
          V best = load(x.pixel(i * window, j * window) + c, known);
          for (int32_t n = 1; n < window * window; n++)
            best = max(best, load(x.pixel(i * window + n / window, j * window + n % window) + c, known));
          store(y.pixel(i, j) + c, op.activation ? max(best, V{}) : best);
        }
  }

  template <int VECTORS>
  void dense_block(const Op& op, const Map& x, const Map& y, int32_t o) const {
    V sums[VECTORS];
    for (int v = 0; v < VECTORS; v++)
      sums[v] = load(parameters_ + op.bias + o + v * LANES, op.out_channels - o - v * LANES);
    const float* w = parameters_ + op.weight + o;
    for (int32_t c = 0; c < x.channels; c++)
      for (int32_t i = 0; i < x.rows; i++)
        for (int32_t j = 0; j < x.columns; j++, w += op.out_channels)
          for (int v = 0; v < VECTORS; v++) sums[v] += load(w + v * LANES) * broadcast(x.pixel(i, j)[c]);
    for (int v = 0; v < VECTORS; v++) store(y.at + o + v * LANES, op.activation ? max(sums[v], V{}) : sums[v]);
  }
  void dense(const Op& op, const Map& x, const Map& y) const {
    int32_t o = 0;
    for (; o + 5 * LANES < op.out_channels; o += 6 * LANES) dense_block<6>(op, x, y, o);
    for (; o < op.out_channels; o += LANES) dense_block<1>(op, x, y, o);
  }

  const Plan& plan_;
  const float* parameters_;
  float* at_;
};

// Up to this many images go one by one.
inline int32_t max_single_images(const Plan& plan) { return SingleImagePass::fits(plan) ? LANES / 2 : 0; }

// The logits of a group, [class][lane], come before the rest of the workspace.
inline int64_t predict_bytes(const Plan& plan) {
  return plan.classes * (int64_t)sizeof(V) + max(LaneGroup::forward_bytes(plan), SingleImagePass::bytes(plan));
}

inline void predict(const Plan& plan, const float* parameters, const uint8_t* images, int64_t count, float temperature,
                    float* probabilities, void* workspace) {
  const int64_t area = (int64_t)plan.height * plan.width;
  const int32_t classes = plan.classes, rest = (int32_t)(count % LANES),
                alone = rest <= max_single_images(plan) ? rest : 0;
  V* z = (V*)workspace;
  const auto answer = [&](int64_t first, int32_t here) {
    const Softmax softmax(z, classes, 1 / temperature, z);
    for (int32_t c = 0; c < classes; c++) {
      const V probability = z[c] / softmax.total;
      for (int32_t l = 0; l < here; l++) probabilities[(first + l) * classes + c] = probability[l];
    }
  };
  if (alone < count) {
    const LaneGroup group(plan, z + classes, false);
    for (int64_t first = 0; first < count - alone; first += LANES) {
      const int32_t here = (int32_t)(count - first < LANES ? count - first : LANES);
      for (int32_t l = 0; l < here; l++) group.stage(l, images + (first + l) * area);
      group.load(here);
      group.forward(parameters);
      for (int32_t c = 0; c < classes; c++) z[c] = group.logits()[c];
      answer(first, here);
    }
  }
  if (alone) {
    const SingleImagePass pass(plan, parameters, z + classes);
    for (int32_t l = 0; l < alone; l++) {
      const float* logits = pass.logits(images + (count - alone + l) * area);
      for (int32_t c = 0; c < classes; c++) z[c][l] = logits[c];
    }
    answer(count - alone, alone);
  }
}

}  // namespace lenet
