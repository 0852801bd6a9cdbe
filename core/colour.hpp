// Colour to grey, so that ink and paper differ: by brightness or, where they are equally bright, by their colours.
#pragma once
#include "scalar.hpp"

namespace lenet::colour {

constexpr int32_t SAMPLES = 256;   // of the longer side
constexpr int32_t MIN_STEP = 32;   // of a channel: less is noise
constexpr double MIN_LUMA = 0.02;  // of the energy of the strongest axis

// The direction in RGB along which most edges of a picture lie: the first eigenvector of the summed outer products of
// differences (Di Zenzo 1986), so that the magnitudes sum to 1. False if brightness (ITU-R BT.601) shows the edges.
inline bool edge_axis(const uint8_t* rgb, int32_t height, int32_t width, double* axis) {
  const int32_t step = max(1, max(height, width) / SAMPLES), reach = max(3, step);  // JPEG blurs colours
  double tensor[3][3] = {};
  const auto compare = [&](const uint8_t* a, const uint8_t* b) {
    int32_t change[3], largest = 0;
    for (int32_t c = 0; c < 3; c++) {
      change[c] = a[c] - b[c];
      largest = max(largest, max(change[c], -change[c]));
    }
    if (largest < MIN_STEP) return;
    for (int32_t c = 0; c < 3; c++)
      for (int32_t d = 0; d < 3; d++) tensor[c][d] += (double)(change[c] * change[d]);
  };
  for (int32_t y = 0; y < height; y += step)
    for (int32_t x = 0; x < width; x += step) {
      const uint8_t* at = rgb + 3 * ((int64_t)y * width + x);
      if (x + reach < width) compare(at, at + 3 * reach);
      if (y + reach < height) compare(at, at + 3 * (int64_t)reach * width);
    }
  const auto times = [&](const double* v, double* out) {
    for (int32_t c = 0; c < 3; c++) out[c] = tensor[c][0] * v[0] + tensor[c][1] * v[1] + tensor[c][2] * v[2];
  };
  double v[3] = {1, -0.6, 0.2}, next[3], length = 0;
  for (int32_t round = 0; round < 64; round++) {  // power iteration
    times(v, next);
    length = __builtin_sqrt(next[0] * next[0] + next[1] * next[1] + next[2] * next[2]);
    if (!(length > 0)) return false;
    for (int32_t c = 0; c < 3; c++) v[c] = next[c] / length;
  }
  const double luma[3] = {0.299, 0.587, 0.114};
  times(luma, next);
  if (luma[0] * next[0] + luma[1] * next[1] + luma[2] * next[2] >= MIN_LUMA * length) return false;
  const double sum = __builtin_fabs(v[0]) + __builtin_fabs(v[1]) + __builtin_fabs(v[2]);
  for (int32_t c = 0; c < 3; c++) axis[c] = v[c] / sum;
  return true;
}

inline void to_grey(const uint8_t* rgb, int32_t height, int32_t width, uint8_t* grey) {
  const int64_t pixels = (int64_t)height * width;
  double axis[3];
  if (!edge_axis(rgb, height, width, axis)) {
    for (int64_t i = 0; i < pixels; i++)
      grey[i] = (uint8_t)((rgb[3 * i] * 19595 + rgb[3 * i + 1] * 38470 + rgb[3 * i + 2] * 7471 + 0x8000) >> 16);
    return;
  }
  double offset = 0.5;
  for (const double part : axis) offset += part < 0 ? -255 * part : 0;
  for (int64_t i = 0; i < pixels; i++)
    grey[i] = (uint8_t)(offset + axis[0] * rgb[3 * i] + axis[1] * rgb[3 * i + 1] + axis[2] * rgb[3 * i + 2]);
}

}  // namespace lenet::colour
