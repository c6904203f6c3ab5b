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

#include "activations_impl.h"
#include "product_impl.h"
#include "recurrent_impl.h"
#include "optimizers_impl.h"
#include "normalisation_impl.h"
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
