// Random affine, elastic and stroke-width changes of an image (Simard, Steinkraus & Platt 2003, section 2).
// Each image's numbers are a function of the seed and of its number in the training.
#pragma once
#include "lenet.h"
#include "scalar.hpp"

namespace lenet {

class Augmenter {
 public:
  static constexpr int32_t GRID = 5;  // points of the displacement grid along each axis

  static int64_t floats(int32_t height, int32_t width) {
    return (int64_t)(height + 3) * (width + 3) + 4 * (int64_t)height * width +
           (int64_t)GRID * (height + 3 * (int64_t)width);
  }

  Augmenter(const lenet_augmentation& strength, int32_t height, int32_t width, float* workspace)
      : strength_(strength), height_(height), width_(width) {
    const int64_t area = (int64_t)height * width;
    source_ = workspace;
    across_ = source_ + (int64_t)(height + 3) * (width + 3);
    down_ = across_ + area;
    image_ = down_ + area;
    spread_ = image_ + area;
    rows_ = spread_ + area;
    columns_ = rows_ + (int64_t)GRID * height;
    partial_ = columns_ + (int64_t)GRID * width;
    for (int64_t i = 0; i < (int64_t)(height + 3) * (width + 3); i++) source_[i] = 0;
    spline(height, rows_);
    spline(width, columns_);
  }

  bool idle() const {
    const lenet_augmentation& s = strength_;
    return !(s.rotation || s.scale || s.shear || s.shift || s.elastic || s.thicken || s.thin);
  }

  // float (height, width), 0..1; valid until the next call.
  const float* apply(const uint8_t* image, uint32_t seed, int64_t sample) {
    Random random(seed, Purpose::augment, (uint64_t)sample);
    for (int32_t r = 0; r < height_; r++)
      for (int32_t c = 0; c < width_; c++)
        source_[(int64_t)(r + 1) * (width_ + 3) + c + 1] = (float)image[(int64_t)r * width_ + c] * (1.0f / 255);
    displace(random, across_);
    displace(random, down_);
    warp(random);
    const double choice = random.uniform();
    const float amount = (float)random.uniform();
    if (choice < strength_.thicken) widen(amount, [](float a, float b) { return a > b ? a : b; });
    else if (choice < strength_.thicken + strength_.thin) widen(amount, [](float a, float b) { return a < b ? a : b; });
    return image_;
  }

 private:
  // weights[g][i]: how much grid point g counts at pixel i (Catmull-Rom, the ends repeated).
  static void spline(int32_t pixels, float* weights) {
    for (int32_t i = 0; i < GRID * pixels; i++) weights[i] = 0;
    for (int32_t i = 0; i < pixels; i++) {
      const float at = pixels > 1 ? (float)i * (GRID - 1) / (float)(pixels - 1) : 0;
      const int32_t cell = least((int32_t)at, GRID - 2);
      const float t = at - (float)cell;
      const float part[4] = {((2 - t) * t - 1) * t / 2, ((3 * t - 5) * t * t + 2) / 2, ((4 - 3 * t) * t + 1) * t / 2,
                             (t - 1) * t * t / 2};
      for (int32_t k = 0; k < 4; k++) weights[most(0, least(GRID - 1, cell - 1 + k)) * pixels + i] += part[k];
    }
  }

  // A smooth random field in pixels: a grid of bell-shaped numbers, splined along both axes.
  void displace(Random& random, float* field) {
    const float size = strength_.elastic * 0.5f * (float)most(height_, width_);
    for (int32_t r = 0; r < GRID; r++) {
      float* line = partial_ + (int64_t)r * width_;
      for (int32_t c = 0; c < width_; c++) line[c] = 0;
      for (int32_t g = 0; g < GRID; g++) {
        const float point = size * random.bell();
        for (int32_t c = 0; c < width_; c++) line[c] += point * columns_[(int64_t)g * width_ + c];
      }
    }
    for (int32_t r = 0; r < height_; r++) {
      float* line = field + (int64_t)r * width_;
      for (int32_t c = 0; c < width_; c++) line[c] = 0;
      for (int32_t g = 0; g < GRID; g++) {
        const float weight = rows_[(int64_t)g * height_ + r];
        const float* from = partial_ + (int64_t)g * width_;
        for (int32_t c = 0; c < width_; c++) line[c] += weight * from[c];
      }
    }
  }

  // image(p) = source(A (p - centre) + centre + shift + displacement(p)), bilinear, blank outside.
  void warp(Random& random) {
    const Rotation turn(strength_.rotation * random.symmetric());
    const float wide = (float)exponential(strength_.scale * random.symmetric());
    const float high = (float)exponential(strength_.scale * random.symmetric());
    const float shear = strength_.shear * random.symmetric();
    const float right = strength_.shift * random.symmetric() * (float)width_;
    const float lower = strength_.shift * random.symmetric() * (float)height_;
    const float cosine = (float)turn.cosine, sine = (float)turn.sine;
    const float xx = wide * cosine, xy = wide * (shear * cosine - sine);
    const float yx = high * sine, yy = high * (shear * sine + cosine);
    const float middle_x = 0.5f * (float)(width_ - 1), middle_y = 0.5f * (float)(height_ - 1);
    const float limit_x = (float)width_, limit_y = (float)height_;
    const int32_t line = width_ + 3;
    for (int32_t r = 0; r < height_; r++) {
      const float v = (float)r - middle_y;
      const float base_x = xy * v + middle_x + right, base_y = yy * v + middle_y + lower;
      const int64_t row = (int64_t)r * width_;
      for (int32_t c = 0; c < width_; c++) {
        const float u = (float)c - middle_x;
        float x = xx * u + base_x + across_[row + c], y = yx * u + base_y + down_[row + c];
        x = (x < -1 ? -1 : x > limit_x ? limit_x : x) + 1;  // the source has a blank border of one
        y = (y < -1 ? -1 : y > limit_y ? limit_y : y) + 1;
        const int32_t left = (int32_t)x, top = (int32_t)y;
        const float a = x - (float)left, b = y - (float)top;
        const float* at = source_ + (int64_t)top * line + left;
        const float upper = at[0] + a * (at[1] - at[0]), under = at[line] + a * (at[line + 1] - at[line]);
        image_[row + c] = upper + b * (under - upper);
      }
    }
  }

  // Mixes the image with its 3x3 maximum or minimum.
  template <class Pick>
  void widen(float amount, Pick pick) {
    for (int32_t r = 0; r < height_; r++) {
      const float* from = image_ + (int64_t)r * width_;
      float* to = spread_ + (int64_t)r * width_;
      for (int32_t c = 0; c < width_; c++)
        to[c] = pick(pick(from[most(c - 1, 0)], from[c]), from[least(c + 1, width_ - 1)]);
    }
    for (int32_t r = 0; r < height_; r++) {
      const float* above = spread_ + (int64_t)most(r - 1, 0) * width_;
      const float* here = spread_ + (int64_t)r * width_;
      const float* below = spread_ + (int64_t)least(r + 1, height_ - 1) * width_;
      float* to = image_ + (int64_t)r * width_;
      for (int32_t c = 0; c < width_; c++)
        to[c] += amount * (pick(pick(above[c], here[c]), below[c]) - to[c]);
    }
  }

  const lenet_augmentation& strength_;
  const int32_t height_, width_;
  float *source_, *across_, *down_, *image_, *spread_, *rows_, *columns_, *partial_;
};

}  // namespace lenet
