// Chooses the table once and forwards to it. An indirect call costs a nanosecond; the smallest kernel takes a hundred.
#include "table.h"

#include <stdlib.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

static const struct ck_table *table = &ck_portable_table;
static int level = CK_PORTABLE;

int ck_best_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw"))
        return CK_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CK_AVX2;
#endif
    return CK_PORTABLE;
}

const struct ck_table *ck_table_at(int wanted) {
    if (wanted < CK_PORTABLE || wanted > ck_best_level()) return 0;
#if defined(__x86_64__)
    if (wanted == CK_AVX512) return &ck_avx512_table;
    if (wanted == CK_AVX2) return &ck_avx2_table;
#endif
    return &ck_portable_table;
}

// Runs before main, so that no caller can forget to choose and no thread can see a change.
__attribute__((constructor)) static void choose(void) {
    const char *wanted = getenv("HFTML_KERNEL_LEVEL");
    int best = ck_best_level();
    level =
        wanted && wanted[0] >= '0' && wanted[0] <= '2' && !wanted[1] && wanted[0] - '0' < best ? wanted[0] - '0' : best;
    table = ck_table_at(level);
}

int ck_level(void) { return level; }

uint32_t ck_float_enter(void) {
#if defined(__x86_64__)
    uint32_t state = _mm_getcsr();
    _mm_setcsr(state | 0x8040);
    return state;
#elif defined(__aarch64__)
    uint64_t state;
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));
    uint64_t flushed = state | (1u << 24);
    __asm__ volatile("msr fpcr, %0" : : "r"(flushed));
    return (uint32_t)state;
#else
    return 0;
#endif
}

void ck_float_restore(uint32_t state) {
#if defined(__x86_64__)
    _mm_setcsr(state);
#elif defined(__aarch64__)
    uint64_t wide = state;
    __asm__ volatile("msr fpcr, %0" : : "r"(wide));
#else
    (void)state;
#endif
}

size_t ck_packed_size(int k, int n) { return (size_t)((n + CK_PANEL - 1) / CK_PANEL) * CK_PANEL * (size_t)k; }

void ck_pack(const float *b, ptrdiff_t row, ptrdiff_t column, int k, int n, float *panels) {
    table->pack(b, row, column, k, n, panels);
}

void ck_product_run(const struct ck_product *product) {
    if (product->precision != CK_FLOAT32 && product->m >= 16 && product->n >= 16 &&
        product->taps * product->depth >= 32) {
        ck_split_product(product, product->precision == CK_SPLIT_BF16_EMULATED);
    } else {
        table->product(product);
    }
}

void ck_matmul(int m, int n, int k, const float *a, ptrdiff_t row, ptrdiff_t column, const float *panels, float *c,
               ptrdiff_t ldc, int accumulate, const float *bias, int precision) {
    const struct ck_product product = {.m = m,
                                       .n = n,
                                       .taps = 1,
                                       .depth = k,
                                       .a = a,
                                       .a_row = row,
                                       .a_column = column,
                                       .b = panels,
                                       .b_step = CK_PANEL,
                                       .b_next = (ptrdiff_t)k * CK_PANEL,
                                       .c = c,
                                       .c_row = ldc,
                                       .accumulate = accumulate,
                                       .bias = bias,
                                       .activation = CK_IDENTITY,
                                       .precision = precision};
    ck_product_run(&product);
}

void ck_activate(int kind, size_t n, const float *x, float *y) { table->activate(kind, n, x, y); }

void ck_activate_backward(int kind, size_t n, const float *x, const float *y, const float *dy, float *dx) {
    table->activate_backward(kind, n, x, y, dy, dx);
}

void ck_lstm_forward(int rows, int h, float *gates, ptrdiff_t ldg, const float *c_prev, ptrdiff_t ldc_prev, float *c,
                     float *tanh_c, ptrdiff_t ldc, float *hidden, ptrdiff_t ldh) {
    table->lstm_forward(rows, h, gates, ldg, c_prev, ldc_prev, c, tanh_c, ldc, hidden, ldh);
}

void ck_lstm_backward(int rows, int h, const float *gates, ptrdiff_t ldg, const float *c_prev, ptrdiff_t ldc_prev,
                      const float *tanh_c, ptrdiff_t ldc, const float *dh, ptrdiff_t lddh, const float *dh_next,
                      float *dc, float *dgates) {
    table->lstm_backward(rows, h, gates, ldg, c_prev, ldc_prev, tanh_c, ldc, dh, lddh, dh_next, dc, dgates);
}

double ck_sum_shards(size_t n, int shards, const float *g, size_t stride, float *total) {
    return table->sum_shards(n, shards, g, stride, total);
}

void ck_adam(size_t n, float *w, const float *g, float scale, float *m, float *v, float rate, float beta1, float beta2,
             float epsilon, float correction1, float correction2, float decay) {
    table->adam(n, w, g, scale, m, v, rate, beta1, beta2, epsilon, correction1, correction2, decay);
}

void ck_sgd(size_t n, float *w, const float *g, float scale, float *velocity, float rate, float momentum, float decay) {
    table->sgd(n, w, g, scale, velocity, rate, momentum, decay);
}

void ck_dropout(size_t n, const float *x, float *y, float keep, uint64_t key, uint64_t first_index) {
    table->dropout(n, x, y, keep, key, first_index);
}

void ck_add_rows(int rows, int n, const float *x, ptrdiff_t ldx, float *out) { table->add_rows(rows, n, x, ldx, out); }

void ck_add(size_t n, const float *x, float *y) { table->add(n, x, y); }

void ck_moments(int rows, int n, const float *x, float *mean, float *variance) {
    table->moments(rows, n, x, mean, variance);
}

void ck_scale_shift(int rows, int n, const float *x, const float *centre, const float *scale, const float *shift,
                    float *y) {
    table->scale_shift(rows, n, x, centre, scale, shift, y);
}

void ck_projections(int rows, int n, const float *x, const float *dy, const float *centre, float *sums,
                    float *projected) {
    table->projections(rows, n, x, dy, centre, sums, projected);
}

void ck_combine(int rows, int n, const float *dy, const float *scale, const float *x, const float *centre,
                const float *slope, const float *shift, float *dx) {
    table->combine(rows, n, dy, scale, x, centre, slope, shift, dx);
}

void ck_layernorm(int rows, int n, const float *x, const float *gamma, const float *beta, float epsilon, float *y,
                  float *statistics) {
    table->layernorm(rows, n, x, gamma, beta, epsilon, y, statistics);
}

void ck_layernorm_backward(int rows, int n, const float *x, const float *dy, const float *gamma,
                           const float *statistics, float *dgamma, float *dbeta, float *dx) {
    table->layernorm_backward(rows, n, x, dy, gamma, statistics, dgamma, dbeta, dx);
}

void ck_softmax(int rows, int n, const float *x, float scale, float *y) { table->softmax(rows, n, x, scale, y); }

void ck_softmax_backward(int rows, int n, const float *y, const float *dy, float scale, float *dx) {
    table->softmax_backward(rows, n, y, dy, scale, dx);
}

void ck_gru_forward(int rows, int h, float *gates, ptrdiff_t ldg, float *recurrent, ptrdiff_t ldr, const float *h_prev,
                    ptrdiff_t ldp, float *hidden, ptrdiff_t ldh) {
    table->gru_forward(rows, h, gates, ldg, recurrent, ldr, h_prev, ldp, hidden, ldh);
}

void ck_gru_backward(int rows, int h, float *gates, ptrdiff_t ldg, float *recurrent, ptrdiff_t ldr, const float *h_prev,
                     ptrdiff_t ldp, const float *dh, ptrdiff_t lddh, const float *dh_next, float *dh_prev) {
    table->gru_backward(rows, h, gates, ldg, recurrent, ldr, h_prev, ldp, dh, lddh, dh_next, dh_prev);
}

void ck_max_update(size_t n, const float *x, float tap, float *largest, float *chosen) {
    table->max_update(n, x, tap, largest, chosen);
}

void ck_max_backward(size_t n, const float *dy, float tap, const float *chosen, float *dx) {
    table->max_backward(n, dy, tap, chosen, dx);
}

void ck_md5_many(size_t count, const uint8_t *const *data, const size_t *length, uint8_t (*digest)[16]) {
    ck_md5_many_at(table, count, data, length, digest);
}
