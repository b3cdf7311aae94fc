// A pool of threads for loops of a few microseconds. A worker that has run out of work spins for
// some tens of microseconds, because the next loop of the same forward pass follows at once, and
// then sleeps, because an idle program must not burn a core that a robot simulation could use.
#define _GNU_SOURCE
#include "include/CTensorKernels.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define RELAX() _mm_pause()
#else
#define RELAX() sched_yield()
#endif

// About 40 ns a pause on the processors that matter: some 60 microseconds.
enum { SPINS = 1500 };

typedef struct {
  ctk_pool *pool;
  intptr_t index;
  pthread_t thread;
} worker;

struct ctk_pool {
  int32_t threads;
  worker *workers;
  pthread_mutex_t lock;
  pthread_cond_t work, done;
  // The loop at hand. `generation` is written last and read first.
  ctk_task body;
  void *context;
  intptr_t tasks;
  _Alignas(64) atomic_long generation;
  _Alignas(64) atomic_long next;
  _Alignas(64) atomic_long running;
  atomic_int sleepers;
  atomic_int caller_sleeps;
  atomic_int stopping;
};

static void take_tasks(ctk_pool *pool, intptr_t index) {
  intptr_t tasks = pool->tasks;
  ctk_task body = pool->body;
  void *context = pool->context;
  for (;;) {
    intptr_t task = atomic_fetch_add(&pool->next, 1);
    if (task >= tasks) return;
    body(context, task, index);
  }
}

static long await_generation(ctk_pool *pool, long seen) {
  for (int spin = 0; spin < SPINS; spin++) {
    long now = atomic_load_explicit(&pool->generation, memory_order_acquire);
    if (now != seen) return now;
    RELAX();
  }
  pthread_mutex_lock(&pool->lock);
  atomic_fetch_add(&pool->sleepers, 1);
  long now;
  while ((now = atomic_load(&pool->generation)) == seen)
    pthread_cond_wait(&pool->work, &pool->lock);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->lock);
  return now;
}

static void *work(void *argument) {
  worker *self = argument;
  ctk_pool *pool = self->pool;
  long seen = 0;
  for (;;) {
    seen = await_generation(pool, seen);
    if (atomic_load(&pool->stopping)) return NULL;
    take_tasks(pool, self->index);
    if (atomic_fetch_sub(&pool->running, 1) == 1 && atomic_load(&pool->caller_sleeps)) {
      pthread_mutex_lock(&pool->lock);
      pthread_cond_signal(&pool->done);
      pthread_mutex_unlock(&pool->lock);
    }
  }
}

static void announce(ctk_pool *pool) {
  atomic_fetch_add(&pool->generation, 1);
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->lock);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->lock);
}

void ctk_pool_run(ctk_pool *pool, intptr_t tasks, ctk_task body, void *context) {
  if (pool->threads == 1 || tasks <= 1) {
    for (intptr_t task = 0; task < tasks; task++) body(context, task, 0);
    return;
  }
  pool->body = body;
  pool->context = context;
  pool->tasks = tasks;
  atomic_store(&pool->next, 0);
  atomic_store(&pool->running, pool->threads - 1);
  announce(pool);
  take_tasks(pool, 0);
  for (int spin = 0; spin < SPINS; spin++) {
    if (atomic_load_explicit(&pool->running, memory_order_acquire) == 0) return;
    RELAX();
  }
  pthread_mutex_lock(&pool->lock);
  atomic_store(&pool->caller_sleeps, 1);
  while (atomic_load(&pool->running) != 0) pthread_cond_wait(&pool->done, &pool->lock);
  atomic_store(&pool->caller_sleeps, 0);
  pthread_mutex_unlock(&pool->lock);
}

static void stop_workers(ctk_pool *pool, int32_t started) {
  atomic_store(&pool->stopping, 1);
  announce(pool);
  for (int32_t i = 0; i < started; i++) pthread_join(pool->workers[i].thread, NULL);
  pthread_cond_destroy(&pool->work);
  pthread_cond_destroy(&pool->done);
  pthread_mutex_destroy(&pool->lock);
  free(pool->workers);
  free(pool);
}

ctk_pool *ctk_pool_create(int32_t threads) {
  if (threads < 1) return NULL;
  ctk_pool *pool = NULL;
  if (posix_memalign((void **)&pool, 64, sizeof(ctk_pool)) != 0) return NULL;
  *pool = (ctk_pool){.threads = threads};
  pool->workers = calloc((size_t)threads, sizeof(worker));
  if (pool->workers == NULL) {
    free(pool);
    return NULL;
  }
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->work, NULL);
  pthread_cond_init(&pool->done, NULL);
  for (int32_t i = 0; i + 1 < threads; i++) {
    pool->workers[i] = (worker){.pool = pool, .index = i + 1};
    if (pthread_create(&pool->workers[i].thread, NULL, work, &pool->workers[i]) != 0) {
      stop_workers(pool, i);
      return NULL;
    }
  }
  return pool;
}

void ctk_pool_destroy(ctk_pool *pool) {
  if (pool != NULL) stop_workers(pool, pool->threads - 1);
}
