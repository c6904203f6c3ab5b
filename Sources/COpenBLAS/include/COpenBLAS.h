#pragma once
// Only what Tensors calls. Debian's <cblas.h> pulls in <complex.h>, whose macro `I` leaks into every importer.
#include <stdint.h>

enum { HFTML_CBLAS_ROW_MAJOR = 101, HFTML_CBLAS_NO_TRANS = 111, HFTML_CBLAS_TRANS = 112 };

void cblas_sgemm(int order, int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc);
void openblas_set_num_threads(int threads);
char *openblas_get_corename(void);
char *openblas_get_config(void);
