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
    warp(affine(random));
    const double choice = random.uniform();
    const float amount = (float)random.uniform();
    if (choice < strength_.thicken) widen(amount, [](float a, float b) { return a > b ? a : b; });
    else if (choice < strength_.thicken + strength_.thin) widen(amount, [](float a, float b) { return a < b ? a : b; });
    brighten(image);
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

  // Source position of an image position, both seen from the centre: (xx xy; yx yy) p + (x, y).
  struct Affine {
    float xx, xy, yx, yy, x = 0, y = 0;
  };

  // Brings the ink back to where and how large it was. Letters are cropped and centred before a
  // network sees them, so a turned or stretched one must be as well.
  void recentre(Affine& map) const {
    const float scale = 1 / (map.xx * map.yy - map.xy * map.yx);
    float low[4] = {1e9f, 1e9f, 1e9f, 1e9f}, high[4] = {-1e9f, -1e9f, -1e9f, -1e9f};  // before, after
    for (int32_t r = 0; r < height_; r++)
      for (int32_t c = 0; c < width_; c++) {
        if (source_[(int64_t)(r + 1) * (width_ + 3) + c + 1] < 0.5f) continue;
        const float u = (float)c - 0.5f * (float)(width_ - 1), v = (float)r - 0.5f * (float)(height_ - 1);
        const float at[4] = {u, v, scale * (map.yy * u - map.xy * v), scale * (map.xx * v - map.yx * u)};
        for (int32_t k = 0; k < 4; k++) {
          low[k] = at[k] < low[k] ? at[k] : low[k];
          high[k] = at[k] > high[k] ? at[k] : high[k];
        }
      }
    if (low[0] > high[0]) return;
    const auto side = [&](int32_t k) {  // the longer one, of pixels and not of their centres
      const float wide = high[k] - low[k], tall = high[k + 1] - low[k + 1];
      return (wide > tall ? wide : tall) + 1;
    };
    const auto middle = [&](int32_t k) { return 0.5f * (low[k] + high[k]); };
    const float grown = side(2) / side(0);
    // The middle of the image shows the middle of the ink; a source off its centre stays so.
    map.x = map.xx * (middle(2) - grown * middle(0)) + map.xy * (middle(3) - grown * middle(1));
    map.y = map.yx * (middle(2) - grown * middle(0)) + map.yy * (middle(3) - grown * middle(1));
    map.xx *= grown, map.xy *= grown, map.yx *= grown, map.yy *= grown;
  }

  Affine affine(Random& random) const {
    const Rotation turn(strength_.rotation * random.symmetric());
    const float wide = (float)exponential(strength_.scale * random.symmetric());
    const float high = (float)exponential(strength_.scale * random.symmetric());
    const float shear = strength_.shear * random.symmetric();
    const float cosine = (float)turn.cosine, sine = (float)turn.sine;
    Affine map{wide * cosine, wide * (shear * cosine - sine), high * sine, high * (shear * sine + cosine)};
    recentre(map);
    map.x += strength_.shift * random.symmetric() * (float)width_;
    map.y += strength_.shift * random.symmetric() * (float)height_;
    return map;
  }

  // image(p) = source(affine(p) + displacement(p)), bilinear, blank outside.
  void warp(const Affine& map) {
    const float middle_x = 0.5f * (float)(width_ - 1), middle_y = 0.5f * (float)(height_ - 1);
    const float limit_x = (float)width_, limit_y = (float)height_;
    const int32_t line = width_ + 3;
    for (int32_t r = 0; r < height_; r++) {
      const float v = (float)r - middle_y;
      const float base_x = map.xy * v + map.x + middle_x, base_y = map.yy * v + map.y + middle_y;
      const int64_t row = (int64_t)r * width_;
      for (int32_t c = 0; c < width_; c++) {
        const float u = (float)c - middle_x;
        float x = map.xx * u + base_x + across_[row + c], y = map.yx * u + base_y + down_[row + c];
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

  // Makes the brightest pixel as bright as it was, as the ink definition would.
  void brighten(const uint8_t* image) {
    float before = 0, after = 0;
    for (int64_t i = 0; i < (int64_t)height_ * width_; i++) {
      before = image[i] > before ? image[i] : before;
      after = image_[i] > after ? image_[i] : after;
    }
    const float factor = after > 0 ? before / (255 * after) : 1;
    for (int64_t i = 0; i < (int64_t)height_ * width_; i++) image_[i] *= factor;
  }

  const lenet_augmentation& strength_;
  const int32_t height_, width_;
  float *source_, *across_, *down_, *image_, *spread_, *rows_, *columns_, *partial_;
};

}  // namespace lenet
