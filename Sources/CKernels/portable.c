// Baseline of the target: SSE2 on x86-64, NEON on Arm.
#include "table.h"
#if defined(__aarch64__)
#define CK_ROWS 6
#else
#define CK_ROWS 2
#endif
#define CK(name) ck_portable_##name
#include "kernels_impl.h"
