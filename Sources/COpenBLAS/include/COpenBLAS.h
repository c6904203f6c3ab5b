#pragma once
// OpenBLAS, loaded when it is first asked for: it starts threads as soon as it is there, and our own kernels do the
// work unless OpenBLAS is asked for. Only what Tensors calls; Debian's <cblas.h> pulls in <complex.h>, whose macro `I`
// leaks into every importer. Nothing here ends the program: a library that is missing is an answer.

enum { HFTML_CBLAS_ROW_MAJOR = 101, HFTML_CBLAS_NO_TRANS = 111, HFTML_CBLAS_TRANS = 112 };

// Loads the library once, for calls on one thread each. Returns null where it is there, and else what the loader said;
// the text lives as long as the process. Any thread may call.
const char *hftml_openblas_load(void);

// C = alpha * A * B + beta * C, as cblas_sgemm. Only after hftml_openblas_load returned null.
void hftml_openblas_sgemm(int order, int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
                          const float *b, int ldb, float beta, float *c, int ldc);
// The processor it chose its kernels for, such as `Zen` or `SkylakeX`; and how it was built. Under the same condition.
const char *hftml_openblas_core(void);
const char *hftml_openblas_build(void);
