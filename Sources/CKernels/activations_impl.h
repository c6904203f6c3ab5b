// Elementwise functions and their slopes, at every level; included by kernels_impl.h.

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

// e^(-x²/2), which the distribution function and the density share.
INLINE v16 bell(v16 x) { return power_of_two(x * x * -0.7213475204f); }

// The normal distribution function, given bell(x): Abramowitz & Stegun 7.1.26 for the tail, so that small values keep
// their digits; absolute error below 1e-7.
INLINE v16 normal_distribution(v16 x, v16 bell) {
    v16 z = (x < 0.0f ? -x : x) * 0.7071067812f;
    v16 t = splat(1.0f) / (splat(1.0f) + z * 0.3275911f);
    v16 p = splat(1.061405429f);
    p = p * t + splat(-1.453152027f);
    p = p * t + splat(1.421413741f);
    p = p * t + splat(-0.284496736f);
    p = p * t + splat(0.254829592f);
    v16 tail = p * t * bell * 0.5f;
    return x < 0.0f ? tail : splat(1.0f) - tail;
}

INLINE v16 activate(const int kind, v16 x) {
    switch (kind) {
        case CK_RELU: return x > 0.0f ? x : splat(0.0f);
        case CK_LEAKY_RELU: return x > 0.0f ? x : x * 0.01f;
        case CK_SIGMOID: return sigmoid(x);
        case CK_TANH: return hyperbolic_tangent(x);
        case CK_GELU_EXACT: return x * normal_distribution(x, bell(x));
        default: return x * 0.5f * (splat(1.0f) + hyperbolic_tangent(gelu_inner(x)));
    }
}

INLINE v16 slope(const int kind, v16 x, v16 y) {
    switch (kind) {
        case CK_RELU: return y > 0.0f ? splat(1.0f) : splat(0.0f);
        case CK_LEAKY_RELU: return y > 0.0f ? splat(1.0f) : splat(0.01f);
        case CK_SIGMOID: return y * (splat(1.0f) - y);
        case CK_TANH: return splat(1.0f) - y * y;
        case CK_GELU_EXACT: {
            v16 b = bell(x);
            return normal_distribution(x, b) + x * b * 0.3989422804f;
        }
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
        case CK_GELU_EXACT: call(CK_GELU_EXACT); break; \
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
