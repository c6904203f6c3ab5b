// The body of every level; included once per instruction set with CK(name) and CK_ROWS defined.
// The vector type is 16 floats at every level: the compiler splits it into the registers there are.

#include "CKernels.h"
#include <math.h>
#include <string.h>

typedef float v16 __attribute__((ext_vector_type(16)));
typedef int32_t i16v __attribute__((ext_vector_type(16)));

#define INLINE static inline __attribute__((always_inline))

INLINE v16 load(const float *p) {
    v16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, v16 v) { memcpy(p, &v, sizeof v); }

#if defined(CK_MASKED)
INLINE v16 load_n(const float *p, int n) {
    return n >= 16 ? load(p) : (v16)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}

INLINE void store_n(float *p, v16 v, int n) {
    if (n >= 16) {
        store(p, v);
    } else {
        _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
    }
}
#else
INLINE v16 load_n(const float *p, int n) {
    if (n >= 16) return load(p);
    v16 v = 0;
    for (int i = 0; i < n; i++) v[i] = p[i];
    return v;
}

INLINE void store_n(float *p, v16 v, int n) {
    if (n >= 16) {
        store(p, v);
    } else {
        for (int i = 0; i < n; i++) p[i] = v[i];
    }
}
#endif

INLINE v16 splat(float x) { return (v16)x; }

// MARK: Activations

// 2^x for -126 <= x <= 126 with a degree-6 polynomial on [-0.5, 0.5]; relative error below 2e-7.
// Lower inputs are clamped, NaN stays NaN. No estimate instructions, so that all levels agree.
INLINE v16 power_of_two(v16 x) {
    x = x < -126.0f ? splat(-126.0f) : x;
    x = x > 126.0f ? splat(126.0f) : x;
    const v16 magic = splat(12582912.0f);
    v16 rounded = x + magic;
    v16 f = x - (rounded - magic);
    v16 p = splat(1.535336188319500e-4f);
    p = p * f + splat(1.339887440266574e-3f);
    p = p * f + splat(9.618437357674640e-3f);
    p = p * f + splat(5.550332471162809e-2f);
    p = p * f + splat(2.402264791363012e-1f);
    p = p * f + splat(6.931472028550421e-1f);
    p = p * f + splat(1.0f);
    i16v bits;
    memcpy(&bits, &p, sizeof bits);
    i16v exponent;
    memcpy(&exponent, &rounded, sizeof exponent);
    bits += exponent << 23;
    memcpy(&p, &bits, sizeof p);
    return p;
}

INLINE v16 sigmoid(v16 x) { return splat(1.0f) / (splat(1.0f) + power_of_two(x * -1.4426950408889634f)); }

// Absolute error about 1e-7; a small tanh loses relative accuracy, which gates do not need.
INLINE v16 hyperbolic_tangent(v16 x) {
    return splat(1.0f) - splat(2.0f) / (splat(1.0f) + power_of_two(x * 2.8853900817779268f));
}

// Gaussian error linear unit in its tanh form (Hendrycks & Gimpel 2016).
INLINE v16 gelu_inner(v16 x) { return (x + x * x * x * 0.044715f) * 0.7978845608f; }

INLINE v16 activate(const int kind, v16 x) {
    switch (kind) {
        case CK_RELU: return x > 0.0f ? x : splat(0.0f);
        case CK_LEAKY_RELU: return x > 0.0f ? x : x * 0.01f;
        case CK_SIGMOID: return sigmoid(x);
        case CK_TANH: return hyperbolic_tangent(x);
        default: return x * 0.5f * (splat(1.0f) + hyperbolic_tangent(gelu_inner(x)));
    }
}

INLINE v16 slope(const int kind, v16 x, v16 y) {
    switch (kind) {
        case CK_RELU: return y > 0.0f ? splat(1.0f) : splat(0.0f);
        case CK_LEAKY_RELU: return y > 0.0f ? splat(1.0f) : splat(0.01f);
        case CK_SIGMOID: return y * (splat(1.0f) - y);
        case CK_TANH: return splat(1.0f) - y * y;
        default: {
            v16 t = hyperbolic_tangent(gelu_inner(x));
            v16 inner = (splat(1.0f) + x * x * 0.134145f) * 0.7978845608f;
            return (splat(1.0f) + t) * 0.5f + x * 0.5f * (splat(1.0f) - t * t) * inner;
        }
    }
}

#define EACH_KIND(call) \
    switch (kind) { \
        case CK_RELU: call(CK_RELU); break; \
        case CK_LEAKY_RELU: call(CK_LEAKY_RELU); break; \
        case CK_SIGMOID: call(CK_SIGMOID); break; \
        case CK_TANH: call(CK_TANH); break; \
        default: call(CK_GELU); break; \
    }

INLINE int chunk(size_t n, size_t i) { return n - i < 16 ? (int)(n - i) : 16; }

static void CK(activate)(int kind, size_t n, const float *x, float *y) {
#define RUN(K) \
    for (size_t i = 0; i < n; i += 16) store_n(y + i, activate(K, load_n(x + i, chunk(n, i))), chunk(n, i))
    EACH_KIND(RUN)
#undef RUN
}

static void CK(activate_backward)(int kind, size_t n, const float *x, const float *y, const float *dy, float *dx) {
#define RUN(K) \
    for (size_t i = 0; i < n; i += 16) { \
        int w = chunk(n, i); \
        v16 g = load_n(dy + i, w) * slope(K, load_n(x + i, w), load_n(y + i, w)); \
        store_n(dx + i, g, w); \
    }
    EACH_KIND(RUN)
#undef RUN
}

// MARK: Matrix product

// `rows` and `vectors` are literals at every call, so the accumulators live in registers. Row k of B is at b + k *
// b_step, its vector v a distance of v * b_next further on.
INLINE void tile(const int rows, const int vectors, int taps, int depth, const float *a, ptrdiff_t row,
                 ptrdiff_t column, ptrdiff_t tap, const float *b, ptrdiff_t b_step, ptrdiff_t b_next, float *c,
                 ptrdiff_t ldc, int columns, int add, const float *bias) {
    v16 sum[rows][vectors];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[r][v] = 0;
    for (int t = 0; t < taps; t++) {
        const float *from = a + t * tap;
        for (int i = 0; i < depth; i++) {
            v16 weights[vectors];
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) weights[v] = load(b + v * b_next);
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) {
                v16 x = splat(from[r * row]);
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) sum[r][v] += x * weights[v];
            }
            from += column;
            b += b_step;
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            float *out = c + r * ldc + v * CK_PANEL;
            int width = v + 1 < vectors ? 16 : columns - v * CK_PANEL;
            if (add) {
                store_n(out, load_n(out, width) + sum[r][v], width);
            } else if (bias) {
                store_n(out, load_n(bias + v * CK_PANEL, width) + sum[r][v], width);
            } else {
                store_n(out, sum[r][v], width);
            }
        }
    }
}

// One block of K: all columns, all rows.
static void CK(block)(const struct ck_product *p, int first_tap, int taps, int first, int depth, int add, int is_last) {
    // Rows are split evenly (16 = 6+5+5, never 6+6+4) so that no tile is latency-bound.
    const int tiles = (p->m + CK_ROWS - 1) / CK_ROWS;
    const ptrdiff_t k0 = (ptrdiff_t)first_tap * p->depth + first;
    const float *a = p->a + first_tap * p->a_tap + first * p->a_column;
    const float *b = p->b + k0 * p->b_step;
    const float *bias = add ? 0 : p->bias;
    const int copies = p->a_row == 1 && p->a_column > 64 && taps == 1 && p->n >= 8 * CK_PANEL;
    float gathered[CK_ROWS * CK_K_BLOCK];
    int at = 0;
    for (int t = 0; t < tiles; t++) {
        const int rows = p->m / tiles + (t < p->m % tiles);
        const float *at_a = a + at * p->a_row;
        ptrdiff_t a_row = p->a_row, a_column = p->a_column;
        if (copies) {
            // Columns of A far apart: gathered once for all panels.
            for (int i = 0; i < depth; i++) store_n(gathered + i * CK_ROWS, load_n(at_a + i * a_column, rows), rows);
            at_a = gathered;
            a_row = 1;
            a_column = CK_ROWS;
        }
        float *at_c = p->c + at * p->c_row;
        // Backwards: in fours of panels from the end, where their number allows it.
        const int turns = p->backwards && rows == 1 && p->n % (4 * CK_PANEL) == 0 ? p->n / (4 * CK_PANEL) : 0;
        int j = 0;
        for (int turn = turns; turns ? turn > 0 : j < p->n; turn--) {
            if (turns) j = (turn - 1) * 4 * CK_PANEL;
            [[maybe_unused]] const int panels = turns ? 4 : (p->n - j + CK_PANEL - 1) / CK_PANEL;
            const float *at_b = b + (j / CK_PANEL) * p->b_next;
            int vectors = 1;
            int columns = turns ? 4 * CK_PANEL : p->n - j;
#define TILE(R, V) \
    case R: \
        tile(R, V, taps, depth, at_a, a_row, a_column, p->a_tap, at_b, p->b_step, p->b_next, at_c + j, p->c_row, \
             columns, add, bias ? bias + j : 0); \
        break;
#define WIDE(V, ...) \
    { \
        vectors = V; \
        if (columns > V * CK_PANEL) columns = V * CK_PANEL; \
        switch (rows) { __VA_ARGS__ } \
    }
#if CK_ROWS == 12
            if (rows <= 3 && panels >= 8) WIDE(8, TILE(1, 8) TILE(2, 8) TILE(3, 8))
            else if (rows <= 6 && panels >= 4)
                WIDE(4, TILE(1, 4) TILE(2, 4) TILE(3, 4) TILE(4, 4) TILE(5, 4) TILE(6, 4))
            else if (panels >= 2)
                WIDE(2, TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2) TILE(6, 2) TILE(7, 2) TILE(8, 2)
                            TILE(9, 2) TILE(10, 2) TILE(11, 2) TILE(12, 2))
            else
                WIDE(1, TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1) TILE(7, 1) TILE(8, 1)
                            TILE(9, 1) TILE(10, 1) TILE(11, 1) TILE(12, 1))
#elif CK_ROWS == 6
            if (rows == 1 && panels >= 4) WIDE(4, TILE(1, 4))
            else if (rows <= 3 && panels >= 2) WIDE(2, TILE(1, 2) TILE(2, 2) TILE(3, 2))
            else WIDE(1, TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1))
#else
            WIDE(1, TILE(1, 1) TILE(2, 1))
#endif
#undef WIDE
#undef TILE
            if (is_last && p->activation != CK_IDENTITY)
                for (int r = 0; r < rows; r++)
                    CK(activate)(p->activation, (size_t)columns, at_c + r * p->c_row + j, at_c + r * p->c_row + j);
            j += vectors * CK_PANEL;
        }
        at += rows;
    }
}

// K in blocks of CK_K_BLOCK: whole taps where they fit, else parts of one tap.
static void CK(product)(const struct ck_product *p) {
    if (p->m <= 0 || p->n <= 0) return;
    if (p->taps * p->depth <= CK_K_BLOCK) {
        CK(block)(p, 0, p->taps, 0, p->depth, p->accumulate, 1);
        return;
    }
    int add = p->accumulate;
    if (p->depth <= CK_K_BLOCK) {
        const int step = CK_K_BLOCK / p->depth;
        for (int t = 0; t < p->taps; t += step) {
            const int taps = p->taps - t < step ? p->taps - t : step;
            CK(block)(p, t, taps, 0, p->depth, add, t + taps == p->taps);
            add = 1;
        }
        return;
    }
    for (int t = 0; t < p->taps; t++)
        for (int first = 0; first < p->depth; first += CK_K_BLOCK) {
            const int depth = p->depth - first < CK_K_BLOCK ? p->depth - first : CK_K_BLOCK;
            CK(block)(p, t, 1, first, depth, add, t + 1 == p->taps && first + depth == p->depth);
            add = 1;
        }
}

static void CK(pack)(const float *b, ptrdiff_t row, ptrdiff_t column, int k, int n, float *panels) {
    for (int p = 0; p < n; p += CK_PANEL) {
        int columns = n - p < CK_PANEL ? n - p : CK_PANEL;
        for (int i = 0; i < k; i++) {
            const float *from = b + i * row + p * column;
            if (column == 1) {
                store(panels, load_n(from, columns));
            } else {
                for (int j = 0; j < columns; j++) panels[j] = from[j * column];
                for (int j = columns; j < CK_PANEL; j++) panels[j] = 0;
            }
            panels += CK_PANEL;
        }
    }
}

// MARK: LSTM

static void CK(lstm_forward)(int rows, int h, float *gates, ptrdiff_t ldg, const float *c_prev, ptrdiff_t ldc_prev,
                             float *c, float *tanh_c, ptrdiff_t ldc, float *hidden, ptrdiff_t ldh) {
    for (int r = 0; r < rows; r++) {
        float *gate = gates + r * ldg;
        for (int j = 0; j < h; j += 16) {
            int w = chunk((size_t)h, (size_t)j);
            v16 i = sigmoid(load_n(gate + j, w));
            v16 f = sigmoid(load_n(gate + h + j, w));
            v16 g = hyperbolic_tangent(load_n(gate + 2 * h + j, w));
            v16 o = sigmoid(load_n(gate + 3 * h + j, w));
            v16 cell = i * g;
            if (c_prev) cell += f * load_n(c_prev + r * ldc_prev + j, w);
            v16 t = hyperbolic_tangent(cell);
            store_n(gate + j, i, w);
            store_n(gate + h + j, f, w);
            store_n(gate + 2 * h + j, g, w);
            store_n(gate + 3 * h + j, o, w);
            store_n(c + r * ldc + j, cell, w);
            store_n(tanh_c + r * ldc + j, t, w);
            store_n(hidden + r * ldh + j, o * t, w);
        }
    }
}

static void CK(lstm_backward)(int rows, int h, const float *gates, ptrdiff_t ldg, const float *c_prev,
                              ptrdiff_t ldc_prev, const float *tanh_c, ptrdiff_t ldc, const float *dh, ptrdiff_t lddh,
                              const float *dh_next, float *dc, float *dgates) {
    const v16 one = splat(1.0f);
    for (int r = 0; r < rows; r++) {
        const float *gate = gates + r * ldg;
        float *dgate = dgates + r * ldg;
        for (int j = 0; j < h; j += 16) {
            int w = chunk((size_t)h, (size_t)j);
            v16 i = load_n(gate + j, w), f = load_n(gate + h + j, w);
            v16 g = load_n(gate + 2 * h + j, w), o = load_n(gate + 3 * h + j, w);
            v16 t = load_n(tanh_c + r * ldc + j, w);
            v16 dhidden = load_n(dh + r * lddh + j, w);
            if (dh_next) dhidden += load_n(dh_next + (ptrdiff_t)r * h + j, w);
            v16 dcell = load_n(dc + (ptrdiff_t)r * h + j, w) + dhidden * o * (one - t * t);
            v16 before = c_prev ? load_n(c_prev + r * ldc_prev + j, w) : splat(0.0f);
            store_n(dgate + j, dcell * g * i * (one - i), w);
            store_n(dgate + h + j, dcell * before * f * (one - f), w);
            store_n(dgate + 2 * h + j, dcell * i * (one - g * g), w);
            store_n(dgate + 3 * h + j, dhidden * t * o * (one - o), w);
            store_n(dc + (ptrdiff_t)r * h + j, dcell * f, w);
        }
    }
}

// MARK: Optimisers

static double CK(sum_shards)(size_t n, int shards, const float *g, size_t stride, float *total) {
    double lanes[16] = {0};
    for (size_t i = 0; i < n; i += 16) {
        int w = chunk(n, i);
        v16 sum = load_n(g + i, w);
        for (int s = 1; s < shards; s++) sum += load_n(g + (size_t)s * stride + i, w);
        store_n(total + i, sum, w);
        for (int j = 0; j < 16; j++) lanes[j] += (double)sum[j] * (double)sum[j];
    }
    for (int width = 8; width > 0; width /= 2)
        for (int j = 0; j < width; j++) lanes[j] += lanes[j + width];
    return lanes[0];
}

INLINE v16 root(v16 x) { return __builtin_elementwise_sqrt(x); }

static void CK(adam)(size_t n, float *w, const float *g, float scale, float *m, float *v, float rate, float beta1,
                     float beta2, float epsilon, float correction1, float correction2, float decay) {
    float step = rate / correction1;
    float inverse_root = 1.0f / sqrtf(correction2);
    for (size_t i = 0; i < n; i += 16) {
        int width = chunk(n, i);
        v16 gradient = load_n(g + i, width) * scale;
        v16 mean = load_n(m + i, width) * beta1 + gradient * (1.0f - beta1);
        v16 square = load_n(v + i, width) * beta2 + gradient * gradient * (1.0f - beta2);
        v16 weight = load_n(w + i, width) * (1.0f - decay);
        weight -= mean * step / (root(square) * inverse_root + epsilon);
        store_n(m + i, mean, width);
        store_n(v + i, square, width);
        store_n(w + i, weight, width);
    }
}

static void CK(sgd)(size_t n, float *w, const float *g, float scale, float *velocity, float rate, float momentum,
                    float decay) {
    for (size_t i = 0; i < n; i += 16) {
        int width = chunk(n, i);
        v16 weight = load_n(w + i, width);
        v16 speed = load_n(velocity + i, width) * momentum + load_n(g + i, width) * scale + weight * decay;
        store_n(velocity + i, speed, width);
        store_n(w + i, weight - speed * rate, width);
    }
}

// MARK: Dropout and sums

// SplitMix64's finaliser on a counter: any element can be drawn alone, in any order, on any thread.
INLINE uint64_t draw(uint64_t key, uint64_t index) {
    uint64_t z = key + index * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void CK(dropout)(size_t n, const float *x, float *y, float keep, uint64_t key, uint64_t first_index) {
    const float inverse = 1.0f / keep;
    for (size_t i = 0; i < n; i++) {
        float u = (float)(draw(key, first_index + i) >> 40) * 0x1p-24f;
        y[i] = u < keep ? x[i] * inverse : 0.0f;
    }
}

// Sums of 256 rows are taken from zero and then added: the error of long columns stays that of short ones.
static void CK(add_rows)(int rows, int n, const float *x, ptrdiff_t ldx, float *out) {
    for (int first = 0; first < rows; first += 256) {
        const int last = rows - first < 256 ? rows : first + 256;
        for (int j = 0; j < n; j += 16) {
            int w = chunk((size_t)n, (size_t)j);
            v16 sum = 0;
            for (int r = first; r < last; r++) sum += load_n(x + r * ldx + j, w);
            store_n(out + j, load_n(out + j, w) + sum, w);
        }
    }
}

static void CK(add)(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i += 16) {
        int w = chunk(n, i);
        store_n(y + i, load_n(y + i, w) + load_n(x + i, w), w);
    }
}

// The one horizontal sum: a fixed tree over 16 lanes.
INLINE float across(v16 v) {
    float lanes[16];
    store(lanes, v);
    for (int width = 8; width > 0; width /= 2)
        for (int j = 0; j < width; j++) lanes[j] += lanes[j + width];
    return lanes[0];
}

// MARK: Normalisation

// Blocks of 64 rows have their own mean and squared deviations, merged as Chan, Golub & LeVeque (1983) do: one pass
// over memory and no cancellation.
static void CK(moments)(int rows, int n, const float *x, float *mean, float *variance) {
    for (int j = 0; j < n; j += 16) {
        int w = chunk((size_t)n, (size_t)j);
        store_n(mean + j, splat(0), w);
        store_n(variance + j, splat(0), w);
    }
    for (int first = 0; first < rows; first += 64) {
        const int count = rows - first < 64 ? rows - first : 64;
        const float *block = x + (ptrdiff_t)first * n;
        const float share = (float)count / (float)(first + count);
        const float between = (float)first * share;
        for (int j = 0; j < n; j += 16) {
            int w = chunk((size_t)n, (size_t)j);
            v16 sum = 0, squares = 0;
            for (int r = 0; r < count; r++) sum += load_n(block + (ptrdiff_t)r * n + j, w);
            v16 centre = sum * (1.0f / (float)count);
            for (int r = 0; r < count; r++) {
                v16 d = load_n(block + (ptrdiff_t)r * n + j, w) - centre;
                squares += d * d;
            }
            v16 before = load_n(mean + j, w);
            v16 delta = centre - before;
            store_n(mean + j, before + delta * share, w);
            store_n(variance + j, load_n(variance + j, w) + squares + delta * delta * between, w);
        }
    }
    for (int j = 0; j < n; j += 16) {
        int w = chunk((size_t)n, (size_t)j);
        store_n(variance + j, load_n(variance + j, w) * (1.0f / (float)rows), w);
    }
}

static void CK(scale_shift)(int rows, int n, const float *x, const float *centre, const float *scale,
                            const float *shift, float *y) {
    for (int j = 0; j < n; j += 16) {
        int w = chunk((size_t)n, (size_t)j);
        const v16 c = load_n(centre + j, w), a = load_n(scale + j, w), b = load_n(shift + j, w);
        for (int r = 0; r < rows; r++) {
            const ptrdiff_t at = (ptrdiff_t)r * n + j;
            store_n(y + at, (load_n(x + at, w) - c) * a + b, w);
        }
    }
}

static void CK(projections)(int rows, int n, const float *x, const float *dy, const float *centre, float *sums,
                            float *projected) {
    for (int j = 0; j < n; j += 16) {
        int w = chunk((size_t)n, (size_t)j);
        const v16 c = load_n(centre + j, w);
        v16 sum = 0, product = 0;
        for (int first = 0; first < rows; first += 64) {
            const int last = rows - first < 64 ? rows : first + 64;
            v16 s = 0, p = 0;
            for (int r = first; r < last; r++) {
                const ptrdiff_t at = (ptrdiff_t)r * n + j;
                v16 g = load_n(dy + at, w);
                s += g;
                p += g * (load_n(x + at, w) - c);
            }
            sum += s;
            product += p;
        }
        store_n(sums + j, sum, w);
        store_n(projected + j, product, w);
    }
}

static void CK(combine)(int rows, int n, const float *dy, const float *scale, const float *x, const float *centre,
                        const float *slope, const float *shift, float *dx) {
    for (int j = 0; j < n; j += 16) {
        int w = chunk((size_t)n, (size_t)j);
        const v16 a = load_n(scale + j, w), c = load_n(centre + j, w), q = load_n(slope + j, w),
                  b = load_n(shift + j, w);
        for (int r = 0; r < rows; r++) {
            const ptrdiff_t at = (ptrdiff_t)r * n + j;
            store_n(dx + at, load_n(dy + at, w) * a + ((load_n(x + at, w) - c) * q + b), w);
        }
    }
}

static void CK(layernorm)(int rows, int n, const float *x, const float *gamma, const float *beta, float epsilon,
                          float *y, float *statistics) {
    const float inverse_n = 1.0f / (float)n;
    for (int r = 0; r < rows; r++) {
        const float *from = x + (ptrdiff_t)r * n;
        float *to = y + (ptrdiff_t)r * n;
        v16 sum = 0, squares = 0;
        for (int j = 0; j < n; j += 16) sum += load_n(from + j, chunk((size_t)n, (size_t)j));
        const float mean = across(sum) * inverse_n;
        for (int j = 0; j < n; j += 16) {
            const int w = chunk((size_t)n, (size_t)j);
            v16 d = 0;
            store_n((float *)&d, load_n(from + j, w) - mean, w);
            squares += d * d;
        }
        const float inverse = 1.0f / sqrtf(across(squares) * inverse_n + epsilon);
        statistics[2 * r] = mean;
        statistics[2 * r + 1] = inverse;
        for (int j = 0; j < n; j += 16) {
            const int w = chunk((size_t)n, (size_t)j);
            store_n(to + j, (load_n(from + j, w) - mean) * inverse * load_n(gamma + j, w) + load_n(beta + j, w), w);
        }
    }
}

static void CK(layernorm_backward)(int rows, int n, const float *x, const float *dy, const float *gamma,
                                   const float *statistics, float *dgamma, float *dbeta, float *dx) {
    const float inverse_n = 1.0f / (float)n;
    for (int r = 0; r < rows; r++) {
        const float *from = x + (ptrdiff_t)r * n, *up = dy + (ptrdiff_t)r * n;
        const float mean = statistics[2 * r], inverse = statistics[2 * r + 1];
        v16 sum = 0, projected = 0;
        for (int j = 0; j < n; j += 16) {
            const int w = chunk((size_t)n, (size_t)j);
            v16 g = load_n(up + j, w), normal = 0;
            store_n((float *)&normal, (load_n(from + j, w) - mean) * inverse, w);
            store_n(dgamma + j, load_n(dgamma + j, w) + g * normal, w);
            store_n(dbeta + j, load_n(dbeta + j, w) + g, w);
            v16 scaled = g * load_n(gamma + j, w);
            sum += scaled;
            projected += scaled * normal;
        }
        if (!dx) continue;
        const float a = across(sum) * inverse_n, b = across(projected) * inverse_n;
        float *to = dx + (ptrdiff_t)r * n;
        for (int j = 0; j < n; j += 16) {
            const int w = chunk((size_t)n, (size_t)j);
            v16 normal = (load_n(from + j, w) - mean) * inverse;
            store_n(to + j, (load_n(up + j, w) * load_n(gamma + j, w) - (normal * b + a)) * inverse, w);
        }
    }
}

// MARK: Softmax

static void CK(softmax)(int rows, int n, const float *x, float scale, float *y) {
    for (int r = 0; r < rows; r++) {
        const float *from = x + (ptrdiff_t)r * n;
        float *to = y + (ptrdiff_t)r * n;
        float largest = from[0];
        for (int j = 1; j < n; j++) largest = from[j] > largest ? from[j] : largest;
        v16 sum = 0;
        for (int j = 0; j < n; j += 16) {
            const int w = chunk((size_t)n, (size_t)j);
            v16 e = power_of_two((load_n(from + j, w) - largest) * (scale * 1.4426950408889634f)), kept = 0;
            store_n((float *)&kept, e, w);
            sum += kept;
            store_n(to + j, e, w);
        }
        const float inverse = 1.0f / across(sum);
        for (int j = 0; j < n; j += 16) {
            const int w = chunk((size_t)n, (size_t)j);
            store_n(to + j, load_n(to + j, w) * inverse, w);
        }
    }
}

static void CK(softmax_backward)(int rows, int n, const float *y, const float *dy, float scale, float *dx) {
    for (int r = 0; r < rows; r++) {
        const ptrdiff_t at = (ptrdiff_t)r * n;
        v16 sum = 0;
        for (int j = 0; j < n; j += 16) {
            const int w = chunk((size_t)n, (size_t)j);
            sum += load_n(y + at + j, w) * load_n(dy + at + j, w);
        }
        const float mean = across(sum);
        for (int j = 0; j < n; j += 16) {
            const int w = chunk((size_t)n, (size_t)j);
            store_n(dx + at + j, load_n(y + at + j, w) * (load_n(dy + at + j, w) - mean) * scale, w);
        }
    }
}

// MARK: GRU

static void CK(gru_forward)(int rows, int h, float *gates, ptrdiff_t ldg, float *recurrent, ptrdiff_t ldr,
                            const float *h_prev, ptrdiff_t ldp, float *hidden, ptrdiff_t ldh) {
    const v16 one = splat(1.0f);
    for (int i = 0; i < rows; i++) {
        float *gate = gates + i * ldg;
        float *inner = recurrent + i * ldr;
        for (int j = 0; j < h; j += 16) {
            const int w = chunk((size_t)h, (size_t)j);
            v16 r = sigmoid(load_n(gate + j, w) + load_n(inner + j, w));
            v16 z = sigmoid(load_n(gate + h + j, w) + load_n(inner + h + j, w));
            v16 n = hyperbolic_tangent(load_n(gate + 2 * h + j, w) + r * load_n(inner + 2 * h + j, w));
            v16 before = h_prev ? load_n(h_prev + i * ldp + j, w) : splat(0.0f);
            store_n(gate + j, r, w);
            store_n(gate + h + j, z, w);
            store_n(gate + 2 * h + j, n, w);
            store_n(hidden + i * ldh + j, (one - z) * n + z * before, w);
        }
    }
}

static void CK(gru_backward)(int rows, int h, float *gates, ptrdiff_t ldg, float *recurrent, ptrdiff_t ldr,
                             const float *h_prev, ptrdiff_t ldp, const float *dh, ptrdiff_t lddh, const float *dh_next,
                             float *dh_prev) {
    const v16 one = splat(1.0f);
    for (int i = 0; i < rows; i++) {
        float *gate = gates + i * ldg;
        float *inner = recurrent + i * ldr;
        for (int j = 0; j < h; j += 16) {
            const int w = chunk((size_t)h, (size_t)j);
            v16 r = load_n(gate + j, w), z = load_n(gate + h + j, w), n = load_n(gate + 2 * h + j, w);
            v16 before = h_prev ? load_n(h_prev + i * ldp + j, w) : splat(0.0f);
            v16 up = load_n(dh + i * lddh + j, w);
            if (dh_next) up += load_n(dh_next + (ptrdiff_t)i * h + j, w);
            v16 dn = up * (one - z) * (one - n * n);
            v16 dz = up * (before - n) * z * (one - z);
            v16 dr = dn * load_n(inner + 2 * h + j, w) * r * (one - r);
            store_n(gate + j, dr, w);
            store_n(gate + h + j, dz, w);
            store_n(gate + 2 * h + j, dn, w);
            store_n(inner + j, dr, w);
            store_n(inner + h + j, dz, w);
            store_n(inner + 2 * h + j, dn * r, w);
            store_n(dh_prev + (ptrdiff_t)i * h + j, up * z, w);
        }
    }
}

// MARK: Pooling

static void CK(max_update)(size_t n, const float *x, float tap, float *largest, float *chosen) {
    for (size_t i = 0; i < n; i += 16) {
        int w = chunk(n, i);
        v16 old = load_n(largest + i, w), now = load_n(x + i, w);
        i16v takes = ~(now <= old) & (old == old);  // the first NaN is taken and stays
        v16 tapped = splat(tap);
        store_n(largest + i, takes ? now : old, w);
        store_n(chosen + i, takes ? tapped : load_n(chosen + i, w), w);
    }
}

static void CK(max_backward)(size_t n, const float *dy, float tap, const float *chosen, float *dx) {
    for (size_t i = 0; i < n; i += 16) {
        int w = chunk(n, i);
        v16 g = load_n(dy + i, w);
        store_n(dx + i, load_n(dx + i, w) + (load_n(chosen + i, w) == tap ? g : splat(0.0f)), w);
    }
}

#include "md5_impl.h"

const struct ck_table CK(table) = {
    .product = CK(product),
    .pack = CK(pack),
    .activate = CK(activate),
    .activate_backward = CK(activate_backward),
    .lstm_forward = CK(lstm_forward),
    .lstm_backward = CK(lstm_backward),
    .gru_forward = CK(gru_forward),
    .gru_backward = CK(gru_backward),
    .sum_shards = CK(sum_shards),
    .adam = CK(adam),
    .sgd = CK(sgd),
    .dropout = CK(dropout),
    .add_rows = CK(add_rows),
    .add = CK(add),
    .moments = CK(moments),
    .scale_shift = CK(scale_shift),
    .projections = CK(projections),
    .combine = CK(combine),
    .layernorm = CK(layernorm),
    .layernorm_backward = CK(layernorm_backward),
    .softmax = CK(softmax),
    .softmax_backward = CK(softmax_backward),
    .max_update = CK(max_update),
    .max_backward = CK(max_backward),
    .md5_blocks = CK(md5_blocks),
};
