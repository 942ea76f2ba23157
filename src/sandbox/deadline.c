#define _GNU_SOURCE
#include "sandbox/deadline.h"

#include "sandbox/config.h"

#if BK_SANDBOX_SIGNALS

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* A signal that nobody else sends, the default of which ends the process. */
#define LATE (SIGRTMIN + 4)

static pthread_once_t installed = PTHREAD_ONCE_INIT;
static _Thread_local bk_stoppable *current;

static bool past(uint64_t deadline) {
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 && (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec >= deadline;
}

/* Whoever sent it: what counts is the clock. */
static void on_late(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    bk_stoppable *self = current;
    if (!self || !past(self->deadline)) return;
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

bool bk_stoppable_timer_start(bk_stoppable_timer *timer, uint64_t deadline) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = LATE};
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    struct itimerspec when = {.it_interval = {.tv_nsec = BK_STOPPABLE_AGAIN_NS},
                              .it_value = {(time_t)(deadline / 1000000000u), (long)(deadline % 1000000000u)}};
    if (timer_create(CLOCK_MONOTONIC, &event, timer) != 0) return false;
    if (timer_settime(*timer, TIMER_ABSTIME, &when, NULL) == 0) return true;
    timer_delete(*timer);
    return false;
}

void bk_stoppable_timer_end(bk_stoppable_timer timer) { timer_delete(timer); }

#else

void bk_stoppable_enter(bk_stoppable *self) { (void)self; }
void bk_stoppable_signal(pthread_t thread) { (void)thread; }
bool bk_stoppable_timer_start(bk_stoppable_timer *timer, uint64_t deadline) {
    (void)timer;
    (void)deadline;
    return false;
}
void bk_stoppable_timer_end(bk_stoppable_timer timer) { (void)timer; }

#endif
