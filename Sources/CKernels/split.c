// Products of 32-bit floats as three products of bfloat16 parts: x = high + low, and high*high + high*low + low*high is
// summed in 32 bits. What is dropped, low*low, is about 2^-16 of a term. On processors with AMX tiles this is several
// times faster than fused multiply-adds; the emulated form computes the same parts with ordinary vectors, for tests and
// for studying the error elsewhere.
#include "CKernels.h"

#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum { ROWS = 32, COLUMNS = 64, DEPTH = CK_K_BLOCK, PART = 32 };

// One block of A and B in parts. B is stored as tiles take it: pairs of k side by side.
struct parts {
    uint16_t a[2][ROWS][DEPTH];
    uint16_t b[2][DEPTH / 2][COLUMNS][2];
    float c[ROWS][COLUMNS];
};

#define INLINE static inline __attribute__((always_inline))

// Round to nearest, ties to even; NaN and infinity keep their kind.
INLINE uint16_t to_half(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7F800000u) == 0x7F800000u) return (uint16_t)(bits >> 16 | ((bits & 0xFFFF) != 0 ? 0x40 : 0));
    return (uint16_t)((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16);
}

INLINE float from_half(uint16_t half) {
    const uint32_t bits = (uint32_t)half << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

INLINE void split(float x, uint16_t *high, uint16_t *low) {
    *high = to_half(x);
    const float rest = x - from_half(*high);
    // The rest of an infinity is NaN; it has no low part.
    *low = rest == rest ? to_half(rest) : 0;
}

// Row `row` of A from k on as one run of floats.
INLINE void gather_a(const struct ck_product *p, int row, int k, int depth, float *run) {
    int tap = k / p->depth, at = k % p->depth, done = 0;
    while (done < depth) {
        const float *from = p->a + row * p->a_row + tap * p->a_tap + at * p->a_column;
        const int count = p->depth - at < depth - done ? p->depth - at : depth - done;
        if (p->a_column == 1) {
            memcpy(run + done, from, (size_t)count * sizeof(float));
        } else {
            for (int i = 0; i < count; i++) run[done + i] = from[i * p->a_column];
        }
        done += count;
        tap++;
        at = 0;
    }
}

INLINE void split_a(const struct ck_product *p, int row, int rows, int k, int depth, int padded, struct parts *parts) {
    float run[DEPTH];
    for (int r = 0; r < ROWS; r++) {
        if (r < rows) {
            gather_a(p, row + r, k, depth, run);
            for (int i = depth; i < padded; i++) run[i] = 0;
        } else {
            memset(run, 0, sizeof run);
        }
        for (int i = 0; i < padded; i++) split(run[i], &parts->a[0][r][i], &parts->a[1][r][i]);
    }
}

INLINE void split_b(const struct ck_product *p, int column, int columns, int k, int depth, int padded,
                    struct parts *parts) {
    float run[COLUMNS];
    for (int i = 0; i < padded; i++) {
        memset(run, 0, sizeof run);
        if (i < depth)
            for (int j = 0; j < columns; j += CK_PANEL) {
                const float *from = p->b + (ptrdiff_t)(k + i) * p->b_step + (column + j) / CK_PANEL * p->b_next;
                memcpy(run + j, from, (size_t)(columns - j < CK_PANEL ? columns - j : CK_PANEL) * sizeof(float));
            }
        for (int j = 0; j < COLUMNS; j++) split(run[j], &parts->b[0][i / 2][j][i % 2], &parts->b[1][i / 2][j][i % 2]);
    }
}

// The parts that are multiplied, largest last so that small sums are not lost.
static const int combinations[3][2] = {{1, 0}, {0, 1}, {0, 0}};

INLINE void multiply_emulated(struct parts *parts, int padded) {
    memset(parts->c, 0, sizeof parts->c);
    for (int t = 0; t < 3; t++)
        for (int r = 0; r < ROWS; r++)
            for (int i = 0; i < padded; i++) {
                const float x = from_half(parts->a[combinations[t][0]][r][i]);
                for (int j = 0; j < COLUMNS; j++)
                    parts->c[r][j] += x * from_half(parts->b[combinations[t][1]][i / 2][j][i % 2]);
            }
}

#if defined(__x86_64__)
__attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,fma"))) static void
multiply_tiles(struct parts *parts, int padded) {
    struct __attribute__((packed)) {
        uint8_t palette, start;
        uint8_t reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        config.bytes[i] = 64;
        config.rows[i] = 16;
    }
    _tile_loadconfig(&config);
    for (int pair = 0; pair < COLUMNS; pair += 32) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
        for (int t = 0; t < 3; t++) {
            const uint16_t(*a)[DEPTH] = parts->a[combinations[t][0]];
            const uint16_t(*b)[COLUMNS][2] = parts->b[combinations[t][1]];
            for (int k = 0; k < padded; k += PART) {
                _tile_loadd(4, &a[0][k], sizeof a[0]);
                _tile_loadd(5, &a[16][k], sizeof a[0]);
                _tile_loadd(6, &b[k / 2][pair], sizeof b[0]);
                _tile_loadd(7, &b[k / 2][pair + 16], sizeof b[0]);
                _tile_dpbf16ps(0, 4, 6);
                _tile_dpbf16ps(1, 4, 7);
                _tile_dpbf16ps(2, 5, 6);
                _tile_dpbf16ps(3, 5, 7);
            }
        }
        _tile_stored(0, &parts->c[0][pair], sizeof parts->c[0]);
        _tile_stored(1, &parts->c[0][pair + 16], sizeof parts->c[0]);
        _tile_stored(2, &parts->c[16][pair], sizeof parts->c[0]);
        _tile_stored(3, &parts->c[16][pair + 16], sizeof parts->c[0]);
    }
    _tile_release();
}
#endif

// Asks the operating system for the tiles' state; the answer holds for all threads of the process, and asking again
// gives the same one, so threads that ask at once agree.
int ck_split_is_granted(void) {
#if defined(__x86_64__)
    enum { TILE = 1 << 24, BF16 = 1 << 22, REQUEST_PERMISSION = 0x1023, TILE_DATA = 18, NOT_ASKED = -1 };
    static _Atomic int answer = NOT_ASKED;
    const int known = answer;
    if (known != NOT_ASKED) return known;
    unsigned a, b, c, d;
    const int found = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & TILE) && (d & BF16) &&
                      syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
    answer = found;
    return found;
#else
    return 0;
#endif
}

INLINE void run(const struct ck_product *p, void (*multiply)(struct parts *, int)) {
    struct parts parts;
    const int total = p->taps * p->depth;
    for (int column = 0; column < p->n; column += COLUMNS) {
        const int columns = p->n - column < COLUMNS ? p->n - column : COLUMNS;
        for (int k = 0; k < total; k += DEPTH) {
            const int depth = total - k < DEPTH ? total - k : DEPTH, padded = (depth + PART - 1) / PART * PART;
            split_b(p, column, columns, k, depth, padded, &parts);
            for (int row = 0; row < p->m; row += ROWS) {
                const int rows = p->m - row < ROWS ? p->m - row : ROWS;
                split_a(p, row, rows, k, depth, padded, &parts);
                multiply(&parts, padded);
                const int add = p->accumulate || k > 0, is_last = k + depth == total;
                for (int r = 0; r < rows; r++) {
                    float *c = p->c + (ptrdiff_t)(row + r) * p->c_row + column;
                    for (int j = 0; j < columns; j++)
                        c[j] = (add ? c[j] : p->bias ? p->bias[column + j] : 0) + parts.c[r][j];
                    if (is_last && p->activation != CK_IDENTITY) ck_activate(p->activation, (size_t)columns, c, c);
                }
            }
        }
    }
}

#if defined(__x86_64__)
__attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,fma"))) static void
run_tiles(const struct ck_product *p) {
    run(p, multiply_tiles);
}
#endif

void ck_split_product(const struct ck_product *p, int emulates) {
#if defined(__x86_64__)
    if (!emulates) {
        run_tiles(p);
        return;
    }
#endif
    (void)emulates;
    run(p, multiply_emulated);
}
