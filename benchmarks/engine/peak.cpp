// Fused multiply-adds in registers and nothing else: what the machine's arithmetic can do at most.
// LANES is the width of the vectors, set by peak.py.
#include <stdint.h>

typedef float V __attribute__((vector_size(4 * LANES)));

// Enough independent chains to hide the latency of every known core (latency x units), few enough
// for the registers: x86-64 without AVX-512 has 16.
#if defined(__aarch64__)
constexpr int CHAINS = 24;
#else
constexpr int CHAINS = 12;
#endif

#if defined(_WIN32)
#define EXPORTED extern "C" __declspec(dllexport)
#else
#define EXPORTED extern "C" __attribute__((visibility("default")))
#endif

EXPORTED int64_t peak_flop(int64_t rounds) { return rounds * CHAINS * LANES * 2; }

// The sum keeps the chains alive; the arguments are unknown when this is compiled, so that no step
// can be worked out beforehand.
EXPORTED float peak_run(int64_t rounds, float factor, float addend) {
  V chains[CHAINS], f, a;
  for (int lane = 0; lane < LANES; lane++) f[lane] = factor, a[lane] = addend;
  for (int i = 0; i < CHAINS; i++) chains[i] = a * (float)(i + 1);
  for (int64_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) chains[i] = __builtin_elementwise_fma(chains[i], f, a);
  }
  float sum = 0;
  for (int i = 0; i < CHAINS; i++)
    for (int lane = 0; lane < LANES; lane++) sum += chains[i][lane];
  return sum;
}
