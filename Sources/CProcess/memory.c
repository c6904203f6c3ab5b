#include "CProcess.h"

#ifdef __GLIBC__
#include <malloc.h>

int cs_keep_freed_memory(int most_block, int most_free) {
    return mallopt(M_MMAP_THRESHOLD, most_block) && mallopt(M_TRIM_THRESHOLD, most_free);
}
#else
int cs_keep_freed_memory(int most_block, int most_free) {
    (void)most_block;
    (void)most_free;
    return 0;
}
#endif
