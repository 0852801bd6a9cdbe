// A picture without what surrounds the writing: a table under the sheet, frames, form cells, edges of a scan, rules.
//
// The picture is split into ink and paper by its tones. Components of the ink are then removed by their shape and by
// what they enclose. Something is removed only if writing remains, so a single letter is never removed as a frame.
#pragma once
#include "ink.hpp"
#include "outline.hpp"

namespace lenet::cleaning {

constexpr int32_t MIN_SIDE = 16, MAX_COMPONENTS = 8192, MAX_NESTED = 6, FRINGE = 2;

enum State : uint8_t { PAPER, INK, REMOVED };
// Of pixels in the box of a component: outside of it, its own, enclosed by it, and two marks of a search.
enum Mark : uint8_t { UNSEEN, OUTSIDE, OWN, SEARCHED, LARGEST };

enum Crossing : uint8_t { LEVEL = 1, UPRIGHT = 2 };

struct Rect {
  int32_t left, top, right, bottom;  // right and bottom are exclusive

  int32_t width() const { return right - left; }
  int32_t height() const { return bottom - top; }
  int32_t longer() const { return max(width(), height()); }
  int32_t shorter() const { return min(width(), height()); }
  bool holds(const Rect& r) const {
    return left < r.left && top < r.top && right > r.right && bottom > r.bottom;
  }
  void include(const Rect& r) {
    left = min(left, r.left), top = min(top, r.top), right = max(right, r.right), bottom = max(bottom, r.bottom);
  }
};

constexpr Rect NOTHING{1 << 30, 1 << 30, -1, -1};

struct Component {
  Rect box;
  int32_t area;
};

struct Cleaner {
  const uint8_t* tones;
  int32_t height, width;
  bool one_letter;
  ink::Split split;
  uint8_t *state, *marks;
  uint8_t* crossed;  // where rules cross writing: bits of Crossing
  int32_t *labels, *queue;
  Component* components;
  int32_t count = 0;
  bool paper_is_light = split.paper_is_light;

  int32_t contrast() const { return split.light - split.dark; }
  int32_t pixels() const { return height * width; }
  // A side of the picture that writing may fill in part; a picture as narrow as an I counts as wider.
  int32_t room() const { return max(min(height, width), max(height, width) / 2); }

  // True if a box may hold the writing in a space of that size: not too small and, of one letter, not a bar that lies.
  bool is_writing(const Rect& box, int32_t space, double fraction) const {
    if (box.right < 0 || box.longer() < fraction * space) return false;
    return !one_letter || box.height() >= 0.8 * box.width() || box.shorter() >= 0.3 * box.longer();
  }

  // ---- Components ---------------------------------------------------------------------------

  // Labels the 8-connected components of the ink from 1; false if there are too many: noise.
  bool label() {
    count = 0;
    for (int32_t i = 0; i < pixels(); i++) labels[i] = 0;
    for (int32_t start = 0; start < pixels(); start++) {
      if (state[start] != INK || labels[start]) continue;
      if (count == MAX_COMPONENTS) return false;
      Component component{NOTHING, 0};
      int32_t end = 0;
      labels[queue[end++] = start] = ++count;
      for (int32_t next = 0; next < end; next++) {
        const int32_t x = queue[next] % width, y = queue[next] / width;
        component.box.include({x, y, x + 1, y + 1});
        for (int32_t v = max(0, y - 1); v <= min(height - 1, y + 1); v++)
          for (int32_t u = max(0, x - 1); u <= min(width - 1, x + 1); u++) {
            const int32_t i = v * width + u;
            if (state[i] == INK && !labels[i]) labels[queue[end++] = i] = count;
          }
      }
      component.area = end;
      components[count - 1] = component;
    }
    return true;
  }

  // The box of all components that `belongs`, without specks.
  template <class Belongs>
  Rect joined(int32_t speck, const Belongs& belongs) const {
    Rect box = NOTHING;
    for (int32_t c = 0; c < count; c++)
      if (components[c].box.longer() >= speck && belongs(components[c], c + 1)) box.include(components[c].box);
    return box;
  }

  template <class Gone>
  bool remove(const Gone& gone) {
    bool any = false;
    for (int32_t i = 0; i < pixels(); i++)
      if (state[i] == INK && gone(labels[i])) state[i] = REMOVED, any = true;
    return any;
  }

  // ---- What a component encloses ------------------------------------------------------------

  struct Enclosure {
    int32_t area = 0;     // of all enclosed pixels
    int32_t paper = 0;    // of enclosed pixels that are not ink
    int32_t edges = 0;    // between them and ink
    int32_t largest = 0;  // area of the largest enclosed region
    Rect box = NOTHING;   // of all enclosed pixels
    Rect largest_box = NOTHING;
  };

  // Fills `marks` from a pixel on, in 4-connected steps; returns the area and includes the pixels in `box`.
  int32_t flood(const Rect& box, int32_t start, uint8_t from, uint8_t to, Rect& covered) {
    int32_t end = 0;
    marks[queue[end++] = start] = to;
    for (int32_t next = 0; next < end; next++) {
      const int32_t i = queue[next], x = i % width, y = i / width;
      covered.include({x, y, x + 1, y + 1});
      const auto see = [&](bool inside, int32_t j) {
        if (inside && marks[j] == from) marks[queue[end++] = j] = to;
      };
      see(x > box.left, i - 1), see(x + 1 < box.right, i + 1);
      see(y > box.top, i - width), see(y + 1 < box.bottom, i + width);
    }
    return end;
  }

  // Marks the pixels in the box of a component: OWN, OUTSIDE, and enclosed ones SEARCHED or LARGEST.
  Enclosure enclosed(int32_t number) {
    const Rect& box = components[number - 1].box;
    const auto each = [&](const auto& body) {
      for (int32_t y = box.top; y < box.bottom; y++)
        for (int32_t x = box.left; x < box.right; x++) body(x, y, y * width + x);
    };
    each([&](int32_t, int32_t, int32_t i) { marks[i] = labels[i] == number ? OWN : UNSEEN; });
    Rect ignored = NOTHING;
    each([&](int32_t x, int32_t y, int32_t i) {
      const bool border = x == box.left || y == box.top || x == box.right - 1 || y == box.bottom - 1;
      if (border && marks[i] == UNSEEN) flood(box, i, UNSEEN, OUTSIDE, ignored);
    });
    Enclosure all;
    int32_t start = -1;
    each([&](int32_t, int32_t, int32_t i) {
      if (marks[i] != UNSEEN) return;
      Rect region = NOTHING;
      const int32_t area = flood(box, i, UNSEEN, SEARCHED, region);
      all.area += area;
      all.box.include(region);
      if (area > all.largest) all.largest = area, all.largest_box = region, start = i;
    });
    each([&](int32_t, int32_t, int32_t i) {
      if (marks[i] != SEARCHED || state[i] == INK) return;
      all.paper++;
      all.edges += (state[i - 1] == INK) + (state[i + 1] == INK) + (state[i - width] == INK) + (state[i + width] == INK);
    });
    if (start >= 0) flood(box, start, SEARCHED, LARGEST, ignored);
    return all;
  }

  // ---- Sheets and frames --------------------------------------------------------------------

  // The least distance, along rows and columns, from what the component encloses to its outside.
  int32_t margin(const Rect& box) const {
    int32_t least = 1 << 30;
    const auto scan = [&](int32_t first, int32_t length, int32_t step) {
      int32_t start = -1;
      for (int32_t k = 0, i = first; k < length; k++, i += step) {
        const uint8_t mark = marks[i];
        if (mark == OUTSIDE) start = -1;
        if (mark == OWN && start < 0) start = k;
        if (mark >= SEARCHED) {
          if (start >= 0) least = min(least, k - start);
          return;
        }
      }
    };
    for (int32_t y = box.top; y < box.bottom; y++) {
      scan(y * width + box.left, box.width(), 1);
      scan(y * width + box.right - 1, box.width(), -1);
    }
    for (int32_t x = box.left; x < box.right; x++) {
      scan(box.top * width + x, box.height(), width);
      scan((box.bottom - 1) * width + x, box.height(), -width);
    }
    return least;
  }

  // True if the tones change abruptly at the outline of a region: the edge of a sheet, not of a shadow.
  template <class Inside>
  bool is_sharp(const Rect& box, const Inside& inside) const {
    constexpr int32_t REACH = 3;
    int32_t steps[256] = {}, samples = 0;
    const auto compare = [&](int32_t i, int32_t place, int32_t length, int32_t step) {
      const int32_t change = tones[i - min(place, REACH - 1) * step] - tones[i + min(length - 1 - place, REACH) * step];
      steps[change < 0 ? -change : change]++, samples++;
    };
    const auto within = [&](int32_t x, int32_t y) {
      return x >= box.left && y >= box.top && x < box.right && y < box.bottom && inside(y * width + x);
    };
    for (int32_t y = max(0, box.top - 1); y < min(height, box.bottom); y++)
      for (int32_t x = max(0, box.left - 1); x < min(width, box.right); x++) {
        const bool in = within(x, y);
        if (x + 1 < width && in != within(x + 1, y)) compare(y * width + x, x, width, 1);
        if (y + 1 < height && in != within(x, y + 1)) compare(y * width + x, y, height, width);
      }
    int32_t below = 0;
    for (int32_t change = 0; 4 * change < contrast(); change++) below += steps[change];
    return samples > 0 && 2 * below < samples;
  }

  // A solid quadrilateral of the ink's tone that encloses thin writing is the sheet: its tone is the paper's.
  bool is_sheet(int32_t number, const Enclosure& inner) {
    const Component& component = components[number - 1];
    const int32_t filled = component.area + inner.area;
    if (inner.area == 0 || 2 * inner.area > filled || 5 * (int64_t)filled < pixels()) return false;
    if (!is_writing(inner.box, component.box.shorter(), 0.2)) return false;
    if (3 * inner.largest > filled && is_quadrilateral(inner.largest_box, [&](int32_t i) { return marks[i] == LARGEST; }))
      return false;  // a thick frame
    const double pen = 2.0 * inner.paper / max(1, inner.edges);
    const auto belongs = [&](int32_t i) { return marks[i] != OUTSIDE; };
    return margin(component.box) >= 0.8 * pen && is_quadrilateral(component.box, belongs) &&
           is_sharp(component.box, belongs);
  }

  template <class Belongs>
  bool is_quadrilateral(const Rect& box, const Belongs& belongs) {
    Outline outline(queue, box.top, box.bottom);
    for (int32_t y = box.top; y < box.bottom; y++)
      for (int32_t x = box.left; x < box.right; x++)
        if (belongs(y * width + x)) outline.add(x, y);
    return outline.is_quadrilateral();
  }

  // Frames leave much room and have writing in it.
  bool is_frame(int32_t number, const Enclosure& inner) const {
    const int32_t filled = components[number - 1].area + inner.area;
    if (10 * (int64_t)inner.area < 3 * (int64_t)filled) return false;
    const int32_t space = inner.largest_box.shorter();
    const Rect writing = joined(max(3, space / 12), [&](const Component& other, int32_t n) {
      return n != number && inner.box.left <= other.box.left && inner.box.top <= other.box.top &&
             inner.box.right >= other.box.right && inner.box.bottom >= other.box.bottom && is_inside(n, other.box);
    });
    return is_writing(writing, space, one_letter ? 0.35 : 0.2);
  }

  bool is_inside(int32_t number, const Rect& box) const {
    for (int32_t x = box.left, i = box.top * width; x < box.right; x++)
      if (labels[i + x] == number) return marks[i + x] >= SEARCHED;
    return false;
  }

  // Splits the tones into ink and paper; what was removed stays so.
  void split_tones() {
    for (int32_t i = 0; i < pixels(); i++)
      if (state[i] != REMOVED) state[i] = (tones[i] >= split.threshold) != paper_is_light ? INK : PAPER;
  }

  // Splits again so that paler ink counts, too: every pixel at least 1/parts of the way from the paper's tone.
  void split_at(int32_t parts) {
    for (int32_t i = 0; i < pixels(); i++) {
      const int32_t gone = paper_is_light ? split.light - tones[i] : tones[i] - split.dark;
      if (state[i] != REMOVED) state[i] = parts * gone >= contrast() ? INK : PAPER;
    }
  }

  // Takes the inside of a component for the sheet, its tone for the paper, and removes all outside.
  void turn_over(int32_t number) {
    const Rect& box = components[number - 1].box;
    paper_is_light = !paper_is_light;
    for (int32_t i = 0; i < pixels(); i++) {
      const int32_t x = i % width, y = i / width;
      const bool inside = x >= box.left && x < box.right && y >= box.top && y < box.bottom && marks[i] != OUTSIDE;
      state[i] = !inside ? REMOVED : state[i] == INK ? PAPER : state[i] == PAPER ? INK : REMOVED;
    }
  }

  bool remove_frames(bool only_sheets) {
    int64_t work = 0;
    bool any = false;
    for (int32_t n = 1; n <= count && work < 16 * (int64_t)pixels(); n++) {
      const Component component = components[n - 1];
      const Rect& box = component.box;
      if (box.shorter() < MIN_SIDE / 2) continue;
      const int64_t area = (int64_t)box.width() * box.height();
      bool holds = 5 * area >= pixels();
      for (int32_t c = 0; c < count && !holds && !only_sheets; c++) holds = box.holds(components[c].box);
      if (!holds) continue;
      work += area;
      const Enclosure inner = enclosed(n);
      if (is_sheet(n, inner)) return turn_over(n), true;
      if (only_sheets || !is_frame(n, inner)) continue;
      for (int32_t y = box.top; y < box.bottom; y++)
        for (int32_t x = box.left; x < box.right; x++)
          if (labels[y * width + x] == n) state[y * width + x] = REMOVED;
      components[n - 1].area = 0, components[n - 1].box = {0, 0, 0, 0};
      any = true;
    }
    return any;
  }

  // ---- Edges and open frames ----------------------------------------------------------------

  // Ink along the border of the picture: edges of a scan, lines of a table.
  bool remove_edges() {
    const Rect sheet{0, 0, width, height};
    const Rect rest = joined(3, [&](const Component& c, int32_t) { return c.area > 0 && sheet.holds(c.box); });
    if (!is_writing(rest, room(), one_letter ? 0.35 : 0.1)) return false;
    for (int32_t n = 1; n <= count; n++) queue[n] = is_edge(components[n - 1], n);
    return remove([&](int32_t n) { return n > 0 && queue[n]; });
  }

  bool is_edge(const Component& component, int32_t number) const {
    const Rect &box = component.box, sheet{0, 0, width, height};
    if (component.area == 0 || sheet.holds(box)) return false;
    const double span = one_letter ? 0.5 : 0.8;
    const bool is_long = box.width() >= span * width || box.height() >= span * height;
    const bool is_strip = 10 * box.right <= width || 10 * box.left >= 9 * width || 10 * box.bottom <= height ||
                          10 * box.top >= 9 * height;
    if (!is_long && !(one_letter && is_strip)) return false;
    if (!one_letter && is_thick_inside(number)) return false;  // writing that a rule joins to the border
    return is_sharp(box, [&](int32_t i) { return labels[i] == number; });
  }

  // The thickest rule, in pixels.
  int32_t thickest() const { return max(3, min(width, height) / 40); }

  // True if a component holds a square larger than rules are thick, in the inner half of the picture.
  bool is_thick_inside(int32_t number) const {
    const int32_t left = width / 4, right = width - left, top = height / 4, bottom = height - top;
    for (int32_t y = top; y < bottom; y++)
      for (int32_t x = left; x < right; x++) {
        const int32_t i = y * width + x;  // `marks`: the side of the largest square that ends here
        const bool inner = x > left && y > top;
        marks[i] = labels[i] != number ? 0
                   : !inner            ? 1
                                       : (uint8_t)(1 + min(min(marks[i - 1], marks[i - width]), marks[i - width - 1]));
        if (marks[i] > thickest()) return true;
      }
    return false;
  }

  // Around one letter: what lies along the border of all ink, with the letter wholly within.
  bool remove_open_frame() {
    const Rect all = joined(1, [](const Component& c, int32_t) { return c.area > 0; });
    const int32_t band = all.shorter() / 8;
    const Rect core{all.left + band, all.top + band, all.right - band, all.bottom - band};
    for (int32_t c = 0; c < count; c++) queue[c] = 1;
    for (int32_t y = core.top; y < core.bottom; y++)
      for (int32_t x = core.left; x < core.right; x++)
        if (state[y * width + x] == INK) queue[labels[y * width + x] - 1] = 0;
    const Rect rest = joined(3, [&](const Component& c, int32_t n) { return c.area > 0 && !queue[n - 1]; });
    if (!all.holds(rest) || !is_writing(rest, max(all.shorter(), all.longer() / 2), 0.35)) return false;
    const int32_t gap = max(2, all.shorter() / 50);
    if (!all.holds({rest.left - gap, rest.top - gap, rest.right + gap, rest.bottom + gap})) return false;
    return remove([&](int32_t n) { return n > 0 && queue[n - 1]; });
  }

  // Finds the sheet within its surroundings, such as a table, by the tones alone.
  bool find_sheet() {
    split_tones();
    bool any = false;
    for (int32_t pass = 0; pass < MAX_NESTED && label() && remove_frames(true); pass++) any = true;
    return any;
  }

  bool remove_surroundings() {
    bool any = false;
    for (int32_t pass = 0; pass < MAX_NESTED; pass++) {
      if (!label()) return any;
      if (!remove_frames(false) && !remove_edges() && !(one_letter && remove_open_frame())) return any;
      any = true;
    }
    return any;
  }
};

}  // namespace lenet::cleaning
