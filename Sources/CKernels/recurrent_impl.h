// The cells of LSTM and GRU, at every level; included by kernels_impl.h.

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
