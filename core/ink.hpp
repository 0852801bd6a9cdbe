// Strokes or a picture -> 28x28, as NIST made EMNIST (Cohen et al. 2017, section III; docs/reference/ink.md).
//
// Both become an ink mask of 112x112 in which the longer side of the ink measures 86; one separable
// integer filter (Gaussian blur and bicubic reduction by 4 in one) and a rescale to 0..255 follow.
// Every machine and browser must get the same bytes: up to the mask only + - * / and comparisons in
// float64, never contracted to fused operations; after it integers.
#pragma once
#include "lenet.h"
#include "scalar.hpp"

#pragma clang fp contract(off)

namespace lenet::ink {

constexpr int32_t REDUCTION = 4, MASK = LENET_SIDE * REDUCTION, INK = 86;
constexpr double DOT = 1e-9;  // drawings smaller than this in their own unit are a dot

// Half of the symmetric filter, in 1/1024: a Gaussian of sigma 2 mask pixels convolved with the Keys
// cubic (a = -1/2) stretched 4 times, rounded.
constexpr int32_t TAPS = 11;
constexpr int32_t TAP[TAPS] = {168, 144, 106, 64, 30, 9, -1, -3, -3, -1, -1};

struct Mask {
  uint8_t cover[MASK][MASK] = {};  // 0..255
};

// Filters along the columns and keeps every fourth row: in (MASK, width), out (LENET_SIDE, width).
template <class T>
inline void filter(const T* in, int32_t width, int32_t* out) {
  for (int32_t i = 0; i < LENET_SIDE * width; i++) out[i] = 0;
  for (int32_t r = 0; r < MASK; r++)
    for (int32_t i = max(0, (r - TAPS) / REDUCTION); i < LENET_SIDE; i++) {
      const int32_t right = i * REDUCTION + REDUCTION / 2, tap = r >= right ? r - right : right - 1 - r;
      if (tap >= TAPS) {
        if (right > r) break;
        continue;
      }
      for (int32_t c = 0; c < width; c++) out[i * width + c] += TAP[tap] * in[r * width + c];
    }
}

inline void transpose(const int32_t* in, int32_t rows, int32_t columns, int32_t* out) {
  for (int32_t r = 0; r < rows; r++)
    for (int32_t c = 0; c < columns; c++) out[c * rows + r] = in[r * columns + c];
}

inline void reduce(const Mask& mask, uint8_t* image) {
  int32_t low[LENET_SIDE * MASK], transposed[MASK * LENET_SIDE], small[LENET_SIDE * LENET_SIDE];
  filter(mask.cover[0], MASK, low);
  transpose(low, LENET_SIDE, MASK, transposed);
  filter(transposed, LENET_SIDE, small);
  transpose(small, LENET_SIDE, LENET_SIDE, low);
  int32_t brightest = 0;
  for (int32_t i = 0; i < LENET_SIDE * LENET_SIDE; i++) brightest = max(brightest, low[i]);
  for (int32_t i = 0; i < LENET_SIDE * LENET_SIDE; i++)
    image[i] = brightest ? (uint8_t)(((int64_t)max(0, low[i]) * 255 + brightest / 2) / brightest) : 0;
}

// ---- Strokes --------------------------------------------------------------------------------

struct Point {
  double x, y;
};

// Eight pixels of a row are tested at once.
constexpr int32_t SPAN = 8;
typedef double Span __attribute__((vector_size(8 * SPAN)));
typedef int8_t Covers __attribute__((vector_size(SPAN)));

// Covers the mask pixels whose centre is within `radius` of the segment from a to b.
inline void draw(Mask& mask, Point a, Point b, double radius) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy, reach = radius * radius;
  const auto low = [radius](double u, double v) { return max(0, (int32_t)((u < v ? u : v) - radius)); };
  const auto high = [radius](double u, double v) { return min(MASK - 1, (int32_t)((u > v ? u : v) + radius)); };
  const int32_t left = low(a.x, b.x) / SPAN * SPAN, right = high(a.x, b.x), top = low(a.y, b.y),
                bottom = high(a.y, b.y);
  for (int32_t r = top; r <= bottom; r++) {
    const double y = r + 0.5 - a.y;
    for (int32_t c = left; c <= right; c += SPAN) {
      uint64_t inked;
      __builtin_memcpy(&inked, &mask.cover[r][c], sizeof inked);
      if (!~inked) continue;
      const Span x = Span{0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5} + (double)c - a.x;
      const Span along = x * dx + y * dy, across = x * dy - y * dx;
      const auto inside = along <= 0        ? x * x + y * y <= reach
                          : along >= length ? (x - dx) * (x - dx) + (y - dy) * (y - dy) <= reach
                                            : across * across <= reach * length;
      const auto covers = __builtin_convertvector(inside, Covers);
      uint64_t more;
      __builtin_memcpy(&more, &covers, sizeof more);
      inked |= more;
      __builtin_memcpy(&mask.cover[r][c], &inked, sizeof inked);
    }
  }
}

inline int32_t check(const double* points, const int32_t* stroke_ends, int32_t strokes, double pen) {
  if (strokes < 0 || !(pen >= LENET_MIN_PEN && pen <= LENET_MAX_PEN)) return LENET_BAD_ARGUMENT;
  for (int32_t s = 0, last = 0; s < strokes; last = stroke_ends[s++])
    if (stroke_ends[s] < last) return LENET_BAD_ARGUMENT;
  const int32_t count = strokes ? stroke_ends[strokes - 1] : 0;
  if (count > LENET_MAX_POINTS) return LENET_TOO_LARGE;
  constexpr double limit = LENET_MAX_COORDINATE;
  for (int32_t i = 0; i < 2 * count; i++)
    if (!(points[i] >= -limit && points[i] <= limit)) return LENET_BAD_COORDINATE;  // false for NaN too
  return LENET_OK;
}

inline int32_t strokes(const double* points, const int32_t* stroke_ends, int32_t strokes, double pen, uint8_t* image) {
  const int32_t status = check(points, stroke_ends, strokes, pen), count = strokes > 0 ? stroke_ends[strokes - 1] : 0;
  if (status != LENET_OK) return status;
  Mask mask;
  if (count == 0) {
    reduce(mask, image);
    return 0;
  }
  Point low{points[0], points[1]}, high = low;
  for (int32_t i = 1; i < count; i++) {
    const double x = points[2 * i], y = points[2 * i + 1];
    low = {x < low.x ? x : low.x, y < low.y ? y : low.y};
    high = {x > high.x ? x : high.x, y > high.y ? y : high.y};
  }
  const double width = high.x - low.x, height = high.y - low.y, side = width > height ? width : height;
  // The pen adds its width to the letter: side * (1 + pen) must measure INK.
  const double usable = INK / (1 + pen), scale = side > DOT ? usable / side : 0, radius = usable * pen / 2;
  const Point middle{low.x + width / 2, low.y + height / 2};
  const auto placed = [&](int32_t i) {
    return Point{(points[2 * i] - middle.x) * scale + MASK / 2, (points[2 * i + 1] - middle.y) * scale + MASK / 2};
  };
  for (int32_t s = 0, first = 0; s < strokes; first = stroke_ends[s++]) {
    if (stroke_ends[s] == first) continue;
    Point from = placed(first);
    if (stroke_ends[s] == first + 1) draw(mask, from, from, radius);
    for (int32_t i = first + 1; i < stroke_ends[s]; i++) {
      const Point to = placed(i);
      draw(mask, from, to, radius);
      from = to;
    }
  }
  reduce(mask, image);
  return 1;
}

// ---- Pictures -------------------------------------------------------------------------------

// The tones of ink and paper, by Otsu's threshold.
struct Split {
  int32_t threshold = 0, dark = 0, light = 0;  // the mean tone below and from the threshold on
  bool found = false, paper_is_light = true;

  Split(const uint8_t* picture, int32_t height, int32_t width) {
    int64_t count[256] = {};
    for (int64_t i = 0; i < (int64_t)height * width; i++) count[picture[i]]++;
    threshold = otsu(count);
    if (!threshold) return;
    dark = mean(count, 0, threshold), light = mean(count, threshold, 256);
    if (light - dark < MIN_CONTRAST) return;
    found = true;
    paper_is_light = light_border(picture, height, width, threshold);
  }

 private:
  static constexpr int32_t MIN_CONTRAST = 16;

  static int32_t mean(const int64_t* count, int32_t from, int32_t to) {
    int64_t total = 0, weighted = 0;
    ROLLED for (int32_t tone = from; tone < to; tone++) total += count[tone], weighted += count[tone] * tone;
    return (int32_t)((weighted + total / 2) / total);
  }

  // The threshold with the largest variance between its two classes (Otsu 1979); 0 if there is only one tone.
  static int32_t otsu(const int64_t* count) {
    double all = 0, weighted = 0, below = 0, below_weighted = 0, best = -1;
    ROLLED for (int32_t tone = 0; tone < 256; tone++) {
      all += (double)count[tone];
      weighted += (double)count[tone] * tone;
    }
    int32_t threshold = 0;
    for (int32_t tone = 1; tone < 256; tone++) {
      below += (double)count[tone - 1];
      below_weighted += (double)count[tone - 1] * (tone - 1);
      const double above = all - below;
      if (below == 0 || above == 0) continue;
      const double apart = (weighted - below_weighted) / above - below_weighted / below;
      const double variance = below * above * apart * apart;
      if (variance > best) best = variance, threshold = tone;
    }
    return threshold;
  }

  // The background is light if most of the border is.
  static bool light_border(const uint8_t* picture, int32_t height, int32_t width, int32_t threshold) {
    int64_t light = 0, all = 0;
    const auto see = [&](int32_t r, int32_t c) { light += picture[(int64_t)r * width + c] >= threshold, all++; };
    for (int32_t c = 0; c < width; c++) see(0, c), see(height - 1, c);
    for (int32_t r = 0; r < height; r++) see(r, 0), see(r, width - 1);
    return 2 * light > all;
  }
};

// Maps grey tones to ink, 0..255.
struct Tones {
  uint8_t cover[256] = {};
  bool found;

  explicit Tones(const Split& split) : found(split.found) {
    if (!found) return;
    // Between the two mean tones: no ink up to a quarter of the way, full ink from three quarters on.
    ROLLED for (int32_t tone = 0; tone < 256; tone++) {
      const int32_t gone = split.paper_is_light ? split.light - tone : tone - split.dark, all = split.light - split.dark;
      cover[tone] = (uint8_t)max(0, min(255, (gone * 4 - all) * 255 / (2 * all)));
    }
  }
};

// Overlap of target cell j (of `cells`) and source pixel i (of `pixels`), in 1/pixels of a cell.
inline int64_t overlap(int32_t i, int32_t pixels, int32_t j, int32_t cells) {
  const int64_t begin = (int64_t)i * cells, end = begin + cells, from = (int64_t)j * pixels, to = from + pixels;
  return (end < to ? end : to) - (begin > from ? begin : from);
}

struct Box {
  int32_t top, left, height, width;
};

// Averages the box of ink into the middle of the mask; its longer side becomes INK pixels long.
inline void place(const uint8_t* picture, int32_t line, const Box& box, const uint8_t* cover, Mask& mask) {
  const int32_t side = max(box.height, box.width);
  const int32_t high = max(1, (int32_t)(((int64_t)INK * box.height * 2 + side) / (2 * (int64_t)side)));
  const int32_t wide = max(1, (int32_t)(((int64_t)INK * box.width * 2 + side) / (2 * (int64_t)side)));
  const int64_t area = (int64_t)box.height * box.width;
  for (int32_t r = 0; r < high; r++) {
    int64_t total[INK] = {};
    for (int32_t i = (int32_t)((int64_t)r * box.height / high); i < box.height; i++) {
      const int64_t share = overlap(i, box.height, r, high);
      if (share <= 0) break;
      const uint8_t* from = picture + (int64_t)(box.top + i) * line + box.left;
      for (int32_t c = 0; c < wide; c++)
        for (int32_t j = (int32_t)((int64_t)c * box.width / wide); j < box.width; j++) {
          const int64_t part = overlap(j, box.width, c, wide);
          if (part <= 0) break;
          total[c] += share * part * cover[from[j]];
        }
    }
    uint8_t* to = mask.cover[(MASK - high) / 2 + r] + (MASK - wide) / 2;
    for (int32_t c = 0; c < wide; c++) to[c] = (uint8_t)((total[c] + area / 2) / area);
  }
}

inline int32_t picture(const uint8_t* picture, int32_t height, int32_t width, uint8_t* image) {
  if (height < 1 || width < 1) return LENET_BAD_ARGUMENT;
  if (height > LENET_MAX_PICTURE_SIDE || width > LENET_MAX_PICTURE_SIDE) return LENET_TOO_LARGE;
  const Tones tones(Split(picture, height, width));
  Mask mask;
  if (tones.found) {
    int32_t top = height, left = width, bottom = -1, right = -1;
    for (int32_t r = 0; r < height; r++)
      for (int32_t c = 0; c < width; c++)
        if (tones.cover[picture[(int64_t)r * width + c]] >= 128) {
          top = min(top, r), bottom = r;
          left = min(left, c), right = max(right, c);
        }
    place(picture, width, {top, left, bottom - top + 1, right - left + 1}, tones.cover, mask);
  }
  reduce(mask, image);
  return tones.found;
}

}  // namespace lenet::ink

#pragma clang fp contract(on)
