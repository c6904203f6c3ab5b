// The matrix product, at every level; included by kernels_impl.h.

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
        // Backwards: in fours of panels from the end, where their number allows it and the level has a tile of four.
        const int turns = CK_ROWS > 2 && p->backwards && rows == 1 && p->n % (4 * CK_PANEL) == 0
                              ? p->n / (4 * CK_PANEL)
                              : 0;
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
