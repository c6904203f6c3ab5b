#if defined(__x86_64__)
#include "table.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))), apply_to = function)
#define CK_ROWS 12
#define CK_MASKED
#define CK(name) ck_avx512_##name
#include "kernels_impl.h"
#pragma clang attribute pop
#endif
