#pragma once
// The few loops where instruction selection decides the speed. Everything else is Swift.
//
// Laws that callers may rely on:
//  - One accumulator per output element, in the order of k, in blocks of CK_K_BLOCK that start from zero. Tile shape, row
//    count and vector width therefore do not change a bit: a batch of 1 and a batch of 64 give the same row, and the
//    AVX2 and AVX-512 levels agree exactly. The portable level has no fused multiply-add and agrees to rounding.
//  - Nothing here allocates, locks, or keeps state.
//  - Buffers may be unaligned; outputs must not overlap inputs unless a function says so.

#include <stddef.h>
#include <stdint.h>

#include "CWorkers.h"

enum { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2 };
enum { CK_PANEL = 16, CK_K_BLOCK = 256 };
enum { CK_RELU = 0, CK_SIGMOID = 1, CK_TANH = 2, CK_GELU = 3 };

// The highest level this processor offers.
int ck_best_level(void);
// The level in force: the best one, or a lower one that the environment variable HFTML_KERNEL_LEVEL (0, 1, 2) asks for. Decided
// once, before main.
int ck_level(void);

// The kernels of one level, for tests that compare levels; null where the processor lacks it. The functions are those below.
struct ck_table;
const struct ck_table *ck_table_at(int level);

// Flush-to-zero and denormals-are-zero for the calling thread; returns the state to give back to ck_float_restore.
uint32_t ck_float_enter(void);
void ck_float_restore(uint32_t state);

// Floats that ck_pack writes for a K x N matrix.
size_t ck_packed_size(int k, int n);
// Packs B (K x N, element (k, n) at b[k * row + n * column]) into panels [N/16][K][16], zero-filled on the right.
void ck_pack(const float *b, ptrdiff_t row, ptrdiff_t column, int k, int n, float *panels);
// C (M x N, leading dimension ldc) = A * B, or += where accumulate is not 0, with A(m, k) at a[m * row + k * column].
// bias (N values, may be null) is added when accumulate is 0.
void ck_matmul(int m, int n, int k, const float *a, ptrdiff_t row, ptrdiff_t column, const float *panels, float *c,
               ptrdiff_t ldc, int accumulate, const float *bias);

// y = f(x); in place is allowed.
void ck_activate(int kind, size_t n, const float *x, float *y);
// dx = dy * f'(x), expressed through the output y (RELU, SIGMOID, TANH) or the input x (GELU); in place on dy is allowed.
void ck_activate_backward(int kind, size_t n, const float *x, const float *y, const float *dy, float *dx);

// One LSTM time step for `rows` samples of H units. gates: pre-activations (input, forget, cell, output; H each) at row
// stride ldg, replaced by the activated gates. c_prev may be null (zero state). Writes c, tanh(c) and h.
void ck_lstm_forward(int rows, int h, float *gates, ptrdiff_t ldg, const float *c_prev, ptrdiff_t ldc_prev, float *c,
                     float *tanh_c, ptrdiff_t ldc, float *hidden, ptrdiff_t ldh);
// Gradient of the same step. dh: gradient of h (row stride lddh); dh_next: contribution from step t+1 (rows x H, dense,
// may be null); dc: running cell gradient (rows x H, dense), read and replaced by the gradient for step t-1. Writes
// the pre-activation gradients to dgates (row stride ldg); in place on gates is allowed.
void ck_lstm_backward(int rows, int h, const float *gates, ptrdiff_t ldg, const float *c_prev, ptrdiff_t ldc_prev,
                      const float *tanh_c, ptrdiff_t ldc, const float *dh, ptrdiff_t lddh, const float *dh_next,
                      float *dc, float *dgates);

// total[i] = sum over shards of g[s * stride + i], in shard order; returns the sum of squares, in 16 fixed lanes.
double ck_sum_shards(size_t n, int shards, const float *g, size_t stride, float *total);
// Adam and AdamW (Kingma & Ba 2015; Loshchilov & Hutter 2019), epsilon outside the bias-corrected root as in PyTorch:
// w -= rate * (m / correction1) / (sqrt(v / correction2) + epsilon), after w *= 1 - decay.
void ck_adam(size_t n, float *w, const float *g, float scale, float *m, float *v, float rate, float beta1, float beta2,
             float epsilon, float correction1, float correction2, float decay);
// SGD with momentum: velocity = momentum * velocity + g; w -= rate * velocity.
void ck_sgd(size_t n, float *w, const float *g, float scale, float *velocity, float rate, float momentum, float decay);

// y = x / keep where a counter-based draw keyed by (key, index) is below keep, else 0. Same call on gradients.
void ck_dropout(size_t n, const float *x, float *y, float keep, uint64_t key, uint64_t first_index);

// Adds the columns of a rows x n matrix to out, in row order.
void ck_add_rows(int rows, int n, const float *x, ptrdiff_t ldx, float *out);

// One function per kernel, with the arguments above.
struct ck_table {
    void (*matmul)(int, int, int, const float *, ptrdiff_t, ptrdiff_t, const float *, float *, ptrdiff_t, int,
                   const float *);
    void (*pack)(const float *, ptrdiff_t, ptrdiff_t, int, int, float *);
    void (*activate)(int, size_t, const float *, float *);
    void (*activate_backward)(int, size_t, const float *, const float *, const float *, float *);
    void (*lstm_forward)(int, int, float *, ptrdiff_t, const float *, ptrdiff_t, float *, float *, ptrdiff_t, float *,
                         ptrdiff_t);
    void (*lstm_backward)(int, int, const float *, ptrdiff_t, const float *, ptrdiff_t, const float *, ptrdiff_t,
                          const float *, ptrdiff_t, const float *, float *, float *);
    double (*sum_shards)(size_t, int, const float *, size_t, float *);
    void (*adam)(size_t, float *, const float *, float, float *, float *, float, float, float, float, float, float,
                 float);
    void (*sgd)(size_t, float *, const float *, float, float *, float, float, float);
    void (*dropout)(size_t, const float *, float *, float, uint64_t, uint64_t);
    void (*add_rows)(int, int, const float *, ptrdiff_t, float *);
    void (*md5_blocks)(uint32_t[4][16], const uint8_t *const[16], const size_t[16], size_t);
};

// MD5 (RFC 1321) of `count` buffers, sixteen at a time, one per vector lane. Give long buffers first, so that lanes end together.
// A null pointer is allowed for a buffer of length 0.
void ck_md5_many(size_t count, const uint8_t *const *data, const size_t *length, uint8_t (*digest)[16]);
void ck_md5_many_at(const struct ck_table *table, size_t count, const uint8_t *const *data, const size_t *length,
                    uint8_t (*digest)[16]);
