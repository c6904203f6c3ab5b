// Normalisation by columns and rows, softmax and pooling, at every level; included by kernels_impl.h.

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
