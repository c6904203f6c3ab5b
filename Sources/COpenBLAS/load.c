// Forwards to OpenBLAS through pointers that are found once.
#include "COpenBLAS.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static struct {
    void (*sgemm)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
    void (*set_num_threads)(int);
    char *(*get_corename)(void);
    char *(*get_config)(void);
} blas;

static pthread_once_t once = PTHREAD_ONCE_INIT;
// Empty when the library is there.
static char problem[256] = "not loaded";

static int find(void *library, const char *name, void **target) {
    *target = dlsym(library, name);
    if (!*target) snprintf(problem, sizeof problem, "found no %s in OpenBLAS", name);
    return *target != 0;
}

static void load(void) {
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *said = dlerror();
        snprintf(problem, sizeof problem, "%s", said ? said : "libopenblas.so.0: not found");
        return;
    }
    if (!find(library, "cblas_sgemm", (void **)&blas.sgemm) ||
        !find(library, "openblas_set_num_threads", (void **)&blas.set_num_threads) ||
        !find(library, "openblas_get_corename", (void **)&blas.get_corename) ||
        !find(library, "openblas_get_config", (void **)&blas.get_config))
        return;
    // Parallelism lives above, in gradient shards, where it cannot change bits.
    blas.set_num_threads(1);
    problem[0] = 0;
}

const char *hftml_openblas_load(void) {
    pthread_once(&once, load);
    return problem[0] ? problem : 0;
}

void hftml_openblas_sgemm(int order, int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
                          const float *b, int ldb, float beta, float *c, int ldc) {
    blas.sgemm(order, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

const char *hftml_openblas_core(void) { return blas.get_corename(); }
const char *hftml_openblas_build(void) { return blas.get_config(); }
