// The vector type. One SIMD register holds the same value of LANES images, so every layer is "scalar weight times
// vector", and one source serves every instruction set.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "scalar.hpp"

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4  // SSE2, NEON, WebAssembly SIMD128
#endif

#define INLINE __attribute__((always_inline)) static inline

namespace lenet {

// Rounds up to a multiple of LANES.
inline int64_t padded(int64_t count) { return (count + LANES - 1) / LANES * LANES; }

typedef float V __attribute__((vector_size(4 * LANES)));
typedef int32_t I __attribute__((vector_size(4 * LANES)));

INLINE V broadcast(float x) {
  V v;
  for (int l = 0; l < LANES; l++) v[l] = x;
  return v;
}
INLINE V max(V a, V b) { return a > b ? a : b; }
INLINE V min(V a, V b) { return a < b ? a : b; }

// Loads and stores LANES floats at any address.
INLINE V load(const float* at) {
  V v;
  __builtin_memcpy(&v, at, sizeof v);
  return v;
}
INLINE void store(float* at, V v) { __builtin_memcpy(at, &v, sizeof v); }

// Loads and stores the first `count` lanes; the others are loaded as 0 and not stored.
ONCE V load_some(const float* at, int32_t count) {
  V v = {};
  for (int32_t l = 0; l < count; l++) v[l] = at[l];
  return v;
}
ONCE void store_some(float* at, V v, int32_t count) {
  for (int32_t l = 0; l < count; l++) at[l] = v[l];
}
INLINE V load(const float* at, int32_t count) { return count >= LANES ? load(at) : load_some(at, count); }
INLINE void store(float* at, V v, int32_t count) { count >= LANES ? store(at, v) : store_some(at, v, count); }

// Selects the even or the odd blocks of D lanes from two registers.
template <class T, T... L>
struct Blocks {
  template <int D>
  INLINE V even(V a, V b) {
    return __builtin_shufflevector(a, b, (L & D ? LANES + L - D : L)...);
  }
  template <int D>
  INLINE V odd(V a, V b) {
    return __builtin_shufflevector(a, b, (L & D ? LANES + L : L + D)...);
  }
};
using Lanes = __make_integer_seq<Blocks, int, LANES>;

// x[i][l] becomes x[l][i].
template <int D = LANES / 2>
INLINE void transpose(V (&x)[LANES]) {
  for (int i = 0; i < LANES; i++)
    if (!(i & D)) {
      const V a = x[i], b = x[i + D];
      x[i] = Lanes::even<D>(a, b);
      x[i + D] = Lanes::odd<D>(a, b);
    }
  if constexpr (D > 1) transpose<D / 2>(x);
}

// Lane l of the result is the sum of the lanes of x[l]; the order of the additions is fixed.
template <int D = LANES / 2>
INLINE V sums_of(V (&x)[LANES]) {
  for (int i = 0; i < D; i++) x[i] = Lanes::even<D>(x[i], x[i + D]) + Lanes::odd<D>(x[i], x[i + D]);
  if constexpr (D > 1) return sums_of<D / 2>(x);
  return x[0];
}

// e^x for x <= 0 (softmax), relative error below 3e-7: 2^n * P(r), r in +-ln2/2.
INLINE V exp(V x) {
  x = max(x, broadcast(-87.0f));
  const V shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: rounds to an integer
  const V n = shifted - 12582912.0f;
  const V r = x - n * 0.693359375f + n * 2.12194440e-4f;  // ln 2 in two parts
  V p = broadcast(1.9875691500e-4f);                      // Cephes expf
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const I power = ((I)shifted - 0x4B400000 + 127) << 23;
  return p * (V)power;
}

// tanh x, relative error below 4e-7; a polynomial near 0, where 1 - e^-2x would lose digits.
INLINE V tanh(V x) {
  const V t = exp(-2 * max(x, -x)), s = x * x;
  const V far = (1 - t) / (1 + t);
  V p = broadcast(-5.70498872745e-3f);  // Cephes tanhf
  p = p * s + 2.06390887954e-2f;
  p = p * s - 5.37397155531e-2f;
  p = p * s + 1.33314422036e-1f;
  p = p * s - 3.33332819422e-1f;
  return s < 0.390625f ? p * s * x + x : x < V{} ? -far : far;
}

}  // namespace lenet
