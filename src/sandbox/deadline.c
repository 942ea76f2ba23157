#define _GNU_SOURCE
#include "sandbox/deadline.h"

#include "sandbox/config.h"

#if BK_SANDBOX_SIGNALS

#include <signal.h>
#include <ucontext.h>

/* A signal that nobody else sends, the default of which ends the process. */
#define LATE (SIGRTMIN + 4)

static pthread_once_t installed = PTHREAD_ONCE_INIT;
static _Thread_local bk_stoppable *current;

static uintptr_t place_of(const ucontext_t *context) {
#ifdef __x86_64__
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
    return (uintptr_t)context->uc_mcontext.pc;
#endif
}

static void on_late(int number, siginfo_t *info, void *context) {
    (void)number;
    bk_stoppable *self = current;
    uintptr_t at = place_of(context);
    if (info->si_code != SI_TKILL || !self || at < self->begin || at >= self->end) return;
    sigset_t all;
    sigfillset(&all);
    atomic_store(&self->stopped, true);
    for (;;) sigsuspend(&all);
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = on_late, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(LATE, &action, NULL);
}

void bk_stoppable_enter(bk_stoppable *self) {
    pthread_once(&installed, install);
    current = self;
    sigset_t late;
    sigemptyset(&late);
    sigaddset(&late, LATE);
    pthread_sigmask(SIG_UNBLOCK, &late, NULL);
}

void bk_stoppable_signal(pthread_t thread) { pthread_kill(thread, LATE); }

#else

void bk_stoppable_enter(bk_stoppable *self) { (void)self; }
void bk_stoppable_signal(pthread_t thread) { (void)thread; }

#endif
