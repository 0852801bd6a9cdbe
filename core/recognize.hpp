// Recognition: images -> verdicts and the most probable classes.
#pragma once
#include "ink.hpp"
#include "predict.hpp"

namespace lenet {

constexpr lenet_recognition EMPTY = {LENET_EMPTY, 0, {-1, -1, -1, -1, -1}, {}};

struct Thresholds {
  float min_probability;
  double max_entropy;
  bool fit() const { return min_probability >= 0 && min_probability <= 1 && max_entropy >= 0; }  // false for NaN
};

// Shannon's entropy in nats.
ONCE double entropy(const float* probabilities, int32_t classes) {
  double total = 0;
  ROLLED for (int32_t c = 0; c < classes; c++)
    if (probabilities[c] > 0) total -= (double)probabilities[c] * logarithm(probabilities[c]);
  return total;
}

// Sorts the most probable classes by insertion, which keeps the order of equal ones, and decides by the thresholds.
ONCE void judge(const float* probabilities, int32_t classes, const Thresholds& thresholds, lenet_recognition& result) {
  result = EMPTY;
  ROLLED for (int32_t c = 0; c < classes; c++) {
    int32_t at = result.candidates;
    ROLLED while (at > 0 && result.probabilities[at - 1] < probabilities[c]) at--;
    if (at == LENET_CANDIDATES) continue;
    if (result.candidates < LENET_CANDIDATES) result.candidates++;
    ROLLED for (int32_t i = result.candidates - 1; i > at; i--) {
      result.classes[i] = result.classes[i - 1];
      result.probabilities[i] = result.probabilities[i - 1];
    }
    result.classes[at] = c;
    result.probabilities[at] = probabilities[c];
  }
  result.verdict = entropy(probabilities, classes) > thresholds.max_entropy         ? LENET_NOT_A_LETTER
                   : result.probabilities[0] < thresholds.min_probability ? LENET_UNSURE
                                                                          : LENET_LETTER;
}

// Collects images with ink, predicts a group of them together, and writes the recognitions of all.
class RecognitionBatch {
 public:
  static int64_t bytes(const Plan& plan) {
    return network_bytes(plan) + SIZE * (plan.classes * (int64_t)sizeof(float) + (int64_t)plan.height * plan.width);
  }

  RecognitionBatch(const lenet_recognizer& recognizer, lenet_recognition* recognitions, void* workspace)
      : recognizer_(recognizer),
        plan_(*(const Plan*)recognizer.network),
        pixels_((int64_t)plan_.height * plan_.width),
        recognitions_(recognitions),
        workspace_(workspace),
        probabilities_((float*)((uint8_t*)workspace + network_bytes(plan_))),
        images_((uint8_t*)(probabilities_ + SIZE * (int64_t)plan_.classes)) {}

  // Where the next image is put before `add`: uint8 (height, width).
  uint8_t* next() const { return images_ + count_ * pixels_; }

  // Adds the next image, that of recognition `number`.
  void add(int32_t number) {
    uint8_t ink = 0;
    const uint8_t* image = next();
    VECTORISE for (int64_t i = 0; i < pixels_; i++) ink |= image[i];
    recognitions_[number] = EMPTY;
    if (!ink) return;
    number_[count_++] = number;
    if (count_ == SIZE) flush();
  }

  // Recognizes what was added.
  void flush() {
    predict(plan_, recognizer_.parameters, images_, count_, recognizer_.temperature, probabilities_, workspace_);
    for (int32_t i = 0; i < count_; i++)
      judge(probabilities_ + i * (int64_t)plan_.classes, plan_.classes,
            {recognizer_.min_probability, recognizer_.max_entropy}, recognitions_[number_[i]]);
    count_ = 0;
  }

 private:
  static constexpr int32_t SIZE = 64;  // whole groups of lanes: the split of a batch changes no bit

  static int64_t network_bytes(const Plan& plan) { return (predict_bytes(plan) + 63) / 64 * 64; }

  const lenet_recognizer& recognizer_;
  const Plan& plan_;
  const int64_t pixels_;
  lenet_recognition* recognitions_;
  void* workspace_;
  float* probabilities_;
  uint8_t* images_;
  int32_t number_[SIZE];
  int32_t count_ = 0;
};

}  // namespace lenet
