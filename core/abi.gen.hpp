// The layouts that Python and the page assume.
// Generated from core/lenet.h by tools/codegen/abi.py; do not edit.
#pragma once
#include <stddef.h>

#include "lenet.h"

static_assert(sizeof(lenet_layer) == 48);
static_assert(offsetof(lenet_layer, kind) == 0);
static_assert(offsetof(lenet_layer, out_channels) == 4);
static_assert(offsetof(lenet_layer, kernel) == 8);
static_assert(offsetof(lenet_layer, stride) == 12);
static_assert(offsetof(lenet_layer, padding) == 16);
static_assert(offsetof(lenet_layer, biases) == 20);
static_assert(offsetof(lenet_layer, window) == 24);
static_assert(offsetof(lenet_layer, side) == 28);
static_assert(offsetof(lenet_layer, pad_value) == 32);
static_assert(offsetof(lenet_layer, low) == 36);
static_assert(offsetof(lenet_layer, high) == 40);
static_assert(offsetof(lenet_layer, table_size) == 44);

#if defined(__wasm32__)
static_assert(sizeof(lenet_dataset) == 16);
static_assert(offsetof(lenet_dataset, images) == 0);
static_assert(offsetof(lenet_dataset, labels) == 4);
static_assert(offsetof(lenet_dataset, targets) == 8);
static_assert(offsetof(lenet_dataset, count) == 12);
#endif

#if defined(__wasm32__)
static_assert(sizeof(lenet_recognizer) == 32);
static_assert(offsetof(lenet_recognizer, network) == 0);
static_assert(offsetof(lenet_recognizer, parameters) == 4);
static_assert(offsetof(lenet_recognizer, temperature) == 8);
static_assert(offsetof(lenet_recognizer, min_probability) == 12);
static_assert(offsetof(lenet_recognizer, max_entropy) == 16);
static_assert(offsetof(lenet_recognizer, pen) == 24);
#endif

static_assert(sizeof(lenet_recognition) == 48);
static_assert(offsetof(lenet_recognition, verdict) == 0);
static_assert(offsetof(lenet_recognition, candidates) == 4);
static_assert(offsetof(lenet_recognition, classes) == 8);
static_assert(offsetof(lenet_recognition, probabilities) == 28);

static_assert(sizeof(lenet_augmentation) == 28);
static_assert(offsetof(lenet_augmentation, rotation) == 0);
static_assert(offsetof(lenet_augmentation, scale) == 4);
static_assert(offsetof(lenet_augmentation, shear) == 8);
static_assert(offsetof(lenet_augmentation, shift) == 12);
static_assert(offsetof(lenet_augmentation, elastic) == 16);
static_assert(offsetof(lenet_augmentation, thicken) == 20);
static_assert(offsetof(lenet_augmentation, thin) == 24);

static_assert(sizeof(lenet_recipe) == 80);
static_assert(offsetof(lenet_recipe, optimizer) == 0);
static_assert(offsetof(lenet_recipe, schedule) == 4);
static_assert(offsetof(lenet_recipe, batch_size) == 8);
static_assert(offsetof(lenet_recipe, steps) == 12);
static_assert(offsetof(lenet_recipe, learning_rate) == 16);
static_assert(offsetof(lenet_recipe, warmup) == 20);
static_assert(offsetof(lenet_recipe, momentum) == 24);
static_assert(offsetof(lenet_recipe, beta2) == 28);
static_assert(offsetof(lenet_recipe, epsilon) == 32);
static_assert(offsetof(lenet_recipe, weight_decay) == 36);
static_assert(offsetof(lenet_recipe, label_smoothing) == 40);
static_assert(offsetof(lenet_recipe, seed) == 44);
static_assert(offsetof(lenet_recipe, frozen) == 48);
static_assert(offsetof(lenet_recipe, augmentation) == 52);
