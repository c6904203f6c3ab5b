#if defined(__x86_64__)
// clang-format off: system headers come first, so that only our own functions get the attribute.
#include "table.h"
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
// 12 accumulator registers, 2 of weights, 1 broadcast: 15 of 16.
#define CK_ROWS 6
#define CK(name) ck_avx2_##name
#include "kernels_impl.h"
#pragma clang attribute pop
#endif
