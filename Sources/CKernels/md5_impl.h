// MD5 of 16 buffers at once, one per vector lane (RFC 1321). Included once per instruction set, after kernels_impl.h.
// One stream of MD5 is a chain of 64 dependent steps a block; sixteen independent chains fill the vector unit instead.

typedef uint32_t u16v __attribute__((ext_vector_type(16)));

INLINE u16v load_words(const uint8_t *p) {
    u16v v;
    memcpy(&v, p, sizeof v);
    return v;
}

// Interleaves halves four times: row l, column w becomes row w, column l.
INLINE void transpose_words(u16v m[16]) {
    u16v t[16];
#pragma clang loop unroll(full)
    for (int stage = 0; stage < 4; stage++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) {
            t[2 * i] = __builtin_shufflevector(m[i], m[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            t[2 * i + 1] =
                __builtin_shufflevector(m[i], m[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) m[i] = t[i];
    }
}

#define MD5_STEP(f, a, b, c, d, w, k, s)          \
    do {                                          \
        u16v sum_ = a + (f) + (w) + (uint32_t)(k); \
        a = b + ((sum_ << s) | (sum_ >> (32 - s))); \
    } while (0)
#define MD5_F(b, c, d) (d ^ (b & (c ^ d)))
#define MD5_G(b, c, d) (c ^ (d & (b ^ c)))
#define MD5_H(b, c, d) (b ^ c ^ d)
#define MD5_I(b, c, d) (c ^ (b | ~d))
#define MD5_FOUR(F, i0, i1, i2, i3, k0, k1, k2, k3, s0, s1, s2, s3) \
    MD5_STEP(F(b, c, d), a, b, c, d, m[i0], k0, s0);                \
    MD5_STEP(F(a, b, c), d, a, b, c, m[i1], k1, s1);                \
    MD5_STEP(F(d, a, b), c, d, a, b, m[i2], k2, s2);                \
    MD5_STEP(F(c, d, a), b, c, d, a, m[i3], k3, s3);

static void CK(md5_blocks)(uint32_t state[4][16], const uint8_t *const data[16], const size_t stride[16],
                           size_t blocks) {
    u16v a, b, c, d;
    memcpy(&a, state[0], sizeof a);
    memcpy(&b, state[1], sizeof b);
    memcpy(&c, state[2], sizeof c);
    memcpy(&d, state[3], sizeof d);
    for (size_t n = 0; n < blocks; n++) {
        u16v m[16];
#pragma clang loop unroll(full)
        for (int lane = 0; lane < 16; lane++) m[lane] = load_words(data[lane] + n * stride[lane]);
        transpose_words(m);
        u16v a0 = a, b0 = b, c0 = c, d0 = d;
        MD5_FOUR(MD5_F, 0, 1, 2, 3, 0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 7, 12, 17, 22)
        MD5_FOUR(MD5_F, 4, 5, 6, 7, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 7, 12, 17, 22)
        MD5_FOUR(MD5_F, 8, 9, 10, 11, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 7, 12, 17, 22)
        MD5_FOUR(MD5_F, 12, 13, 14, 15, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 7, 12, 17, 22)
        MD5_FOUR(MD5_G, 1, 6, 11, 0, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 5, 9, 14, 20)
        MD5_FOUR(MD5_G, 5, 10, 15, 4, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 5, 9, 14, 20)
        MD5_FOUR(MD5_G, 9, 14, 3, 8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 5, 9, 14, 20)
        MD5_FOUR(MD5_G, 13, 2, 7, 12, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 5, 9, 14, 20)
        MD5_FOUR(MD5_H, 5, 8, 11, 14, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 4, 11, 16, 23)
        MD5_FOUR(MD5_H, 1, 4, 7, 10, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 4, 11, 16, 23)
        MD5_FOUR(MD5_H, 13, 0, 3, 6, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 4, 11, 16, 23)
        MD5_FOUR(MD5_H, 9, 12, 15, 2, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 4, 11, 16, 23)
        MD5_FOUR(MD5_I, 0, 7, 14, 5, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 6, 10, 15, 21)
        MD5_FOUR(MD5_I, 12, 3, 10, 1, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1, 6, 10, 15, 21)
        MD5_FOUR(MD5_I, 8, 15, 6, 13, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 6, 10, 15, 21)
        MD5_FOUR(MD5_I, 4, 11, 2, 9, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391, 6, 10, 15, 21)
        a += a0;
        b += b0;
        c += c0;
        d += d0;
    }
    memcpy(state[0], &a, sizeof a);
    memcpy(state[1], &b, sizeof b);
    memcpy(state[2], &c, sizeof c);
    memcpy(state[3], &d, sizeof d);
}
