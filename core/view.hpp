// Views of activations whose lanes are images, and sums over the lanes.
#pragma once
#include "lanes.hpp"
#include "scalar.hpp"

namespace lenet {

// Element (channel, row, column) of an activation or gradient is at[channel*plane + row*line + column].
struct View {
  V* at;
  int32_t channels, rows, columns;
  int32_t plane, line;
  View(V* at, int32_t channels, int32_t rows, int32_t columns, int32_t border = 0)
      : at(at + (ptrdiff_t)border * (columns + 2 * border + 1)),
        channels(channels),
        rows(rows),
        columns(columns),
        plane((rows + 2 * border) * (columns + 2 * border)),
        line(columns + 2 * border) {}
  V* row(int32_t c, int32_t r) const { return at + (ptrdiff_t)c * plane + (ptrdiff_t)r * line; }
};

// The first group of a shard overwrites the gradient, later groups add to it.
INLINE void add_or_set(float& to, float value, bool accumulate) { to = (accumulate ? to : 0) + value; }

// to[n] += the sum of the lanes of x[n].
INLINE void add_sums(const V* x, int32_t count, float* to, bool accumulate) {
  for (int32_t first = 0; first < count; first += LANES) {
    const int32_t lanes = min(LANES, count - first);
    V some[LANES] = {};
    for (int32_t n = 0; n < lanes; n++) some[n] = x[first + n];
    const V total = sums_of(some);
    for (int32_t n = 0; n < lanes; n++) add_or_set(to[first + n], total[n], accumulate);
  }
}

}  // namespace lenet
