// Optimizers, dropout and sums, at every level; included by kernels_impl.h.

// MARK: Optimizers

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
