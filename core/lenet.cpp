// The functions of lenet.h: arguments are checked here, once, and nowhere below.
#include "lenet.h"

#include "abi.gen.hpp"
#include "colour.hpp"
#include "ink.hpp"
#include "paint.hpp"
#include "planner.hpp"
#include "predict.hpp"
#include "recognize.hpp"
#include "reference.hpp"
#include "trainer.hpp"
#if defined(__x86_64__)
#include <cpuid.h>
#endif

using namespace lenet;

namespace {

const Plan* planned(const void* network) {
  const Plan* plan = (const Plan*)network;
  return plan && plan->ready == PLANNED ? plan : nullptr;
}

bool between(double x, double low, double high) { return x >= low && x <= high; }  // false for NaN

bool is_dataset(const lenet_dataset* dataset) {
  return dataset && dataset->images && dataset->labels && dataset->count >= 1;
}

bool labels_fit(const lenet_dataset& dataset, int32_t classes) {
  for (int64_t i = 0; i < dataset.count; i++)
    if (dataset.labels[i] >= classes) return false;
  return true;
}

bool augmentation_fits(const lenet_augmentation& a) {
  return between(a.rotation, 0, 7) && between(a.scale, 0, 3) && between(a.shear, 0, 10) && between(a.shift, 0, 1) &&
         between(a.elastic, 0, 1) && between(a.thicken, 0, 1) && between(a.thin, 0, 1);
}

bool recipe_fits(const lenet_recipe& r) {
  return (r.optimizer == LENET_SGD || r.optimizer == LENET_ADAMW) &&
         (r.schedule == LENET_CONSTANT || r.schedule == LENET_ONE_CYCLE) &&
         between(r.batch_size, 1, LENET_MAX_BATCH_SIZE) && r.steps >= 1 &&
         between(r.learning_rate, 0, LENET_MAX_LEARNING_RATE) && between(r.warmup, 0, 1) &&
         between(r.momentum, 0, 0.9999999) && between(r.beta2, 0, 0.9999999) && between(r.epsilon, 1e-12, 1) &&
         between(r.weight_decay, 0, 1e6) && between(r.label_smoothing, 0, 1) && r.frozen >= 0 &&
         augmentation_fits(r.augmentation);
}

// The plan of its network, or null.
const Plan* planned(const lenet_recognizer* r) {
  return r && r->parameters && between(r->temperature, (float)LENET_MIN_TEMPERATURE, (float)LENET_MAX_TEMPERATURE) &&
                 Thresholds{r->min_probability, r->max_entropy}.fit()
             ? planned(r->network)
             : nullptr;
}

}  // namespace

extern "C" {

int32_t lenet_interface(void) { return LENET_INTERFACE; }
int32_t lenet_rasterizer_version(void) { return LENET_RASTERIZER_VERSION; }
int32_t lenet_lanes(void) { return LANES; }
double lenet_default_pen(void) { return LENET_DEFAULT_PEN; }

// Levels 1 and 2 are x86-64-v3 and v4: all features that the compiler may use. AVX registers count only if the
// operating system saves them (XCR0).
int32_t lenet_cpu(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  const unsigned first = bit_OSXSAVE | bit_FMA | bit_MOVBE | bit_F16C | bit_POPCNT;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & first) != first) return 0;
  unsigned saved, high;
  __asm__("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(c & bit_LZCNT)) return 0;
  const unsigned second = bit_AVX2 | bit_BMI | bit_BMI2;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & second) != second || (saved & 0x6) != 0x6) return 0;
  const unsigned wide = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL | bit_AVX512CD;
  return (b & wide) == wide && (saved & 0xE6) == 0xE6 ? 2 : 1;
#else
  return 0;
#endif
}

int32_t lenet_ink_strokes(const double* points, const int32_t* stroke_ends, int32_t strokes, double pen,
                          uint8_t* image) {
  if (!image || (strokes > 0 && !stroke_ends) || (strokes > 0 && stroke_ends[strokes - 1] > 0 && !points))
    return LENET_BAD_ARGUMENT;
  return ink::strokes(points, stroke_ends, strokes, pen, image);
}

int32_t lenet_ink_drawings(const double* points, const int32_t* stroke_ends, const int32_t* drawing_ends, int32_t count,
                           const double* pens, uint8_t* images) {
  if (count < 0 || (count && (!drawing_ends || !pens || !images))) return LENET_BAD_ARGUMENT;
  for (int32_t n = 0, first = 0; n < count; first = drawing_ends[n++]) {
    if (drawing_ends[n] < first || (drawing_ends[n] > 0 && !stroke_ends)) return LENET_BAD_ARGUMENT;
    const int32_t strokes = drawing_ends[n] - first, *ends = stroke_ends + first;
    uint8_t* image = images + n * (int64_t)(LENET_SIDE * LENET_SIDE);
    const int32_t status = lenet_ink_strokes(points, ends, strokes, pens[n], image);
    if (status < 0) return status;
    if (strokes) points += 2 * ends[strokes - 1];
  }
  return LENET_OK;
}

int32_t lenet_ink_picture(const uint8_t* picture, int32_t height, int32_t width, uint8_t* image) {
  if (!picture || !image) return LENET_BAD_ARGUMENT;
  return ink::picture(picture, height, width, image);
}

int32_t lenet_grey_picture(const uint8_t* rgb, int32_t height, int32_t width, uint8_t* grey) {
  if (!rgb || !grey || height < 1 || width < 1) return LENET_BAD_ARGUMENT;
  if (height > LENET_MAX_PICTURE_SIDE || width > LENET_MAX_PICTURE_SIDE) return LENET_TOO_LARGE;
  colour::to_grey(rgb, height, width, grey);
  return LENET_OK;
}

int64_t lenet_clean_picture_bytes(int32_t height, int32_t width) {
  if (height < 1 || width < 1) return LENET_BAD_ARGUMENT;
  if (height > LENET_MAX_CLEANED_SIDE || width > LENET_MAX_CLEANED_SIDE) return LENET_TOO_LARGE;
  return cleaning::bytes(height, width);
}

int32_t lenet_clean_picture(const uint8_t* picture, int32_t height, int32_t width, int32_t one_letter,
                            uint8_t* cleaned, void* workspace) {
  const int64_t bytes = lenet_clean_picture_bytes(height, width);
  if (bytes < 0) return (int32_t)bytes;
  if (!picture || !cleaned || !workspace || !between(one_letter, 0, 1)) return LENET_BAD_ARGUMENT;
  return cleaning::clean(picture, height, width, one_letter, cleaned, (uint8_t*)workspace);
}

int64_t lenet_network_bytes(void) { return sizeof(Plan); }

int32_t lenet_network_init(void* network, const lenet_layer* layers, int32_t count, int32_t height, int32_t width,
                           const uint8_t* tables) {
  if (!network || !layers) return LENET_BAD_ARGUMENT;
  return plan_network(*(Plan*)network, layers, count, {height, width}, tables);
}

int64_t lenet_parameters(const void* network) {
  const Plan* plan = planned(network);
  return plan ? plan->parameters : (int64_t)LENET_BAD_ARGUMENT;
}

int32_t lenet_classes(const void* network) {
  const Plan* plan = planned(network);
  return plan ? plan->classes : (int32_t)LENET_BAD_ARGUMENT;
}

int32_t lenet_initialise(const void* network, uint32_t seed, float* parameters) {
  const Plan* plan = planned(network);
  if (!plan || !parameters) return LENET_BAD_ARGUMENT;
  initialise(*plan, seed, parameters);
  return LENET_OK;
}

int64_t lenet_predict_bytes(const void* network) {
  const Plan* plan = planned(network);
  return plan ? predict_bytes(*plan) : (int64_t)LENET_BAD_ARGUMENT;
}

int32_t lenet_predict(const void* network, const float* parameters, const uint8_t* images, int64_t count,
                      float temperature, float* probabilities, void* workspace) {
  const Plan* plan = planned(network);
  if (!plan || !parameters || !workspace || count < 0 || (count && (!images || !probabilities)) ||
      !between(temperature, (float)LENET_MIN_TEMPERATURE, (float)LENET_MAX_TEMPERATURE))
    return LENET_BAD_ARGUMENT;
  predict(*plan, parameters, images, count, temperature, probabilities, workspace);
  return LENET_OK;
}

int64_t lenet_activations_count(const void* network, int32_t* shapes) {
  const Plan* plan = planned(network);
  return plan ? reference::activations_count(*plan, shapes) : (int64_t)LENET_BAD_ARGUMENT;
}

int32_t lenet_activations(const void* network, const float* parameters, const uint8_t* image, float* activations) {
  const Plan* plan = planned(network);
  if (!plan || !parameters || !image || !activations) return LENET_BAD_ARGUMENT;
  reference::activations(*plan, parameters, image, activations);
  return LENET_OK;
}

int64_t lenet_gradient_bytes(const void* network) {
  const Plan* plan = planned(network);
  return plan ? Workspace::training_bytes(*plan) : (int64_t)LENET_BAD_ARGUMENT;
}

int32_t lenet_gradient(const void* network, const float* parameters, const lenet_dataset* dataset,
                       float label_smoothing, float* gradient, double* loss, void* workspace) {
  const Plan* plan = planned(network);
  if (!plan || !parameters || !is_dataset(dataset) || !between(label_smoothing, 0, 1) || !gradient || !loss ||
      !workspace)
    return LENET_BAD_ARGUMENT;
  if (!labels_fit(*dataset, plan->classes)) return LENET_BAD_LABEL;
  const LaneGroup group(*plan, workspace, true);
  const int64_t area = (int64_t)plan->height * plan->width;
  const int32_t count = dataset->count;
  Score score;
  for (int32_t first = 0; first < count; first += LANES) {
    const int32_t lanes = min(count - first, LANES);
    const uint8_t* labels = dataset->labels + first;
    const float* targets[LANES];
    for (int32_t l = 0; l < lanes; l++) {
      group.stage(l, dataset->images + (first + l) * area);
      if (dataset->targets) targets[l] = dataset->targets + (int64_t)(first + l) * plan->classes;
    }
    group.load(lanes);
    group.forward(parameters);
    if (dataset->targets)
      group.set_targets(targets, lanes);
    else
      group.set_targets(labels, lanes, label_smoothing);
    group.loss(labels, lanes, 1.0f / (float)count, score);
    group.backward(parameters, gradient, first > 0);
  }
  *loss = score.loss / (double)count;
  return LENET_OK;
}

int64_t lenet_recognize_bytes(const void* network) {
  const Plan* plan = planned(network);
  return plan ? RecognitionBatch::bytes(*plan) : (int64_t)LENET_BAD_ARGUMENT;
}

int32_t lenet_recognize(const lenet_recognizer* recognizer, const double* points, const int32_t* stroke_ends,
                        const int32_t* drawing_ends, int32_t count, lenet_recognition* recognitions, void* workspace) {
  const Plan* plan = planned(recognizer);
  if (!plan || count < 0 || (count && (!drawing_ends || !recognitions)) || !workspace) return LENET_BAD_ARGUMENT;
  if (plan->height != LENET_SIDE || plan->width != LENET_SIDE) return LENET_BAD_NETWORK;
  const double pen = recognizer->pen, *at = points;
  for (int32_t n = 0, first = 0; n < count; first = drawing_ends[n++]) {
    if (drawing_ends[n] < first || (drawing_ends[n] > 0 && !stroke_ends)) return LENET_BAD_ARGUMENT;
    const int32_t strokes = drawing_ends[n] - first, *ends = stroke_ends + first;
    const int32_t end = strokes ? ends[strokes - 1] : 0;
    if (end > 0 && !points) return LENET_BAD_ARGUMENT;
    if (const int32_t status = ink::check(at, ends, strokes, pen); status != LENET_OK) return status;
    at += 2 * end;
  }
  RecognitionBatch batch(*recognizer, recognitions, workspace);
  at = points;
  for (int32_t n = 0, first = 0; n < count; first = drawing_ends[n++]) {
    const int32_t strokes = drawing_ends[n] - first, *ends = stroke_ends + first;
    lenet_ink_strokes(at, ends, strokes, pen, batch.next());
    if (strokes) at += 2 * ends[strokes - 1];
    batch.add(n);
  }
  batch.flush();
  return LENET_OK;
}

int32_t lenet_recognize_images(const lenet_recognizer* recognizer, const uint8_t* images, int32_t count,
                               lenet_recognition* recognitions, void* workspace) {
  const Plan* plan = planned(recognizer);
  if (!plan || count < 0 || (count && (!images || !recognitions)) || !workspace) return LENET_BAD_ARGUMENT;
  const int64_t area = (int64_t)plan->height * plan->width;
  RecognitionBatch batch(*recognizer, recognitions, workspace);
  for (int32_t n = 0; n < count; n++) {
    __builtin_memcpy(batch.next(), images + n * area, (size_t)area);
    batch.add(n);
  }
  batch.flush();
  return LENET_OK;
}

int32_t lenet_judge(const float* probabilities, int32_t count, int32_t classes, float min_probability,
                    double max_entropy, lenet_recognition* recognitions) {
  const Thresholds thresholds{min_probability, max_entropy};
  if (count < 0 || classes < 1 || (count && (!probabilities || !recognitions)) || !thresholds.fit())
    return LENET_BAD_ARGUMENT;
  for (int32_t n = 0; n < count; n++)
    judge(probabilities + n * (int64_t)classes, classes, thresholds, recognitions[n]);
  return LENET_OK;
}

float lenet_learning_rate(const lenet_recipe* recipe, int32_t step) {
  return recipe && recipe_fits(*recipe) && step >= 0 && step < recipe->steps ? learning_rate(*recipe, step) : 0;
}

int32_t lenet_sample_order(const double* weights, int32_t count, uint32_t seed, int32_t epoch, int32_t* order,
                           int32_t draws) {
  if (!weights || !order || count < 1 || draws < 1) return LENET_BAD_ARGUMENT;
  return sample_order(weights, count, seed, epoch, order, draws);
}

int64_t lenet_augment_bytes(int32_t height, int32_t width) {
  if (height < 1 || width < 1 || height > MAX_SIDE || width > MAX_SIDE) return LENET_BAD_ARGUMENT;
  return Augmenter::bytes(height, width);
}

int32_t lenet_augment(const uint8_t* image, int32_t height, int32_t width, const lenet_recipe* recipe, int64_t sample,
                      float* augmented, void* workspace) {
  if (!image || !recipe || !augmented || !workspace || lenet_augment_bytes(height, width) < 0 ||
      !augmentation_fits(recipe->augmentation))
    return LENET_BAD_ARGUMENT;
  Augmenter(recipe->augmentation, height, width, workspace).apply(image, recipe->seed, sample, augmented);
  return LENET_OK;
}

int64_t lenet_trainer_bytes(const void* network, const lenet_recipe* recipe, int32_t threads) {
  const Plan* plan = planned(network);
  if (!plan || !recipe || !recipe_fits(*recipe) || recipe->frozen >= plan->parameters || threads < 1 ||
      threads > MAX_THREADS)
    return LENET_BAD_ARGUMENT;
  return trainer_bytes(*plan, *recipe, threads);
}

int32_t lenet_trainer_init(void* trainer, const void* network, const lenet_recipe* recipe, int32_t threads) {
  if (!trainer || lenet_trainer_bytes(network, recipe, threads) < 0) return LENET_BAD_ARGUMENT;
  Trainer& t = *(Trainer*)trainer;
  t = Trainer{};
  t.plan = *planned(network);
  t.recipe = *recipe;
  t.threads = threads;
  t.groups = groups_of(recipe->batch_size);
  t.shards = shards_of(recipe->batch_size);
  t.ready = TRAINER;
  return LENET_OK;
}

int32_t lenet_trainer_begin(void* trainer, float* parameters, float* moments, const lenet_dataset* dataset,
                            const int32_t* order, int32_t first_step, int32_t steps) {
  Trainer* t = (Trainer*)trainer;
  if (!t || t->ready != TRAINER || !parameters || !moments || !is_dataset(dataset) || !order || first_step < 0 ||
      steps < 1 || steps > LENET_MAX_RUN || steps > t->recipe.steps - first_step)
    return LENET_BAD_ARGUMENT;
  if (!labels_fit(*dataset, t->plan.classes)) return LENET_BAD_LABEL;
  for (int64_t i = 0; i < (int64_t)steps * t->recipe.batch_size; i++)
    if (order[i] < 0 || order[i] >= dataset->count) return LENET_BAD_LABEL;
  t->parameters = parameters;
  t->moments = moments;
  t->dataset = *dataset;
  t->order = order;
  t->first_step = first_step;
  t->steps = steps;
  t->taken = t->arrivals = 0;
  t->expected = t->threads;
  for (Score& score : t->score) score = Score{};
  return LENET_OK;
}

int32_t lenet_trainer_work(void* trainer, int32_t thread) {
  Trainer* t = (Trainer*)trainer;
  if (!t || t->ready != TRAINER || thread < 0 || thread >= t->threads) return LENET_BAD_ARGUMENT;
  if (__atomic_fetch_sub(&t->expected, 1, __ATOMIC_ACQ_REL) <= 0) return LENET_BAD_ARGUMENT;
  Worker(*t, thread).run();
  return LENET_OK;
}

int32_t lenet_trainer_result(const void* trainer, double* result) {
  const Trainer* t = (const Trainer*)trainer;
  if (!t || t->ready != TRAINER || !t->steps || !result) return LENET_BAD_ARGUMENT;
  Score total;
  for (const Score& score : t->score) total.loss += score.loss, total.correct += score.correct;
  const double seen = (double)t->steps * t->recipe.batch_size;
  result[0] = total.loss / seen;
  result[1] = (double)total.correct / seen;
  return LENET_OK;
}

}  // extern "C"
