#pragma once
#include "CKernels.h"

extern const struct ck_table ck_portable_table;
#if defined(__x86_64__)
extern const struct ck_table ck_avx2_table;
extern const struct ck_table ck_avx512_table;
#endif
