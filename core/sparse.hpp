// Gradients of a convolution that skip zeros in the gradient of its output. Under 2x2 max pooling at most one element
// in four is not zero, under relu even fewer, and their places differ from image to image. The backward pass therefore
// processes images one at a time, as [row][column][channel] with the border. An output then depends on `kernel` runs of
// kernel * channels neighbours; the lanes go along a run, and the argmax becomes an address instead of a selection in
// each lane.
#pragma once
#include "convolution.hpp"

namespace lenet {

class Sparse {
 public:
  // True if the weight gradient is computed here: if runs fill registers. With four lanes always: the other kernel is
  // not faster then, and the WebAssembly would be larger with both.
  static bool suits(int32_t kernel, int32_t channels, bool pooled) {
    return LANES == 4 || (pooled && 2 * kernel * channels >= LANES);
  }

  struct Shape {
    int32_t channels, rows, columns;
  };

  // Size of the scratch in vectors, for an input of this shape and `outputs` maps of `places` elements. `list` writes
  // one entry beyond the last.
  static int64_t vectors(const Shape& input, const Window& window, int64_t outputs, int64_t places) {
    const int64_t run = run_of(window.kernel, input.channels);
    const int64_t rows = input.rows + 2 * window.padding, columns = input.columns + 2 * window.padding;
    return padded(rows * columns * input.channels) + run + outputs * window.kernel * run / LANES + 2 * places + 1;
  }

  // x has a border of `padding`.
  Sparse(const View& x, const Window& window, int32_t outputs, V* scratch)
      : channels_(x.channels),
        rows_(x.rows + 2 * window.padding),
        line_((x.columns + 2 * window.padding) * x.channels),
        kernel_(window.kernel),
        stride_(window.stride),
        padding_(window.padding),
        outputs_(outputs),
        run_(run_of(window.kernel, x.channels)),
        image_((int32_t)padded((int64_t)rows_ * line_) + run_),
        images_((float*)scratch),
        weights_(images_ + (ptrdiff_t)LANES * image_),
        entries_((Entry*)(weights_ + (ptrdiff_t)outputs * kernel_ * run_)) {}

  // gw[c][r][s][o] += sum over images and places of x * gy.
  //   argmax  null, or as written by conv_pool_forward: gy is then the gradient of the pooled map
  void weight_gradient(const View& x, const View& gy, const I* argmax, float* gw, bool accumulate) const {
    take_out(x);
    const float* images = images_;  // copies: the compiler must assume that stores change members
    const int32_t line = line_;
    each_list(gy, argmax, [&](int32_t o, bool first, const Entry* end) {
      each_block(o, [&]<int ROWS, int N>(int32_t at, V* total) {
        V sums[ROWS][N];
        for (int r = 0; r < ROWS; r++)
          for (int n = 0; n < N; n++) sums[r][n] = first ? V{} : total[r * run_ / LANES + n];
        for (const Entry* entry = entries_; entry < end; entry++) {
          const V gradient = broadcast(entry->gradient);
          const float* from = images + entry->at + at;
          for (int r = 0; r < ROWS; r++)
            for (int n = 0; n < N; n++) sums[r][n] += gradient * load(from + r * line + n * LANES);
        }
        for (int r = 0; r < ROWS; r++)
          for (int n = 0; n < N; n++) total[r * run_ / LANES + n] = sums[r][n];
      });
    });
    each_tap([&](float& weight, ptrdiff_t at) { add_or_set(gw[at], weight, accumulate); });
  }

  // The gradient of the inputs.
  void input_gradient(const View& gy, const I* argmax, const float* w, const View& gx) const {
    __builtin_memset(images_, 0, (size_t)LANES * image_ * sizeof(float));
    __builtin_memset(weights_, 0, (size_t)outputs_ * kernel_ * run_ * sizeof(float));
    each_tap([&](float& weight, ptrdiff_t at) { weight = w[at]; });
    float* images = images_;
    const int32_t line = line_;
    each_list(gy, argmax, [&](int32_t o, bool, const Entry* end) {
      each_block(o, [&]<int ROWS, int N>(int32_t at, const V* from) {
        V weights[ROWS][N];
        for (int r = 0; r < ROWS; r++)
          for (int n = 0; n < N; n++) weights[r][n] = from[r * run_ / LANES + n];
        for (const Entry* entry = entries_; entry < end; entry++) {
          const V gradient = broadcast(entry->gradient);
          float* to = images + entry->at + at;
          for (int r = 0; r < ROWS; r++)
            for (int n = 0; n < N; n++) {
              float* here = to + r * line + n * LANES;
              store(here, load(here) + gradient * weights[r][n]);
            }
        }
      });
    });
    put_back(gx);
  }

 private:
  // An element of gy that is not zero, and the address of its first tap in the images.
  struct Entry {
    float gradient;
    int32_t at;
  };

  // Number of sums, or weights, that a block keeps in registers; bytes of images that are processed together. With
  // fewer bytes, sums are reloaded more often; with more, the images leave the cache.
  static constexpr int REGISTERS = LANES == 16 ? 24 : 10;
  static constexpr int32_t NEAR = 1 << 16;

  // Length of a run, padded to whole registers, or pairs of registers with four lanes.
  static int32_t run_of(int64_t kernel, int64_t channels) {
    constexpr int32_t UNIT = LANES == 4 ? 8 : LANES;
    return (int32_t)((kernel * channels + UNIT - 1) / UNIT * UNIT);
  }

  float* image(int32_t l) const { return images_ + (ptrdiff_t)l * image_; }

  // Copies the images out of the lanes. The padding written after a line is overwritten by the next line, or lies
  // behind the image.
  void take_out(const View& x) const {
    for (int32_t r = 0; r < rows_; r++) {
      const V* from = x.row(0, r - padding_) - padding_;
      for (int32_t first = 0, c = 0, j = 0; first < line_; first += LANES) {
        V some[LANES] = {};
        for (int32_t n = 0; n < min(LANES, line_ - first); n++) {
          some[n] = from[(ptrdiff_t)c * x.plane + j];
          if (++c == channels_) c = 0, j++;
        }
        transpose(some);
        for (int32_t l = 0; l < LANES; l++) store(image(l) + r * line_ + first, some[l]);
      }
    }
  }

  // Copies the images back into the lanes, without the border.
  void put_back(const View& gx) const {
    const int32_t count = gx.columns * channels_;
    for (int32_t r = 0; r < gx.rows; r++) {
      V* to = gx.row(0, r);
      const int32_t begin = (r + padding_) * line_ + padding_ * channels_;
      for (int32_t first = 0, c = 0, j = 0; first < count; first += LANES) {
        V some[LANES];
        for (int32_t l = 0; l < LANES; l++) some[l] = load(image(l) + begin + first);
        transpose(some);
        for (int32_t n = 0; n < min(LANES, count - first); n++) {
          to[(ptrdiff_t)c * gx.plane + j] = some[n];
          if (++c == channels_) c = 0, j++;
        }
      }
    }
  }

  // Calls body(o, first, end) for each output channel and group of images that fits into NEAR bytes.
  template <class Body>
  void each_list(const View& gy, const I* argmax, Body body) const {
    int32_t together = LANES;
    while (together > 1 && together * image_ > NEAR / (int32_t)sizeof(float)) together /= 2;
    for (int32_t l = 0; l < LANES; l += together)
      for (int32_t o = 0; o < outputs_; o++) body(o, l == 0, list(gy, argmax, o, l, together));
  }

  // Lists the nonzero elements of `count` images from l on; returns the end of the list.
  const Entry* list(const View& gy, const I* argmax, int32_t o, int32_t l, int32_t count) const {
    const int32_t shift[4] = {0, channels_, line_, line_ + channels_}, step = argmax ? 2 : stride_;
    const float* gradients = (const float*)gy.row(o, 0) + l;
    const int32_t* places = argmax ? (const int32_t*)(argmax + (ptrdiff_t)o * gy.plane) + l : nullptr;
    Entry* end = entries_;
    for (int32_t i = 0; i < gy.rows; i++)
      for (int32_t j = 0; j < gy.columns; j++, gradients += LANES) {
        const int32_t at = step * (i * line_ + j * channels_) + l * image_;
        for (int32_t n = 0; n < count; n++) {
          *end = {gradients[n], at + n * image_ + (places ? shift[places[n]] : 0)};
          end += gradients[n] != 0;
        }
        if (places) places += LANES;
      }
    return end;
  }

  // Calls body.operator()<rows, N>(at, weights) for blocks of the runs of output o: `at` is the offset in an image from
  // an entry's address. With four lanes there are fewer block sizes, because each is code in the WebAssembly.
  template <class Body>
  void each_block(int32_t o, Body body) const {
    int32_t v = 0;
    const int32_t vectors = run_ / LANES;
    const auto column = [&]<int N>() {
      int32_t kr = 0;
      const auto rows = [&]<int ROWS>() {
        for (; kernel_ - kr >= ROWS; kr += ROWS)
          body.template operator()<ROWS, N>(kr * line_ + v * LANES,
                                            (V*)(weights_ + (ptrdiff_t)(o * kernel_ + kr) * run_) + v);
      };
      if constexpr (5 * N <= REGISTERS) rows.template operator()<5>();
      if constexpr (3 * N <= REGISTERS && LANES > 4) rows.template operator()<3>();
      rows.template operator()<1>();
      v += N;
    };
    while (vectors - v >= 8) column.template operator()<8>();
    if constexpr (LANES > 4) {
      if (vectors - v >= 5) column.template operator()<5>();
      if (vectors - v >= 3) column.template operator()<3>();
      if (vectors - v == 1) column.template operator()<1>();
    } else if (vectors - v >= 4) {
      column.template operator()<4>();
    }
    if (vectors - v >= 2) column.template operator()<2>();
  }

  // Calls body(weight, at) for each weight in this class's order, [o][r][s][c], with its index in [c][r][s][o].
  template <class Body>
  void each_tap(Body body) const {
    for (int32_t c = 0; c < channels_; c++)
      for (int32_t kr = 0; kr < kernel_; kr++)
        for (int32_t kc = 0; kc < kernel_; kc++)
          for (int32_t o = 0; o < outputs_; o++)
            body(weights_[(ptrdiff_t)(o * kernel_ + kr) * run_ + kc * channels_ + c],
                 ((ptrdiff_t)(c * kernel_ + kr) * kernel_ + kc) * outputs_ + o);
  }

  const int32_t channels_, rows_, line_;  // of an image with its border; a line in floats
  const int32_t kernel_, stride_, padding_, outputs_;
  const int32_t run_;    // kernel * channels, whole registers
  const int32_t image_;  // floats from one to the next
  float* images_;
  float* weights_;  // (outputs, kernel, run)
  Entry* entries_;
};

}  // namespace lenet
