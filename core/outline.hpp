// The convex hull of a region, and whether the region is a quadrilateral, seen from any side.
#pragma once
#include "scalar.hpp"

namespace lenet::cleaning {

struct Corner {
  int32_t x, y;
};

// Twice the signed area of the triangle a, b, c.
inline int64_t twice_area(Corner a, Corner b, Corner c) {
  return (int64_t)(b.x - a.x) * (c.y - a.y) - (int64_t)(b.y - a.y) * (c.x - a.x);
}

// Collects a region row by row; `memory` has room for 6 numbers a row, and 12 more.
class Outline {
 public:
  Outline(int32_t* memory, int32_t top, int32_t bottom)
      : top_(top), rows_(bottom - top), first_(memory), end_(memory + rows_), hull_((Corner*)(memory + 2 * rows_)) {
    for (int32_t r = 0; r < rows_; r++) first_[r] = 1 << 30, end_[r] = -1;
  }

  void add(int32_t x, int32_t y) {
    first_[y - top_] = min(first_[y - top_], x), end_[y - top_] = max(end_[y - top_], x + 1);
    area_++;
  }

  // True if the region fills its hull, and four corners of the hull span nearly all of it.
  bool is_quadrilateral() {
    const int32_t corners = hull();
    int64_t whole = 0, diagonal = -1;
    int32_t from = 0, to = 0;
    for (int32_t i = 0; i < corners; i++) {
      if (i > 1) whole += twice_area(hull_[0], hull_[i - 1], hull_[i]);
      for (int32_t j = i + 1; j < corners; j++) {
        const int64_t x = hull_[j].x - hull_[i].x, y = hull_[j].y - hull_[i].y;
        if (x * x + y * y > diagonal) diagonal = x * x + y * y, from = i, to = j;
      }
    }
    int64_t above = 0, below = 0;
    for (int32_t i = 0; i < corners; i++) {
      const int64_t side = twice_area(hull_[from], hull_[to], hull_[i]);
      above = max(above, side), below = max(below, -side);
    }
    if (whole < 0) whole = -whole;
    return whole > 0 && 200 * area_ >= 93 * whole && 100 * (above + below) >= 92 * whole;
  }

 private:
  int32_t top_, rows_;
  int32_t *first_, *end_;
  Corner* hull_;
  int64_t area_ = 0;

  // Builds the hull: down along the left ends of the rows, up along the right ends (Andrew 1979).
  int32_t hull() {
    int32_t count = 0;
    const auto turn = [&](int32_t start, Corner next) {
      while (count - start >= 2 && twice_area(hull_[count - 2], hull_[count - 1], next) >= 0) count--;
      hull_[count++] = next;
    };
    for (int32_t y = 0; y <= rows_; y++)
      turn(0, {min(y > 0 ? first_[y - 1] : 1 << 30, y < rows_ ? first_[y] : 1 << 30), top_ + y});
    const int32_t start = count;
    for (int32_t y = rows_; y >= 0; y--)
      turn(start, {max(y > 0 ? end_[y - 1] : -1, y < rows_ ? end_[y] : -1), top_ + y});
    return count;
  }
};

}  // namespace lenet::cleaning
