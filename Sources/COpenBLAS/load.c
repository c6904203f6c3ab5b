// Forwards to OpenBLAS, which is loaded at the first call: it starts threads that spin as soon as it is there, and our own kernels do the
// work unless OpenBLAS is asked for.
#include "COpenBLAS.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *handle;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (handle) return;
    fprintf(stderr, "hftml: %s; install it with: apt-get install libopenblas0\n", dlerror());
    exit(1);
}

static void *find(const char *name) {
    pthread_once(&once, load);
    void *symbol = dlsym(handle, name);
    if (symbol) return symbol;
    fprintf(stderr, "hftml: found no %s in OpenBLAS\n", name);
    exit(1);
}

void cblas_sgemm(int order, int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc) {
    static __typeof__(&cblas_sgemm) real;
    if (!real) real = (__typeof__(&cblas_sgemm))find("cblas_sgemm");
    real(order, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void openblas_set_num_threads(int threads) { ((__typeof__(&openblas_set_num_threads))find("openblas_set_num_threads"))(threads); }
char *openblas_get_corename(void) { return ((__typeof__(&openblas_get_corename))find("openblas_get_corename"))(); }
char *openblas_get_config(void) { return ((__typeof__(&openblas_get_config))find("openblas_get_config"))(); }
