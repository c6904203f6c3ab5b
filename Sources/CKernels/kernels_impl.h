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

INLINE v16 load_n(const float *p, int n) {
    if (n >= 16) return load(p);
    v16 v = 0;
    memcpy(&v, p, (size_t)n * sizeof(float));
    return v;
}

INLINE void store_n(float *p, v16 v, int n) {
    if (n >= 16) {
        store(p, v);
    } else {
        memcpy(p, &v, (size_t)n * sizeof(float));
    }
}

INLINE v16 splat(float x) { return (v16)x; }

// MARK: Matrix product

// `rows` is a literal at every call, so the accumulators live in registers.
INLINE void tile(const int rows, int k, const float *a, ptrdiff_t row, ptrdiff_t column, const float *panel, float *c,
                 ptrdiff_t ldc, int columns, int add, const float *bias) {
    v16 sum[CK_ROWS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) sum[r] = 0;
    for (int i = 0; i < k; i++) {
        v16 b = load(panel + (ptrdiff_t)i * CK_PANEL);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) sum[r] += splat(a[r * row + i * column]) * b;
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
        float *out = c + r * ldc;
        if (add) {
            store_n(out, load_n(out, columns) + sum[r], columns);
        } else if (bias) {
            store_n(out, load_n(bias, columns) + sum[r], columns);
        } else {
            store_n(out, sum[r], columns);
        }
    }
}

static void CK(matmul)(int m, int n, int k, const float *a, ptrdiff_t row, ptrdiff_t column, const float *panels,
                       float *c, ptrdiff_t ldc, int accumulate, const float *bias) {
    if (m <= 0 || n <= 0) return;
    int tiles = (m + CK_ROWS - 1) / CK_ROWS;
    int first = 0;
    do {
        int depth = k - first < CK_K_BLOCK ? k - first : CK_K_BLOCK;
        int add = accumulate || first > 0;
        for (int p = 0; p < n; p += CK_PANEL) {
            const float *panel = panels + (ptrdiff_t)(p / CK_PANEL) * k * CK_PANEL + (ptrdiff_t)first * CK_PANEL;
            int columns = n - p < CK_PANEL ? n - p : CK_PANEL;
            // Rows are split evenly (16 = 6+5+5, never 6+6+4) so that no tile is latency-bound.
            int at = 0;
            for (int t = 0; t < tiles; t++) {
                int rows = m / tiles + (t < m % tiles);
                const float *at_a = a + at * row + first * column;
                float *at_c = c + at * ldc + p;
                const float *at_bias = bias ? bias + p : 0;
                switch (rows) {
#define CASE(R)                                                                                      \
    case R:                                                                                          \
        tile(R, depth, at_a, row, column, panel, at_c, ldc, columns, add, at_bias);                  \
        break;
                    CASE(1) CASE(2)
#if CK_ROWS > 2
                    CASE(3) CASE(4) CASE(5) CASE(6)
#endif
#if CK_ROWS > 6
                    CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
#undef CASE
                }
                at += rows;
            }
        }
        first += depth;
    } while (first < k);
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
        case CK_SIGMOID: return sigmoid(x);
        case CK_TANH: return hyperbolic_tangent(x);
        default: return x * 0.5f * (splat(1.0f) + hyperbolic_tangent(gelu_inner(x)));
    }
}

INLINE v16 slope(const int kind, v16 x, v16 y) {
    switch (kind) {
        case CK_RELU: return y > 0.0f ? splat(1.0f) : splat(0.0f);
        case CK_SIGMOID: return y * (splat(1.0f) - y);
        case CK_TANH: return splat(1.0f) - y * y;
        default: {
            v16 t = hyperbolic_tangent(gelu_inner(x));
            v16 inner = (splat(1.0f) + x * x * 0.134145f) * 0.7978845608f;
            return (splat(1.0f) + t) * 0.5f + x * 0.5f * (splat(1.0f) - t * t) * inner;
        }
    }
}

#define EACH_KIND(call)                  \
    switch (kind) {                      \
        case CK_RELU: call(CK_RELU); break;       \
        case CK_SIGMOID: call(CK_SIGMOID); break; \
        case CK_TANH: call(CK_TANH); break;       \
        default: call(CK_GELU); break;            \
    }

INLINE int chunk(size_t n, size_t i) { return n - i < 16 ? (int)(n - i) : 16; }

static void CK(activate)(int kind, size_t n, const float *x, float *y) {
#define RUN(K) \
    for (size_t i = 0; i < n; i += 16) store_n(y + i, activate(K, load_n(x + i, chunk(n, i))), chunk(n, i))
    EACH_KIND(RUN)
#undef RUN
}

static void CK(activate_backward)(int kind, size_t n, const float *x, const float *y, const float *dy, float *dx) {
#define RUN(K)                                                                               \
    for (size_t i = 0; i < n; i += 16) {                                                     \
        int w = chunk(n, i);                                                                 \
        v16 g = load_n(dy + i, w) * slope(K, load_n(x + i, w), load_n(y + i, w));            \
        store_n(dx + i, g, w);                                                               \
    }
    EACH_KIND(RUN)
#undef RUN
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

static void CK(add_rows)(int rows, int n, const float *x, ptrdiff_t ldx, float *out) {
    for (int j = 0; j < n; j += 16) {
        int w = chunk((size_t)n, (size_t)j);
        v16 sum = load_n(out + j, w);
        for (int r = 0; r < rows; r++) sum += load_n(x + r * ldx + j, w);
        store_n(out + j, sum, w);
    }
}

#include "md5_impl.h"

const struct ck_table CK(table) = {
    CK(matmul),     CK(pack), CK(activate), CK(activate_backward), CK(lstm_forward), CK(lstm_backward),
    CK(sum_shards), CK(adam), CK(sgd),      CK(dropout),           CK(add_rows),
    CK(md5_blocks),
};
