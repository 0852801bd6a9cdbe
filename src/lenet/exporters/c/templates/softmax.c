/* exp(x) / sum exp(x), in place. */
static void lenet_softmax(float *x, int32_t n) {
  float greatest = x[0], sum = 0;
  for (int32_t i = 1; i < n; i++)
    if (x[i] > greatest) greatest = x[i];
  for (int32_t i = 0; i < n; i++) sum += x[i] = expf(x[i] - greatest);
  for (int32_t i = 0; i < n; i++) x[i] /= sum;
}
