// The vector type: LANES images lie side by side in one SIMD register, so every layer is
// "scalar weight times vector" and one source is right for every instruction set.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4  // SSE2, NEON, WebAssembly SIMD128
#endif

#define INLINE __attribute__((always_inline)) static inline

namespace lenet {

typedef float V __attribute__((vector_size(4 * LANES)));
typedef int32_t I __attribute__((vector_size(4 * LANES)));

INLINE V broadcast(float x) {
  V v;
  for (int l = 0; l < LANES; l++) v[l] = x;
  return v;
}
INLINE V max(V a, V b) { return a > b ? a : b; }
INLINE V min(V a, V b) { return a < b ? a : b; }

// Sum of the lanes, as a tree of halves: the same order on every run.
INLINE float sum(V a) {
  float lane[LANES];
  __builtin_memcpy(lane, &a, sizeof a);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int l = 0; l < width; l++) lane[l] += lane[l + width];
  return lane[0];
}

// e^x for x <= 0 (softmax), relative error below 3e-7: 2^n * P(r), r in +-ln2/2.
INLINE V exp(V x) {
  x = max(x, broadcast(-87.0f));
  const V shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: rounds to an integer
  const V n = shifted - 12582912.0f;
  const V r = x - n * 0.693359375f + n * 2.12194440e-4f;  // ln 2 in two parts
  V p = broadcast(1.9875691500e-4f);  // Cephes expf
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const I power = ((I)shifted - 0x4B400000 + 127) << 23;
  return p * (V)power;
}

}  // namespace lenet
