#pragma once
#include "CKernels.h"

struct ck_table {
    void (*matmul)(int, int, int, const float *, ptrdiff_t, ptrdiff_t, const float *, float *, ptrdiff_t, int,
                   const float *);
    void (*pack)(const float *, ptrdiff_t, ptrdiff_t, int, int, float *);
    void (*activate)(int, size_t, const float *, float *);
    void (*activate_backward)(int, size_t, const float *, const float *, const float *, float *);
    void (*lstm_forward)(int, int, float *, ptrdiff_t, const float *, ptrdiff_t, float *, float *, ptrdiff_t, float *,
                         ptrdiff_t);
    void (*lstm_backward)(int, int, const float *, ptrdiff_t, const float *, ptrdiff_t, const float *, ptrdiff_t,
                          const float *, ptrdiff_t, const float *, float *, float *);
    double (*sum_shards)(size_t, int, const float *, size_t, float *);
    void (*adam)(size_t, float *, const float *, float, float *, float *, float, float, float, float, float, float,
                 float);
    void (*sgd)(size_t, float *, const float *, float, float *, float, float, float);
    void (*dropout)(size_t, const float *, float *, float, uint64_t, uint64_t);
    void (*add_rows)(int, int, const float *, ptrdiff_t, float *);
};

extern const struct ck_table ck_portable_table;
#if defined(__x86_64__)
extern const struct ck_table ck_avx2_table;
extern const struct ck_table ck_avx512_table;
#endif
