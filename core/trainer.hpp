// Training steps on threads that the host provides.
//
// A batch is divided into shards by its size alone. Threads take shards from a counter; each shard has a gradient of
// its own, and the gradients are added in the shards' order. So the result is the same for any number of threads.
#pragma once
#include "augment.hpp"
#include "network.hpp"
#include "optimizer.hpp"
#if defined(__unix__) || defined(__APPLE__)
#include <sched.h>
#endif

namespace lenet {

constexpr int32_t MAX_SHARDS = 8, MAX_THREADS = LENET_MAX_THREADS, TRAINER = 0x4C655472;

// Waits a moment for `counter` to change from the value `seen`: spins for SPINS tries, then yields to other threads.
INLINE void wait(int32_t* counter, int32_t seen, int64_t tries) {
  constexpr int32_t SPINS = 4000;
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
  if (tries < SPINS) return;
#if defined(__wasm_atomics__)
  __builtin_wasm_memory_atomic_wait32(counter, seen, 1000000);  // 1 ms at most; the last thread to arrive wakes all
#elif defined(__unix__) || defined(__APPLE__)
  sched_yield();
#endif
  (void)counter, (void)seen;
}

// Barrier: all threads wait for each other. `meetings` counts the barriers that this thread has passed.
inline void meet(int32_t* arrivals, int32_t threads, int32_t& meetings) {
  const int32_t goal = ++meetings * threads;
  int32_t here = __atomic_add_fetch(arrivals, 1, __ATOMIC_ACQ_REL);
#if defined(__wasm_atomics__)
  if (here == goal) __builtin_wasm_memory_atomic_notify(arrivals, MAX_THREADS);
#endif
  for (int64_t tries = 0; here < goal; tries++) {
    wait(arrivals, here, tries);
    here = __atomic_load_n(arrivals, __ATOMIC_ACQUIRE);
  }
}

struct Trainer {
  int32_t ready, threads, shards, groups;
  Plan plan;
  lenet_recipe recipe;

  // The run that lenet_trainer_begin announced.
  float *parameters, *moments;
  lenet_dataset dataset;
  const int32_t* order;
  int32_t first_step, steps;
  int32_t expected;         // calls of lenet_trainer_work still to come
  int32_t taken, arrivals;  // shards handed out, arrivals at barriers; never reset within a run
  Score score[MAX_SHARDS];
};

// Behind the Trainer lie a gradient for each shard, then a workspace for each thread; blocks start at multiples of 64.
constexpr int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

struct Layout {
  int64_t gradient, group, augmenter, thread;
  Layout(const Plan& plan)
      : gradient(aligned(plan.parameters * (int64_t)sizeof(float))),
        group(aligned(Workspace::training_bytes(plan))),
        augmenter(aligned(Augmenter::bytes(plan.height, plan.width))),
        thread(group + augmenter) {}
};

inline int32_t groups_of(int32_t batch) { return (batch + LANES - 1) / LANES; }
inline int32_t shards_of(int32_t batch) { return min(groups_of(batch), MAX_SHARDS); }

inline int64_t trainer_bytes(const Plan& plan, const lenet_recipe& recipe, int32_t threads) {
  const Layout layout(plan);
  return aligned(sizeof(Trainer)) + shards_of(recipe.batch_size) * layout.gradient + threads * layout.thread;
}

// One thread's share of the announced steps.
class Worker {
 public:
  Worker(Trainer& trainer, int32_t thread)
      : trainer_(trainer),
        layout_(trainer.plan),
        gradients_((uint8_t*)&trainer + aligned(sizeof(Trainer))),
        space_(gradients_ + trainer.shards * layout_.gradient + thread * layout_.thread),
        group_(trainer.plan, space_, true),
        thread_(thread),
        augmenter_(trainer.recipe.augmentation, trainer.plan.height, trainer.plan.width, space_ + layout_.group) {}

  void run() {
    const int32_t rounds = trainer_.shards + trainer_.threads;  // each thread overshoots once a step
    for (int32_t step = 0; step < trainer_.steps; step++) {
      int32_t shard;
      while ((shard = __atomic_fetch_add(&trainer_.taken, 1, __ATOMIC_RELAXED) - step * rounds) < trainer_.shards)
        sum_shard(step, shard);
      meet(&trainer_.arrivals, trainer_.threads, meetings_);
      update(trainer_.first_step + step);
      meet(&trainer_.arrivals, trainer_.threads, meetings_);
    }
  }

 private:
  float* gradient(int32_t shard) const { return (float*)(gradients_ + shard * layout_.gradient); }

  void sum_shard(int32_t step, int32_t shard) {
    const lenet_recipe& recipe = trainer_.recipe;
    float* sums = gradient(shard);
    const int32_t begin = (int32_t)((int64_t)trainer_.groups * shard / trainer_.shards);
    const int32_t end = (int32_t)((int64_t)trainer_.groups * (shard + 1) / trainer_.shards);
    for (int32_t g = begin; g < end; g++) {
      const int32_t first = g * LANES, count = min(LANES, recipe.batch_size - first);
      load(step, first, count);
      group_.forward(trainer_.parameters);
      group_.loss(labels_, count, 1.0f / (float)recipe.batch_size, trainer_.score[shard]);
      group_.backward(trainer_.parameters, sums, g > begin, recipe.frozen);
    }
  }

  // Brings the augmented images of a group into its lanes and sets their targets.
  void load(int32_t step, int32_t first, int32_t count) {
    const lenet_recipe& recipe = trainer_.recipe;
    const lenet_dataset& dataset = trainer_.dataset;
    const Plan& plan = trainer_.plan;
    const int64_t area = (int64_t)plan.height * plan.width;
    const int32_t* order = trainer_.order + (int64_t)step * recipe.batch_size + first;
    const int64_t sample = (int64_t)(trainer_.first_step + step) * recipe.batch_size + first;
    const float* targets[LANES];
    for (int32_t l = 0; l < count; l++) {
      const uint8_t* image = dataset.images + order[l] * area;
      labels_[l] = dataset.labels[order[l]];
      if (dataset.targets) targets[l] = dataset.targets + (int64_t)order[l] * plan.classes;
      if (augmenter_.idle())
        group_.stage(l, image);
      else
        augmenter_.apply(image, recipe.seed, sample + l, group_.stage(l));
    }
    group_.load(count);
    if (dataset.targets)
      group_.set_targets(targets, count);
    else
      group_.set_targets(labels_, count, recipe.label_smoothing);
  }

  // Adds the shards' gradients and takes the optimizer's step for this thread's slice of the trained parameters, in
  // pieces that stay in the first-level cache.
  void update(int32_t step) {
    constexpr int32_t PIECE = 1024;
    const int64_t all = trainer_.plan.parameters, end = slice(thread_ + 1);
    const Step optimizer(trainer_.recipe, step);
    for (int64_t first = max(slice(thread_), (int64_t)trainer_.recipe.frozen); first < end; first += PIECE) {
      const int32_t count = (int32_t)(end - first < PIECE ? end - first : PIECE);
      float* total = gradient(0) + first;
      for (int32_t shard = 1; shard < trainer_.shards; shard++) {
        const float* other = gradient(shard) + first;
        VECTORISE for (int32_t i = 0; i < count; i++) total[i] += other[i];
      }
      optimizer.take(trainer_.parameters + first, trainer_.moments + first, trainer_.moments + all + first, total,
                     count);
    }
  }
  int64_t slice(int32_t thread) const {  // cache lines are not shared between threads
    const int64_t all = trainer_.plan.parameters, at = all * thread / trainer_.threads / 16 * 16;
    return thread == trainer_.threads ? all : at;
  }

  Trainer& trainer_;
  const Layout layout_;
  uint8_t* const gradients_;
  uint8_t* const space_;
  const LaneGroup group_;
  const int32_t thread_;
  Augmenter augmenter_;
  uint8_t labels_[LANES];
  int32_t meetings_ = 0;
};

// Systematic resampling (Kitagawa 1996) in proportion to the weights, then a shuffle.
inline int32_t sample_order(const double* weights, int32_t count, uint32_t seed, int32_t epoch, int32_t* order,
                            int32_t draws) {
  double total = 0;
  for (int32_t i = 0; i < count; i++) {
    if (!(weights[i] >= 0 && weights[i] < 1e300)) return LENET_BAD_ARGUMENT;
    total += weights[i];
  }
  if (!(total > 0 && total < 1e300)) return LENET_BAD_ARGUMENT;
  Random random(seed, Purpose::order, (uint64_t)epoch);
  const double offset = 1e-6 + (1 - 2e-6) * random.uniform();  // away from the edges, where rounding would decide
  double reached = weights[0];
  int32_t at = 0;
  for (int32_t d = 0; d < draws; d++) {
    const double goal = (d + offset) * (total / draws);
    while (reached <= goal && at + 1 < count) reached += weights[++at];
    order[d] = at;
  }
  for (int32_t d = draws - 1; d > 0; d--) {
    const int32_t other = (int32_t)random.below((uint32_t)d + 1), swapped = order[d];
    order[d] = order[other];
    order[other] = swapped;
  }
  return LENET_OK;
}

}  // namespace lenet
