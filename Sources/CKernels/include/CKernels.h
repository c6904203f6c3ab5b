#pragma once
// The few loops where instruction selection decides the speed. Everything else is Swift.
//
// Laws that callers may rely on:
//  - One accumulator per output element, in the order of k, in blocks of CK_K_BLOCK that start from zero. Tile shape,
//    row count and vector width therefore do not change a bit: a batch of 1 and a batch of 64 give the same row, and
//    the AVX2 and AVX-512 levels agree exactly. The portable level has no fused multiply-add and agrees to rounding.
//  - Nothing here allocates, locks, or keeps state: what a product does is in its arguments, its precision too, so two
//    trainings of one process cannot change each other's bits. What is remembered are facts of the processor (its
//    instruction set, whether tiles are granted), found once and never changed.
//  - Buffers may be unaligned; outputs must not overlap inputs unless a function says so. A plain (not packed) B may be
//    read up to 15 floats past its last row; what is found there is not used.

#include <stddef.h>
#include <stdint.h>

#include "CWorkers.h"

enum { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2 };
enum { CK_PANEL = 16, CK_K_BLOCK = 256 };
// CK_LEAKY_RELU has the slope 0.01 below zero. CK_GELU is the tanh form, CK_GELU_EXACT the one by the normal
// distribution function.
enum { CK_IDENTITY = -1, CK_RELU = 0, CK_SIGMOID = 1, CK_TANH = 2, CK_GELU = 3, CK_LEAKY_RELU = 4, CK_GELU_EXACT = 5 };

// The highest level this processor offers.
int ck_best_level(void);
// The level in force: the best one, or a lower one that the environment variable HFTML_KERNEL_LEVEL (0, 1, 2) asks for:
// a diagnostic, to compare levels on one machine. Decided once, before main; a run records the level's name, so the
// variable never changes bits unseen (levels 1 and 2 agree to the bit, level 0 to rounding).
int ck_level(void);

// The kernels of one level, for tests that compare levels; null where the processor lacks it. The functions are those
// below.
struct ck_table;
const struct ck_table *ck_table_at(int level);

// Flush-to-zero and denormals-are-zero for the calling thread; returns the state to give back to ck_float_restore.
uint32_t ck_float_enter(void);
void ck_float_restore(uint32_t state);

// Floats that ck_pack writes for a K x N matrix.
size_t ck_packed_size(int k, int n);
// Packs B (K x N, element (k, n) at b[k * row + n * column]) into panels [N/16][K][16], zero-filled on the right.
void ck_pack(const float *b, ptrdiff_t row, ptrdiff_t column, int k, int n, float *panels);

// C = A * B, or C += A * B. K = taps * depth, walked tap by tap: A(m, (t, d)) is at a[m * a_row + t * a_tap + d *
// a_column]. A convolution over lines is such a product: a tap is a line further on, and rows overlap in memory.
struct ck_product {
    int m, n, taps, depth;
    const float *a;
    ptrdiff_t a_row, a_column, a_tap;
    // B: panels of ck_pack (step 16, next K * 16), or a plain row-major matrix (step its row, next 16).
    const float *b;
    ptrdiff_t b_step, b_next;
    float *c;
    ptrdiff_t c_row;
    int accumulate;
    // N values or null; added when accumulate is 0.
    const float *bias;
    // Applied to the finished C; CK_IDENTITY for none.
    int activation;
    // With one row: visits the columns from the end. A caller that alternates finds part of B still in the first cache.
    // Same bits.
    int backwards;
    // CK_FLOAT32, or the product of bfloat16 parts. CK_SPLIT_BF16 is only for processors where ck_split_is_granted says
    // so.
    int precision;
};
// Results of the parts are close to float32's (relative to the largest value about 4e-6), not equal. Products too small
// for tiles stay in float32.
enum { CK_FLOAT32 = 0, CK_SPLIT_BF16 = 1, CK_SPLIT_BF16_EMULATED = 2 };
void ck_product_run(const struct ck_product *product);
// Whether the processor has AMX tiles and the operating system grants them to this process.
int ck_split_is_granted(void);
void ck_split_product(const struct ck_product *product, int emulates);
// The plain case: C (M x N, leading dimension ldc) = A * B with packed B and A(m, k) at a[m * row + k * column].
void ck_matmul(int m, int n, int k, const float *a, ptrdiff_t row, ptrdiff_t column, const float *panels, float *c,
               ptrdiff_t ldc, int accumulate, const float *bias, int precision);

// y = f(x); in place is allowed.
void ck_activate(int kind, size_t n, const float *x, float *y);
// dx = dy * f'(x), expressed through the output y (all but GELU) or the input x (GELU); in place on dy is allowed.
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
// y += x.
void ck_add(size_t n, const float *x, float *y);

// Mean and population variance of every column of a dense rows x n matrix.
void ck_moments(int rows, int n, const float *x, float *mean, float *variance);
// y = (x - centre) * scale + shift by column; in place is allowed.
void ck_scale_shift(int rows, int n, const float *x, const float *centre, const float *scale, const float *shift,
                    float *y);
// sums = sum of dy, projected = sum of dy * (x - centre), by column.
void ck_projections(int rows, int n, const float *x, const float *dy, const float *centre, float *sums,
                    float *projected);
// dx = dy * scale + (x - centre) * slope + shift by column; in place on dy is allowed.
void ck_combine(int rows, int n, const float *dy, const float *scale, const float *x, const float *centre,
                const float *slope, const float *shift, float *dx);
// Layer normalisation of every row; statistics receives mean and 1/sigma of each.
void ck_layernorm(int rows, int n, const float *x, const float *gamma, const float *beta, float epsilon, float *y,
                  float *statistics);
// Adds to dgamma and dbeta; dx may be null; in place on dy is allowed.
void ck_layernorm_backward(int rows, int n, const float *x, const float *dy, const float *gamma,
                           const float *statistics, float *dgamma, float *dbeta, float *dx);
// y = softmax(scale * x) of every row, scale > 0; in place is allowed.
void ck_softmax(int rows, int n, const float *x, float scale, float *y);
// dx = scale * y * (dy - sum(y * dy)); in place on dy is allowed.
void ck_softmax_backward(int rows, int n, const float *y, const float *dy, float scale, float *dx);

// One GRU time step (Cho et al. 2014, reset after the product as in PyTorch and cuDNN) for `rows` samples of H units.
// gates: input part of reset, update, candidate (row stride ldg), replaced by the activated gates; recurrent: hidden
// part of the same three, kept. h_prev may be null (zero state).
void ck_gru_forward(int rows, int h, float *gates, ptrdiff_t ldg, float *recurrent, ptrdiff_t ldr, const float *h_prev,
                    ptrdiff_t ldp, float *hidden, ptrdiff_t ldh);
// Gradient of the same step: replaces gates and recurrent by the gradients of their pre-activations; dh_prev (rows x H,
// dense) receives the part of the gradient that does not pass through the products. dh_next may be dh_prev.
void ck_gru_backward(int rows, int h, float *gates, ptrdiff_t ldg, float *recurrent, ptrdiff_t ldr, const float *h_prev,
                     ptrdiff_t ldp, const float *dh, ptrdiff_t lddh, const float *dh_next, float *dh_prev);

// Where x is larger than `largest` (or NaN), takes it over and notes the tap.
void ck_max_update(size_t n, const float *x, float tap, float *largest, float *chosen);
// dx += dy where `chosen` is this tap.
void ck_max_backward(size_t n, const float *dy, float tap, const float *chosen, float *dx);

// One function per kernel, with the arguments above.
struct ck_table {
    void (*product)(const struct ck_product *);
    void (*pack)(const float *, ptrdiff_t, ptrdiff_t, int, int, float *);
    void (*activate)(int, size_t, const float *, float *);
    void (*activate_backward)(int, size_t, const float *, const float *, const float *, float *);
    void (*lstm_forward)(int, int, float *, ptrdiff_t, const float *, ptrdiff_t, float *, float *, ptrdiff_t, float *,
                         ptrdiff_t);
    void (*lstm_backward)(int, int, const float *, ptrdiff_t, const float *, ptrdiff_t, const float *, ptrdiff_t,
                          const float *, ptrdiff_t, const float *, float *, float *);
    void (*gru_forward)(int, int, float *, ptrdiff_t, float *, ptrdiff_t, const float *, ptrdiff_t, float *, ptrdiff_t);
    void (*gru_backward)(int, int, float *, ptrdiff_t, float *, ptrdiff_t, const float *, ptrdiff_t, const float *,
                         ptrdiff_t, const float *, float *);
    double (*sum_shards)(size_t, int, const float *, size_t, float *);
    void (*adam)(size_t, float *, const float *, float, float *, float *, float, float, float, float, float, float,
                 float);
    void (*sgd)(size_t, float *, const float *, float, float *, float, float, float);
    void (*dropout)(size_t, const float *, float *, float, uint64_t, uint64_t);
    void (*add_rows)(int, int, const float *, ptrdiff_t, float *);
    void (*add)(size_t, const float *, float *);
    void (*moments)(int, int, const float *, float *, float *);
    void (*scale_shift)(int, int, const float *, const float *, const float *, const float *, float *);
    void (*projections)(int, int, const float *, const float *, const float *, float *, float *);
    void (*combine)(int, int, const float *, const float *, const float *, const float *, const float *, const float *,
                    float *);
    void (*layernorm)(int, int, const float *, const float *, const float *, float, float *, float *);
    void (*layernorm_backward)(int, int, const float *, const float *, const float *, const float *, float *, float *,
                               float *);
    void (*softmax)(int, int, const float *, float, float *);
    void (*softmax_backward)(int, int, const float *, const float *, float, float *);
    void (*max_update)(size_t, const float *, float, float *, float *);
    void (*max_backward)(size_t, const float *, float, const float *, float *);
    void (*md5_blocks)(uint32_t[4][16], const uint8_t *const[16], const size_t[16], size_t);
};

// MD5 (RFC 1321) of `count` buffers, sixteen at a time, one per vector lane. Give long buffers first, so that lanes end
// together. A null pointer is allowed for a buffer of length 0.
void ck_md5_many(size_t count, const uint8_t *const *data, const size_t *length, uint8_t (*digest)[16]);
void ck_md5_many_at(const struct ck_table *table, size_t count, const uint8_t *const *data, const size_t *length,
                    uint8_t (*digest)[16]);
