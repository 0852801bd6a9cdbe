// Learning-rate schedules and optimizer steps over a slice of the parameters.
#pragma once
#include "lenet.h"
#include "scalar.hpp"

namespace lenet {

constexpr float ONE_CYCLE_START = 1.0f / 25, ONE_CYCLE_END = ONE_CYCLE_START / 10000;

inline double half_cosine(double from, double to, double share) {
  return to + (from - to) * (1 + Rotation(3.14159265358979323846 * share).cosine) / 2;
}

inline float learning_rate(const lenet_recipe& recipe, int32_t step) {
  if (recipe.schedule == LENET_CONSTANT) return recipe.learning_rate;
  const double last = recipe.steps - 1, peak = (double)recipe.warmup * recipe.steps - 1;
  const double share =
      step <= peak ? (peak > 0 ? step / peak : 1) : (step - peak) / (last - peak > 0 ? last - peak : 1);
  return (float)(recipe.learning_rate *
                 (step <= peak ? half_cosine(ONE_CYCLE_START, 1, share) : half_cosine(1, ONE_CYCLE_END, share)));
}

// One step of SGD with momentum or AdamW; the numbers here are the same for all parameters.
struct Step {
  float learning_rate, momentum, beta2, epsilon, decay;
  float first, second;  // Adam's bias corrections: 1 / (1 - beta^t)
  bool adam;

  Step(const lenet_recipe& recipe, int32_t step)
      : learning_rate(lenet::learning_rate(recipe, step)),
        momentum(recipe.momentum),
        beta2(recipe.beta2),
        epsilon(recipe.epsilon),
        decay(recipe.weight_decay),
        first(corrected(recipe.momentum, step + 1)),
        second(corrected(recipe.beta2, step + 1)),
        adam(recipe.optimizer == LENET_ADAMW) {}

  static float corrected(float beta, int32_t t) {
    return beta > 0 ? (float)(1 / (1 - exponential(t * logarithm(beta) < -700 ? -700 : t * logarithm(beta)))) : 1.0f;
  }

  // Updates `count` parameters p and their moments m and v. SGD uses m alone, as its velocity.
  void take(float* __restrict p, float* __restrict m, float* __restrict v, const float* __restrict gradient,
            int64_t count) const {
    if (adam) {
      VECTORISE for (int64_t i = 0; i < count; i++) {
        m[i] += (1 - momentum) * (gradient[i] - m[i]);
        v[i] += (1 - beta2) * (gradient[i] * gradient[i] - v[i]);
        p[i] -= learning_rate * (m[i] * first / (__builtin_sqrtf(v[i] * second) + epsilon) + decay * p[i]);
      }
    } else {
      VECTORISE for (int64_t i = 0; i < count; i++) {
        m[i] = momentum * m[i] + gradient[i] + decay * p[i];
        p[i] -= learning_rate * m[i];
      }
    }
  }
};

}  // namespace lenet
