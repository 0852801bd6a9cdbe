// Rules: long, thin, straight lines across the writing, level or upright within a few degrees. Strokes that cross them
// remain.
#pragma once
#include "cleaning.hpp"

namespace lenet::cleaning {

constexpr uint8_t RULE = 3;  // a state: ink that may turn out to be a rule
constexpr int32_t MAX_RULES = 256;
constexpr int32_t FOUND = 2;  // by how many bits Crossing is shifted of rules that may turn out to be none

struct Rules {
  Cleaner& picture;
  Rect ink{};  // of all ink
  int32_t thickest;
  int32_t found[2] = {};  // level, upright
  int64_t erased = 0, erased_columns = 0;

  explicit Rules(Cleaner& picture)
      : picture(picture), thickest(picture.thickest()) {}

  // Erases the rules of the picture, unless what remains is not writing among rules.
  bool erase() {
    if (!picture.label()) return false;
    ink = picture.joined(1, [](const Component& c, int32_t) { return c.area > 0; });
    if (ink.right < 0) return false;
    for (int32_t which = 3; which > 0; which--) {  // both directions, else one
      found[0] = found[1] = 0, erased = erased_columns = 0;
      if (which & 1) find(Way{picture, true}, found[0]);
      if (which & 2) find(Way{picture, false}, found[1]);
      if (found[0] + found[1] == 0) {
        if (which == 3) return false;
        continue;
      }
      const bool wanted = is_wanted();
      for (int32_t i = 0; i < picture.pixels(); i++) {
        if (picture.state[i] == RULE) picture.state[i] = wanted ? REMOVED : INK;
        if (wanted) picture.crossed[i] |= picture.crossed[i] >> FOUND;
        picture.crossed[i] &= LEVEL | UPRIGHT;
      }
      if (wanted) return true;
    }
    return false;
  }

 private:
  // The picture as seen along its rules: u along them, v across.
  struct Way {
    const Cleaner& picture;
    bool level;

    int32_t length() const { return level ? picture.width : picture.height; }
    int32_t breadth() const { return level ? picture.height : picture.width; }
    int32_t at(int32_t u, int32_t v) const { return level ? v * picture.width + u : u * picture.width + v; }
    uint8_t& state(int32_t u, int32_t v) const { return picture.state[at(u, v)]; }
    bool is_ink(int32_t u, int32_t v) const { return v >= 0 && v < breadth() && state(u, v) == INK; }
  };

  // Finds lines by a Hough transform of the middles of thin runs of ink, and erases each line that holds.
  void find(const Way& way, int32_t& lines) {
    const int32_t first = way.level ? ink.left : ink.top, end = way.level ? ink.right : ink.bottom;
    const int32_t length = end - first, bins = way.breadth() + length / 4 + 8;
    if ((picture.one_letter ? 3 : 2) * length < way.length() || length < MIN_SIDE || bins > picture.pixels()) return;
    int32_t *middles = picture.queue, *votes = picture.labels, count = 0;
    for (int32_t u = first; u < end; u++)
      for (int32_t v = 0, top = 0; v <= way.breadth(); v++) {
        if (way.is_ink(u, v)) continue;
        if (v > top && v - top <= thickest) middles[count++] = (u - first) << 14 | (top + v) / 2;
        top = v + 1;
      }
    const int32_t steps = max(2, length / 20), enough = 9 * length / 20;  // slopes to 1 : 10
    const auto vote = [&](int32_t slope) {
      for (int32_t b = 0; b < bins; b++) votes[b] = 0;
      const int64_t rise = ((int64_t)slope << 21) / length;  // 2 pixels a step, in 1 / 2^20
      for (int32_t i = 0; i < count; i++) {
        const int32_t u = middles[i] >> 14, v = middles[i] & 0x3FFF;
        votes[v + length / 8 + 4 - (int32_t)((rise * u + (1 << 19)) >> 20)]++;
      }
    };
    const auto around = [&](int32_t b) { return votes[b - 1] + votes[b] + votes[b + 1]; };
    int64_t best = 0;
    int32_t slope = 0;
    for (int32_t k = 0; k <= 2 * steps; k++) {
      const int32_t candidate = k % 2 ? -(k + 1) / 2 : k / 2;  // level first
      vote(candidate);
      int64_t score = 0;
      for (int32_t b = 1; b < bins - 1; b++)
        if (around(b) >= enough) score += (int64_t)votes[b] * votes[b];
      if (score > best) best = score, slope = candidate;
    }
    if (!best) return;
    vote(slope);
    int32_t places[MAX_RULES];
    for (int32_t b = 1; b < bins - 1 && lines < MAX_RULES; b++) {
      if (around(b) < enough || around(b) < around(b - 1) || (b + 2 < bins && around(b) < around(b + 1))) continue;
      const double v = b - length / 8 - 4;
      if (trace(way, first, end, v, 2.0 * slope / length, (2 * length + 4) / 5)) places[lines++] = b, b += thickest;
    }
    if (lines < 3) return;
    // A rule along a stem is thin only beyond it; it is known by its distance to the next rule.
    int32_t spacing = bins;
    for (int32_t n = 1; n < lines; n++) spacing = min(spacing, places[n] - places[n - 1]);
    const int32_t sure = lines;
    for (int32_t n = 0; n < sure; n++)
      for (int32_t side = -1; side <= 1; side += 2) {
        const int32_t next = n + side, place = places[n] + side * spacing;
        const bool is_known = next >= 0 && next < sure && 2 * side * (places[next] - places[n]) < 3 * spacing;
        if (is_known) continue;
        int32_t best_bin = 0;
        for (int32_t b = max(1, place - 2); b <= min(bins - 2, place + 2); b++)
          if (around(b) >= length / 8 && (!best_bin || around(b) > around(best_bin))) best_bin = b;
        if (best_bin && lines < MAX_RULES &&
            trace(way, first, end, best_bin - length / 8 - 4, 2.0 * slope / length, length / 8))
          lines++;
      }
  }

  // Follows a line without gaps; erases it where it is thin, if that is in at least `least` places.
  bool trace(const Way& way, int32_t first, int32_t end, double start, double slope, int32_t least) {
    const int32_t length = end - first;
    int32_t thin = 0, thickness = 0, covered = 0, gap = 0, longest_gap = 0, start_u = -1, end_u = 0;
    const auto follow = [&](const auto& body) {
      double drift = 0;
      for (int32_t u = first; u < end; u++) {
        const int32_t v = (int32_t)(start + slope * (u - first) + drift + 0.5);
        int32_t at = v;
        for (int32_t d = 0; d <= 2 && !way.is_ink(u, at); d++)
          at = way.is_ink(u, v - d) ? v - d : way.is_ink(u, v + d) ? v + d : v;
        int32_t top = at, bottom = at;
        if (way.is_ink(u, at)) {
          while (way.is_ink(u, top - 1)) top--;
          for (bottom = at + 1; way.is_ink(u, bottom);) bottom++;
        }
        body(u, v, top, bottom);
        if (bottom > top && bottom - top <= thickest) drift += 0.1 * ((top + bottom - 1) / 2.0 - (v + 0.0));
      }
    };
    follow([&](int32_t u, int32_t, int32_t top, int32_t bottom) {
      gap++;
      if (bottom == top) return;
      if (start_u < 0) start_u = u;
      else longest_gap = max(longest_gap, gap - 1);
      covered++, gap = 0, end_u = u + 1;
      if (bottom - top <= thickest) thin++, thickness += bottom - top;
    });
    const int32_t span = end_u - start_u;
    if (4 * span < 3 * length || 8 * (span - covered) > span || longest_gap > max(4, span / 25) || thin < least)
      return false;
    const int32_t limit = (3 * thickness + thin) / (2 * thin) + 1;
    follow([&](int32_t u, int32_t middle, int32_t top, int32_t bottom) {
      if (bottom == top) return;
      if (bottom - top > limit) {
        for (int32_t v = max(top, middle - limit / 2); v < min(bottom, middle + limit / 2 + 1); v++)
          picture.crossed[way.at(u, v)] |= (way.level ? LEVEL : UPRIGHT) << FOUND;
        return;
      }
      for (int32_t v = top; v < bottom; v++) way.state(u, v) = RULE;
      erased += bottom - top, erased_columns++;
    });
    return true;
  }

  // Mean width of the strokes that remain, from their area and the length of their outline.
  double pen() const {
    int64_t area = 0, edges = 1;
    const int32_t line = picture.width;
    for (int32_t y = 1; y < picture.height - 1; y++)
      for (int32_t x = 1; x < line - 1; x++) {
        const uint8_t* at = picture.state + y * line + x;
        if (*at != INK) continue;
        area++;
        edges += (at[-1] != INK) + (at[1] != INK) + (at[-line] != INK) + (at[line] != INK);
      }
    return 2.2 * (double)area / (double)edges;
  }

  bool is_wanted() {
    if (!picture.label()) return false;
    const int32_t speck = max(3, ink.shorter() / 20);
    const Rect rest = picture.joined(speck, [](const Component& c, int32_t) { return c.area > 0; });
    const bool box = found[0] >= 2 && found[1] >= 2, many = found[0] >= 3 || found[1] >= 3;
    if (!picture.is_writing(rest, picture.room(), picture.one_letter ? 0.2 : 0.05)) return false;
    // The rules of a sheet run beyond the writing; the bars of a letter do not.
    const int32_t beyond = ink.shorter() / 33 + 1;
    const auto within = [&](const Rect& outer, int32_t way) {
      return way ? rest.top >= outer.top + beyond && rest.bottom <= outer.bottom - beyond
                 : rest.left >= outer.left + beyond && rest.right <= outer.right - beyond;
    };
    const bool run_on = (!found[0] || within(ink, 0)) && (!found[1] || within(ink, 1));
    const bool thinner = (double)erased <= 0.7 * pen() * (double)erased_columns;
    if (box && !many) return thinner;
    if (many && (run_on || (picture.one_letter && max(found[0], found[1]) > 4))) return true;
    // Text may fill the width of a sheet; upright bars of letters may fill the height of a picture, too.
    const bool whole = (!found[0] || 10 * ink.width() >= 9 * picture.width) &&
                       (!found[1] || (10 * ink.height() >= 9 * picture.height && thinner));
    if (many) return whole && !picture.one_letter;
    const Rect sheet{0, 0, picture.width, picture.height};
    const bool flat = rest.shorter() < 0.3 * rest.longer();
    if (picture.one_letter && (!run_on || flat || !within(sheet, 0) || !within(sheet, 1))) return false;
    return thinner;
  }
};

}  // namespace lenet::cleaning
