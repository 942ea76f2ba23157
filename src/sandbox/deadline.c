#define _GNU_SOURCE
#include "sandbox/deadline.h"

#include "sandbox/config.h"

static uint64_t clock_ns(clockid_t clock) {
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec : UINT64_MAX;
}

void bk_stoppable_begin(bk_stoppable *self) {
    uint64_t now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    atomic_store(&self->begun, now == UINT64_MAX ? 0 : now);
}

uint64_t bk_stoppable_next(const bk_stoppable *self, clockid_t clock) {
    uint64_t now = clock_ns(CLOCK_MONOTONIC), used = clock_ns(clock) - atomic_load(&self->begun);
    if (now >= self->deadline || used >= self->most) return 0;
    uint64_t left = self->most - used, wall = self->deadline - now;
    return now + (left < wall ? left : wall);
}

/* The processor's clock is a system call: it is not looked at before that can matter. */
bool bk_stoppable_is_late(const bk_stoppable *self) {
    return clock_ns(CLOCK_MONOTONIC) >= self->soon && bk_stoppable_next(self, CLOCK_THREAD_CPUTIME_ID) == 0;
}

#if BK_SANDBOX_SIGNALS

#include <errno.h>
#include <ucontext.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* A signal that nobody else sends, the default of which ends the process. */
#define LATE (SIGRTMIN + 4)

static pthread_once_t installed = PTHREAD_ONCE_INIT;
static _Thread_local bk_stoppable *current;

static bool set_timer(bk_stoppable_timer timer, uint64_t from) {
    struct itimerspec when = {.it_interval = {.tv_nsec = BK_STOPPABLE_AGAIN_NS},
                              .it_value = {(time_t)(from / 1000000000u), (long)(from % 1000000000u)}};
    return timer_settime(timer, TIMER_ABSTIME, &when, NULL) == 0;
}

/* Whoever sent it: what counts are the clocks. */
static void on_late(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    bk_stoppable *self = current;
    if (!self) return;
    int before = errno;
    uint64_t next = bk_stoppable_next(self, CLOCK_THREAD_CPUTIME_ID);
    if (next && self->timed) set_timer(self->timer, next);
    errno = before;
    if (next) return;
    atomic_store(&self->late, true);
    mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
#ifdef __x86_64__
    uintptr_t at = (uintptr_t)machine->gregs[REG_RIP];
#else
    uintptr_t at = (uintptr_t)machine->pc;
#endif
    if (at < self->begin || at >= self->end) return;
    atomic_store(&self->stopped, true);
#ifdef __x86_64__
    machine->gregs[REG_RIP] = (greg_t)self->trap;
#else
    machine->pc = self->trap;
#endif
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = on_late, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(LATE, &action, NULL);
}

void bk_stoppable_enter(bk_stoppable *self) {
    current = self;
    if (!self) return;
    pthread_once(&installed, install);
    sigset_t late;
    sigemptyset(&late);
    sigaddset(&late, LATE);
    pthread_sigmask(SIG_UNBLOCK, &late, NULL);
}

void bk_stoppable_signal(pthread_t thread) { pthread_kill(thread, LATE); }

bool bk_stoppable_timer_start(bk_stoppable *self, pid_t thread) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = LATE};
    event.sigev_notify_thread_id = thread;
    if (timer_create(CLOCK_MONOTONIC, &event, &self->timer) != 0) return false;
    self->timed = set_timer(self->timer, self->soon);
    if (!self->timed) timer_delete(self->timer);
    return self->timed;
}

void bk_stoppable_timer_end(bk_stoppable *self) {
    self->timed = false;
    timer_delete(self->timer);
}

#else

void bk_stoppable_enter(bk_stoppable *self) { (void)self; }
void bk_stoppable_signal(pthread_t thread) { (void)thread; }
bool bk_stoppable_timer_start(bk_stoppable *self, pid_t thread) {
    (void)self;
    (void)thread;
    return false;
}
void bk_stoppable_timer_end(bk_stoppable *self) { (void)self; }

#endif
