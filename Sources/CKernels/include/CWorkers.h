#pragma once
// A few threads that run the parts of one job after another. Handing a job over and waiting for it allocates nothing
// and, while jobs follow each other closely, makes no system call: workers watch for 50 microseconds before they sleep.

typedef struct ck_workers ck_workers;

// A crew of `threads`, the caller counted; null when memory or threads cannot be had.
ck_workers *ck_workers_create(int threads);
// Calls work(context, item) once for every item in 0 ..< items, spread over the crew, and returns when all are done.
// Subnormal numbers are flushed to zero inside. One caller at a time.
void ck_workers_run(ck_workers *crew, int items, void (*work)(void *context, int item), void *context);
void ck_workers_destroy(ck_workers *crew);
