// Scalar functions that must not depend on a platform's libm, and counter-based random numbers: each is a function of a
// seed and a position.
#pragma once
#include <stdint.h>

// For functions with several callers: in WebAssembly, which is downloaded, they are not inlined.
#if defined(__wasm__)
#define ONCE __attribute__((noinline)) inline
#else
#define ONCE inline
#endif
// Before a loop that runs rarely: in WebAssembly it is not unrolled.
#if defined(__wasm__)
#define ROLLED _Pragma("clang loop unroll(disable)")
#else
#define ROLLED
#endif
// Before a loop with independent iterations: in WebAssembly only these are vectorized.
#define VECTORISE _Pragma("clang loop vectorize(enable)")

namespace lenet {

inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }
inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }
inline int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }

// sin(pi * x / 2) for |x| <= 1: Taylor series, error below 1e-12.
ONCE double sine_quarter(double x) {
  const double t = x * 1.57079632679489661923, s = t * t;
  double term = t, total = t;
  for (int k = 1; k < 9; k++) {
    term *= -s / ((2 * k) * (2 * k + 1));
    total += term;
  }
  return total;
}

// sin and cos of an angle in radians, |angle| < 10^6.
struct Rotation {
  double sine, cosine;
  explicit Rotation(double angle) {
    double turns = angle * 0.63661977236758134308;  // quarter turns
    const int64_t quarter = (int64_t)(turns + (turns < 0 ? -0.5 : 0.5));
    turns -= (double)quarter;
    const double s = sine_quarter(turns);
    const double c = 1 - 2 * sine_quarter(turns / 2) * sine_quarter(turns / 2);
    switch (quarter & 3) {
      case 0:
        sine = s, cosine = c;
        break;
      case 1:
        sine = c, cosine = -s;
        break;
      case 2:
        sine = -s, cosine = -c;
        break;
      default:
        sine = -c, cosine = s;
    }
  }
};

// e^x, |x| < 700.
ONCE double exponential(double x) {
  const int64_t n = (int64_t)(x * 1.44269504088896340736 + (x < 0 ? -0.5 : 0.5));
  const double r = x - (double)n * 0.69314718055994530942;
  double term = 1, total = 1;
  for (int k = 1; k < 14; k++) {
    term *= r / k;
    total += term;
  }
  const uint64_t power = (uint64_t)(n + 1023) << 52;
  double scale;
  __builtin_memcpy(&scale, &power, sizeof scale);
  return total * scale;
}

// Natural logarithm of a normal x > 0: exponent, then 2 artanh((m - 1) / (m + 1)).
ONCE double logarithm(double x) {
  uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  int64_t exponent = (int64_t)(bits >> 52) - 1023;
  bits = (bits & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
  double m;
  __builtin_memcpy(&m, &bits, sizeof m);
  if (m > 1.41421356237309504880) m /= 2, exponent++;
  const double t = (m - 1) / (m + 1), s = t * t;
  double power = t, total = t;
  for (int k = 3; k < 24; k += 2) {
    power *= s;
    total += power / k;
  }
  return 2 * total + (double)exponent * 0.69314718055994530942;
}

// SplitMix64 (Steele, Lea & Flood 2014).
ONCE uint64_t splitmix64(uint64_t z) {
  z += 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// Use of the random numbers; each use of one seed has a sequence of its own.
enum class Purpose : uint64_t { initialise = 1, order = 2, augment = 3 };

class Random {
 public:
  Random(uint32_t seed, Purpose purpose, uint64_t position)
      : state_(splitmix64(splitmix64(((uint64_t)purpose << 32) | seed) ^ position)) {}
  uint64_t bits() { return splitmix64(state_ += 0x9E3779B97F4A7C15ull); }
  double uniform() { return (double)(bits() >> 11) * 0x1p-53; }  // [0, 1)
  float symmetric() { return (float)(2 * uniform() - 1); }       // [-1, 1)
  // Approximately normal with mean 0 and variance 1, within +-3: the sum of three uniform numbers.
  float bell() { return symmetric() + symmetric() + symmetric(); }
  uint32_t below(uint32_t n) { return (uint32_t)(((bits() >> 32) * n) >> 32); }

 private:
  uint64_t state_;
};

}  // namespace lenet
