// Paints what was removed from a picture in the tones of the paper beside it.
#pragma once
#include "rules.hpp"

namespace lenet::cleaning {

constexpr int32_t PALE = 3, PALEST = 10;  // ink that is a third, a tenth as dark as the darkest

struct Painter {
  const Cleaner& picture;
  uint8_t* out;

  // Marks the pixels to paint: what was removed, with its blurred fringe, but not the fringe of the ink that remains.
  void mark() {
    const auto near = [&](int32_t y, int32_t x, int32_t reach, uint8_t state) {
      for (int32_t v = max(0, y - reach); v <= min(picture.height - 1, y + reach); v++)
        for (int32_t u = max(0, x - reach); u <= min(picture.width - 1, x + reach); u++)
          if (picture.state[v * picture.width + u] == state) return true;
      return false;
    };
    for (int32_t y = 0, i = 0; y < picture.height; y++)
      for (int32_t x = 0; x < picture.width; x++, i++)
        picture.marks[i] = picture.state[i] == REMOVED || (picture.state[i] == PAPER && near(y, x, FRINGE, REMOVED) &&
                                                           !near(y, x, 1, INK));
  }

  void paint() {
    mark();
    int64_t total = 0, count = 0;
    for (int32_t i = 0; i < picture.pixels(); i++)
      if (is_paper(i)) total += picture.tones[i], count++;
    const int32_t usual = count ? (int32_t)((total + count / 2) / count) : 255;
    for (int32_t i = 0; i < picture.pixels(); i++) out[i] = picture.tones[i], picture.queue[i] = 1 << 30;
    for (int32_t y = 0; y < picture.height; y++) fill(y * picture.width, picture.width, 1, usual);
    for (int32_t x = 0; x < picture.width; x++) fill(x, picture.height, picture.width, usual);
    for (int32_t x = 0; x < picture.width; x++) join(x, picture.height, picture.width, LEVEL);
    for (int32_t y = 0; y < picture.height; y++) join(y * picture.width, picture.width, 1, UPRIGHT);
  }

 private:
  bool is_paper(int32_t i) const { return picture.state[i] == PAPER && !picture.marks[i]; }

  bool is_darker(int32_t tone, int32_t other) const { return picture.paper_is_light ? tone < other : tone > other; }

  // Joins the strokes of a column that a level rule cuts, or of a row that an upright one cuts: it was drawn over them
  // in a paler tone.
  void join(int32_t start, int32_t length, int32_t step, Crossing way) {
    for (int32_t first = 1; first < length; first++) {
      if (!(picture.crossed[start + first * step] & way)) continue;
      int32_t end = first;
      while (end < length && picture.crossed[start + end * step] & way) end++;
      if (end == length) return;
      const int32_t before = out[start + (first - 1) * step], after = out[start + end * step];
      const int32_t paler = is_darker(before, after) ? after : before;
      if (is_darker(paler, picture.split.threshold))
        for (int32_t k = first; k < end; k++)
          if (is_darker(paler, out[start + k * step])) out[start + k * step] = (uint8_t)paler;
      first = end;
    }
  }

  // Fills the gaps of a row or a column: between the paper at both ends the tone changes evenly. Where a pixel lies in
  // a gap of its row and of its column, the shorter one counts.
  void fill(int32_t start, int32_t length, int32_t step, int32_t usual) {
    const auto tone = [&](int32_t k) { return (int32_t)picture.tones[start + k * step]; };
    for (int32_t first = 0, last = -1; first < length;) {
      if (is_paper(start + first * step)) {
        last = first++;
        continue;
      }
      int32_t end = first;
      while (end < length && !is_paper(start + end * step)) end++;
      const int32_t before = last >= 0 ? tone(last) : end < length ? tone(end) : usual;
      const int32_t after = end < length ? tone(end) : before;
      const int32_t gap = last < 0 || end == length ? length : end - last;
      for (int32_t k = first; k < end; k++) {
        const int32_t i = start + k * step;
        if (!picture.marks[i] || picture.queue[i] <= gap) continue;
        picture.queue[i] = gap;
        out[i] = (uint8_t)(before + (after - before) * (k - last) / (end - last));
      }
      first = end;
    }
  }
};

// Writes the picture without what surrounds the writing; returns false if there is nothing of this kind.
inline bool clean(const uint8_t* tones, int32_t height, int32_t width, bool one_letter, uint8_t* out, uint8_t* memory) {
  const int64_t pixels = (int64_t)height * width;
  __builtin_memcpy(out, tones, pixels);
  const ink::Split split(tones, height, width);
  if (!split.found || min(height, width) < MIN_SIDE) return false;
  int32_t *labels = (int32_t*)memory, *queue = labels + pixels;
  Component* components = (Component*)(queue + pixels);
  uint8_t *state = (uint8_t*)(components + MAX_COMPONENTS), *marks = state + pixels, *crossed = marks + pixels;
  for (int64_t i = 0; i < pixels; i++) state[i] = PAPER, crossed[i] = 0;
  Cleaner cleaner{tones, height, width, one_letter, split, state, marks, crossed, labels, queue, components};
  bool any = cleaner.find_sheet();
  if (!one_letter) {  // a local threshold would show even the palest rules
    cleaner.split_at(PALEST);
    any = Rules(cleaner).erase() || any;
  }
  cleaner.split_at(PALE);
  any = Rules(cleaner).erase() || any;  // before frames, because rules join the letter to the border
  if (cleaner.remove_surroundings()) any = true, Rules(cleaner).erase();
  if (any) Painter{cleaner, out}.paint();
  return any;
}

inline int64_t bytes(int32_t height, int32_t width) {
  return (int64_t)height * width * 11 + (int64_t)sizeof(Component) * MAX_COMPONENTS;
}

}  // namespace lenet::cleaning
