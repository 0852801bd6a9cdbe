// Data augmentation: random affine, elastic and stroke-width distortions (Simard, Steinkraus & Platt 2003, section 2).
// The random numbers of an image are a function of the seed and of its number in the training.
#pragma once
#include "lanes.hpp"
#include "lenet.h"
#include "scalar.hpp"

namespace lenet {

class Augmenter {
 public:
  static constexpr int32_t GRID = 5;  // points of the displacement grid along each axis

  static int64_t bytes(int32_t height, int32_t width) { return Parts(height, width).end; }

  // workspace: `bytes` bytes; its contents do not matter.
  Augmenter(const lenet_augmentation& strength, int32_t height, int32_t width, void* workspace)
      : strength_(strength), height_(height), width_(width), line_((int32_t)padded(width)) {
    const Parts parts(height, width);
    uint8_t* at = (uint8_t*)workspace;
    image_ = (float*)at;
    widened_ = (float*)(at + parts.widened);
    columns_ = (float*)(at + parts.columns);
    across_ = (float*)(at + parts.across);
    down_ = (float*)(at + parts.down);
    rows_ = (float*)(at + parts.rows);
    corners_ = (uint32_t*)(at + parts.corners);
    source_ = at + parts.source;
    __builtin_memset(workspace, 0, (size_t)parts.end);
    spline(height, height, rows_);
    spline(width, line_, columns_);
  }

  bool idle() const {
    const lenet_augmentation& s = strength_;
    return !(s.rotation || s.scale || s.shear || s.shift || s.elastic || s.thicken || s.thin);
  }

  // augmented: float (height, width), 0..1
  void apply(const uint8_t* image, uint32_t seed, int64_t sample, float* augmented) {
    Random random(seed, Purpose::augment, (uint64_t)sample);
    read(image);
    displace(random, across_);
    displace(random, down_);
    warp(affine(random));
    const double choice = random.uniform();
    const float amount = (float)random.uniform();
    if (choice < strength_.thicken)
      widen(amount, [](float a, float b) { return a > b ? a : b; });
    else if (choice < strength_.thicken + strength_.thin)
      widen(amount, [](float a, float b) { return a < b ? a : b; });
    brighten(image, augmented);
  }

 private:
  // Byte offsets in the workspace. Lines of floats are filled up to whole registers.
  struct Parts {
    int64_t widened, columns, across, down, rows, corners, source, end;
    Parts(int32_t height, int32_t width) {
      const int64_t line = padded(width) * (int64_t)sizeof(float);
      widened = height * line;
      columns = widened + height * line;
      across = columns + GRID * line;
      down = across + GRID * line;
      rows = down + GRID * line;
      corners = rows + GRID * height * (int64_t)sizeof(float);
      source = corners + (int64_t)(height + 2) * (width + 2) * (int64_t)sizeof(uint32_t);
      end = source + (int64_t)(height + 3) * (width + 3);
    }
  };

  // weights[g][i]: weight of grid point g at pixel i (Catmull-Rom, the ends repeated).
  static void spline(int32_t pixels, int32_t line, float* weights) {
    for (int32_t i = 0; i < pixels; i++) {
      const float at = pixels > 1 ? (float)i * (GRID - 1) / (float)(pixels - 1) : 0;
      const int32_t cell = min((int32_t)at, GRID - 2);
      const float t = at - (float)cell;
      const float part[4] = {((2 - t) * t - 1) * t / 2, ((3 * t - 5) * t * t + 2) / 2, ((4 - 3 * t) * t + 1) * t / 2,
                             (t - 1) * t * t / 2};
      for (int32_t k = 0; k < 4; k++) weights[max(0, min(GRID - 1, cell - 1 + k)) * line + i] += part[k];
    }
  }

  // Copies the image with a border of zeros, and packs each pixel with its right, lower and lower right neighbour into
  // one word: the four that bilinear interpolation needs.
  void read(const uint8_t* image) {
    const int32_t wide = width_ + 3;
    for (int32_t r = 0; r < height_; r++)
      __builtin_memcpy(source_ + (int64_t)(r + 1) * wide + 1, image + (int64_t)r * width_, (size_t)width_);
    for (int32_t r = 0; r < height_ + 2; r++) {
      const uint8_t *from = source_ + (int64_t)r * wide, *under = from + wide;
      uint32_t* to = corners_ + (int64_t)r * (width_ + 2);
      for (int32_t c = 0; c < width_ + 2; c++)
        to[c] = from[c] | (uint32_t)from[c + 1] << 8 | (uint32_t)under[c] << 16 | (uint32_t)under[c + 1] << 24;
    }
  }

  // A smooth random displacement in pixels: a grid of random numbers, interpolated here along its rows.
  void displace(Random& random, float* field) {
    const float size = strength_.elastic * 0.5f * (float)max(height_, width_);
    for (int32_t r = 0; r < GRID; r++) {
      float* to = field + (int64_t)r * line_;
      for (int32_t c = 0; c < line_; c++) to[c] = 0;
      for (int32_t g = 0; g < GRID; g++) {
        const float point = size * random.bell();
        VECTORISE for (int32_t c = 0; c < line_; c++) to[c] += point * columns_[(int64_t)g * line_ + c];
      }
    }
  }

  // Maps an image position to a source position, both relative to the centre: (xx xy; yx yy) p + (x, y).
  struct Affine {
    float xx, xy, yx, yy, x = 0, y = 0;
  };

  // Restores the position and size of the ink. Rasterization crops and centres letters, so a rotated or stretched
  // letter must be cropped and centred as well.
  void recentre(Affine& map) const {
    const float scale = 1 / (map.xx * map.yy - map.xy * map.yx);
    float low[4] = {1e9f, 1e9f, 1e9f, 1e9f}, high[4] = {-1e9f, -1e9f, -1e9f, -1e9f};  // before, after
    const auto see = [&](int32_t r, int32_t c) {
      const float u = (float)c - 0.5f * (float)(width_ - 1), v = (float)r - 0.5f * (float)(height_ - 1);
      const float at[4] = {u, v, scale * (map.yy * u - map.xy * v), scale * (map.xx * v - map.yx * u)};
      for (int32_t k = 0; k < 4; k++) {
        low[k] = at[k] < low[k] ? at[k] : low[k];
        high[k] = at[k] > high[k] ? at[k] : high[k];
      }
    };
    for (int32_t r = 0; r < height_; r++) {  // the ends of each row are enough
      const uint8_t* line = source_ + (int64_t)(r + 1) * (width_ + 3) + 1;
      int32_t first = 0, last = width_ - 1;
      while (first < width_ && line[first] < 128) first++;
      if (first == width_) continue;
      while (line[last] < 128) last--;
      see(r, first);
      see(r, last);
    }
    if (low[0] > high[0]) return;
    const auto side = [&](int32_t k) {  // the longer one, between edges and not centres of pixels
      const float wide = high[k] - low[k], tall = high[k + 1] - low[k + 1];
      return (wide > tall ? wide : tall) + 1;
    };
    const auto middle = [&](int32_t k) { return 0.5f * (low[k] + high[k]); };
    const float grown = side(2) / side(0);
    // The middle of the ink keeps its offset from the middle of the image.
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

  // image(p) = source(affine(p) + displacement(p)), 0..255, bilinear, blank outside.
  void warp(const Affine& map) {
    const float middle_x = 0.5f * (float)(width_ - 1), middle_y = 0.5f * (float)(height_ - 1);
    V lane;
    for (int l = 0; l < LANES; l++) lane[l] = (float)l;
    for (int32_t r = 0; r < height_; r++) {
      const float v = (float)r - middle_y;
      // The source has a border of one pixel.
      const float base_x = map.xy * v + map.x + middle_x + 1, base_y = map.yy * v + map.y + middle_y + 1;
      for (int32_t c = 0; c < line_; c += LANES) {
        const V column = lane + (float)c, u = column - middle_x;
        V x = u * map.xx + base_x, y = u * map.yx + base_y;
        for (int32_t g = 0; g < GRID; g++) {
          const float weight = rows_[(int64_t)g * height_ + r];
          x += weight * register_at(across_ + (int64_t)g * line_ + c);
          y += weight * register_at(down_ + (int64_t)g * line_ + c);
        }
        const V value = between(x, y);
        register_at(image_ + (int64_t)r * line_ + c) = (V)((column < (float)width_) & (I)value);
      }
    }
  }
  static V& register_at(float* at) { return *(V*)at; }

  // Bilinear interpolation of the source; positions include its border.
  V between(V x, V y) const {
    x = min(max(x, V{}), broadcast((float)(width_ + 1)));
    y = min(max(y, V{}), broadcast((float)(height_ + 1)));
    const I left = __builtin_convertvector(x, I), top = __builtin_convertvector(y, I);
    const V a = x - __builtin_convertvector(left, V), b = y - __builtin_convertvector(top, V);
    const I place = top * (width_ + 2) + left;
    I word;
    for (int l = 0; l < LANES; l++) word[l] = (int32_t)corners_[place[l]];
    const auto corner = [&](int shift) { return __builtin_convertvector((word >> shift) & 255, V); };
    const V upper = corner(0) + a * (corner(8) - corner(0)), under = corner(16) + a * (corner(24) - corner(16));
    return upper + b * (under - upper);
  }

  // Blends the image with its 3x3 maximum or minimum.
  template <class Pick>
  void widen(float amount, Pick pick) {
    for (int32_t r = 0; r < height_; r++) {
      const float* from = image_ + (int64_t)r * line_;
      float* to = widened_ + (int64_t)r * line_;
      VECTORISE for (int32_t c = 1; c < width_ - 1; c++) to[c] = pick(pick(from[c - 1], from[c]), from[c + 1]);
      to[0] = pick(from[0], from[min(1, width_ - 1)]);
      to[width_ - 1] = pick(from[max(width_ - 2, 0)], from[width_ - 1]);
    }
    for (int32_t r = 0; r < height_; r++) {
      const float* above = widened_ + (int64_t)max(r - 1, 0) * line_;
      const float* here = widened_ + (int64_t)r * line_;
      const float* below = widened_ + (int64_t)min(r + 1, height_ - 1) * line_;
      float* to = image_ + (int64_t)r * line_;
      VECTORISE for (int32_t c = 0; c < width_; c++) to[c] +=
          amount * (pick(pick(above[c], here[c]), below[c]) - to[c]);
    }
  }

  // Scales the brightness so that the brightest pixel is as bright as before, as rasterization does.
  void brighten(const uint8_t* image, float* augmented) const {
    int32_t before = 0;
    for (int64_t i = 0; i < (int64_t)height_ * width_; i++) before = max(before, image[i]);
    V most_of = {};
    for (int64_t i = 0; i < (int64_t)height_ * line_; i += LANES) most_of = max(most_of, register_at(image_ + i));
    float after = 0;
    for (int l = 0; l < LANES; l++) after = most_of[l] > after ? most_of[l] : after;
    const float factor = after > 0 ? (float)before / (255 * after) : 0;
    for (int32_t r = 0; r < height_; r++)
      VECTORISE for (int32_t c = 0; c < width_; c++) augmented[(int64_t)r * width_ + c] =
          factor * image_[(int64_t)r * line_ + c];
  }

  const lenet_augmentation& strength_;
  const int32_t height_, width_, line_;
  float *image_, *widened_;           // (height, line)
  float *columns_, *across_, *down_;  // (GRID, line)
  float* rows_;                       // (GRID, height)
  uint32_t* corners_;                 // (height + 2, width + 2)
  uint8_t* source_;                   // (height + 3, width + 3)
};

}  // namespace lenet
