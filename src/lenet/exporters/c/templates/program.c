$strokes
/* ---- The network: maps lie with their channels last ---------------------------------------------- */

$library
$data
LENET_API void lenet_probabilities(const uint8_t image[LENET_PIXELS], lenet_scratch *scratch,
                                   float probabilities[LENET_CLASSES]) {
$steps
}

/* ---- Answers ----------------------------------------------------------------------------------- */

LENET_API void lenet_recognise_image(const uint8_t image[LENET_PIXELS], lenet_scratch *scratch,
                                     lenet_answer *answer) {
  int32_t inked = 0;
  for (int32_t i = 0; i < LENET_PIXELS; i++) inked |= image[i];
  answer->verdict = LENET_EMPTY;
  answer->best = 0;
  for (int32_t k = 0; k < LENET_CLASSES; k++) answer->probabilities[k] = 0;
  if (!inked) return;
  lenet_probabilities(image, scratch, answer->probabilities);
  float entropy = 0;
  for (int32_t k = 0; k < LENET_CLASSES; k++) {
    const float p = answer->probabilities[k];
    if (p > 0) entropy -= p * logf(p);
    if (p > answer->probabilities[answer->best]) answer->best = k;
  }
  if (entropy > LENET_MAX_ENTROPY)
    answer->verdict = LENET_NOT_A_LETTER;
  else if (answer->probabilities[answer->best] < LENET_MIN_PROBABILITY)
    answer->verdict = LENET_UNSURE;
  else
    answer->verdict = LENET_LETTER;
}

LENET_API const char *lenet_label(int32_t class_index) {
  static const char labels[LENET_CLASSES][$label_bytes] = {
$labels
  };
  return class_index >= 0 && class_index < LENET_CLASSES ? labels[class_index] : 0;
}
