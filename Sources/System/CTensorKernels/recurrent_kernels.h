// float32 kernels of recurrent networks; included after `float_kernels.h`, whose vectors they use.

INLINE vf vsigmoid(vf x) { return 1.0f / (1.0f + vexp(-x)); }
// tanh x = 2σ(2x) − 1.
INLINE vf vtanh(vf x) { return 2.0f * vsigmoid(2.0f * x) - 1.0f; }

// `count` (<= LANES) numbers from p; the rest are zeros.
INLINE vf load_part(const float *p, intptr_t count) {
  vf x = (vf){};
  memcpy(&x, p, (size_t)count * sizeof(float));
  return x;
}

static void lstm_task(void *context, intptr_t row, intptr_t worker) {
  (void)worker;
  const ctk_lstm_f32 *l = context;
  const float *gates = l->gates + row * 4 * l->width;
  float *cell = l->cell + row * l->width, *hidden = l->hidden + row * l->hidden_row;
  for (intptr_t j = 0; j < l->width; j += LANES) {
    intptr_t count = ctk_min(LANES, l->width - j);
    vf input = vsigmoid(load_part(gates + j, count));
    vf forget = vsigmoid(load_part(gates + l->width + j, count));
    vf candidate = vtanh(load_part(gates + 2 * l->width + j, count));
    vf output = vsigmoid(load_part(gates + 3 * l->width + j, count));
    vf c = forget * load_part(cell + j, count) + input * candidate;
    vf h = output * vtanh(c);
    memcpy(cell + j, &c, (size_t)count * sizeof(float));
    memcpy(hidden + j, &h, (size_t)count * sizeof(float));
  }
}

static void NAME(lstm_f32)(ctk_pool *pool, const ctk_lstm_f32 *l) {
  ctk_pool_run(pool, l->rows, lstm_task, (void *)l);
}
