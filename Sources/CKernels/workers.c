#include "CWorkers.h"

#include "CKernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct worker {
    struct ck_workers *crew;
    pthread_t thread;
    int index;
};

struct ck_workers {
    int threads;
    int started;
    // The job; written before `generation` is raised, read after it was seen.
    void (*work)(void *, int);
    void *context;
    int items;
    _Atomic unsigned generation;
    _Atomic int unfinished;
    _Atomic int sleeping;
    int is_ending;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct worker workers[];
};

enum { WATCH_NANOSECONDS = 50000 };

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static long nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void run_share(struct ck_workers *crew, int index) {
    for (int item = index; item < crew->items; item += crew->threads) crew->work(crew->context, item);
}

// Waits until the generation differs from `seen`: watching first, asleep later.
static unsigned next_generation(struct ck_workers *crew, unsigned seen) {
    long start = nanoseconds();
    unsigned now;
    for (int round = 1; (now = atomic_load_explicit(&crew->generation, memory_order_acquire)) == seen; round++) {
        relax();
        if (round % 256 == 0 && nanoseconds() - start > WATCH_NANOSECONDS) break;
    }
    if (now != seen) return now;
    pthread_mutex_lock(&crew->mutex);
    atomic_fetch_add(&crew->sleeping, 1);
    while ((now = atomic_load(&crew->generation)) == seen) pthread_cond_wait(&crew->wake, &crew->mutex);
    atomic_fetch_sub(&crew->sleeping, 1);
    pthread_mutex_unlock(&crew->mutex);
    return now;
}

static void *serve(void *argument) {
    struct worker *self = argument;
    struct ck_workers *crew = self->crew;
    ck_float_enter();
    unsigned seen = 0;
    for (;;) {
        seen = next_generation(crew, seen);
        if (crew->is_ending) return 0;
        run_share(crew, self->index);
        atomic_fetch_sub_explicit(&crew->unfinished, 1, memory_order_release);
    }
}

// Raises the generation; whoever sleeps is woken. The count of sleepers is read after the generation was raised, and a
// worker checks the generation after it was counted, so no wake-up can be lost.
static void raise_generation(struct ck_workers *crew) {
    atomic_fetch_add(&crew->generation, 1);
    if (atomic_load(&crew->sleeping) > 0) {
        pthread_mutex_lock(&crew->mutex);
        pthread_cond_broadcast(&crew->wake);
        pthread_mutex_unlock(&crew->mutex);
    }
}

ck_workers *ck_workers_create(int threads) {
    if (threads < 1) threads = 1;
    struct ck_workers *crew = calloc(1, sizeof *crew + (size_t)threads * sizeof(struct worker));
    if (!crew) return 0;
    crew->threads = threads;
    pthread_mutex_init(&crew->mutex, 0);
    pthread_cond_init(&crew->wake, 0);
    for (int i = 1; i < threads; i++) {
        crew->workers[i].crew = crew;
        crew->workers[i].index = i;
        if (pthread_create(&crew->workers[i].thread, 0, serve, &crew->workers[i]) != 0) {
            ck_workers_destroy(crew);
            return 0;
        }
        crew->started = i;
    }
    return crew;
}

void ck_workers_run(ck_workers *crew, int items, void (*work)(void *, int), void *context) {
    crew->work = work;
    crew->context = context;
    crew->items = items;
    atomic_store_explicit(&crew->unfinished, crew->threads - 1, memory_order_relaxed);
    if (crew->threads > 1) raise_generation(crew);
    uint32_t state = ck_float_enter();
    run_share(crew, 0);
    ck_float_restore(state);
    for (int round = 0; atomic_load_explicit(&crew->unfinished, memory_order_acquire) > 0; round++) {
        if (round < 100000) {
            relax();
        } else {
            nanosleep(&(struct timespec){0, 20000}, 0);
        }
    }
}

void ck_workers_destroy(ck_workers *crew) {
    if (!crew) return;
    crew->is_ending = 1;
    raise_generation(crew);
    for (int i = 1; i <= crew->started; i++) pthread_join(crew->workers[i].thread, 0);
    pthread_cond_destroy(&crew->wake);
    pthread_mutex_destroy(&crew->mutex);
    free(crew);
}
