/* deadline.h: stopping a late compartment of ours by a signal.
 *
 * A compartment is late when its thread has had more of a processor than it may, or, whatever it has had, at the deadline by the wall. On a machine with too much to do the two
 * are far from each other.
 *
 * When it can be late, the compartment's thread is sent a signal: by a timer of the thread itself, or by another thread that waits for it. If it is not late yet, it is sent the next
 * one when it can be; else every 5 ms until the call has ended. Such a signal that meets the thread inside the body of one of the module's functions sends it on to an instruction there that traps
 * (module.h knows where), and the call ends as it does with any trap: the runtime goes back to where the module was entered, and everything is given back.
 * Nothing of the host is interrupted: the module's code holds no lock, and whatever it called has returned.
 *
 * A signal that meets the thread elsewhere only notes that it is late: effects look at the clock by themselves, emit and take look at the note, and what else the
 * runtime does for a module (growing its memory, a few instructions that old processors lack) is short. Its long operations, copying and filling memory, are not
 * used: our modules copy by code of their own (base/wasm_bytes.c), and their configuration has no instructions for more (config.c). A loop that avoids the bodies
 * of functions for long is thus impossible, and every signal finds an endless one with the same odds.
 *
 * Where BK_SANDBOX_SIGNALS is 0 these do nothing. */
#ifndef BK_SANDBOX_DEADLINE_H
#define BK_SANDBOX_DEADLINE_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* How often the thread is told again. */
#define BK_STOPPABLE_AGAIN_NS 5000000u

#if defined(__linux__)
typedef timer_t bk_stoppable_timer;
#else
typedef int bk_stoppable_timer;
#endif

typedef struct bk_stoppable {
    uintptr_t begin, end;   /* the bodies of the module's functions */
    uintptr_t trap;         /* an instruction of theirs that traps */
    uint64_t soon;          /* monotonic, ns: before that it cannot be late */
    uint64_t deadline;      /* monotonic, ns: then it is, by the wall */
    _Atomic uint64_t begun; /* ns of the thread's processor time at the start of the call */
    uint64_t most;          /* and how much it may be since */
    bk_stoppable_timer timer;
    bool timed;          /* the timer is set */
    atomic_bool late;    /* it is, and the thread has heard of it */
    atomic_bool stopped; /* it was sent to the trap */
} bk_stoppable;

/* On the compartment's thread: from here on signals are about *self; with NULL, about nothing. */
void bk_stoppable_enter(bk_stoppable *self);

/* Notes the processor time at which the call begins; on the compartment's thread. */
void bk_stoppable_begin(bk_stoppable *self);
/* Whether it is late; on the compartment's thread. */
bool bk_stoppable_is_late(const bk_stoppable *self);
/* The time (monotonic, ns) before which it cannot be late, by that clock of its thread; 0: it is. */
uint64_t bk_stoppable_next(const bk_stoppable *self, clockid_t clock);

/* Sends the signal to a thread. */
void bk_stoppable_signal(pthread_t thread);

/* Makes a timer that sends the signal to that thread when it can be late. False: the system gives none. */
bool bk_stoppable_timer_start(bk_stoppable *self, pid_t thread);
void bk_stoppable_timer_end(bk_stoppable *self);

#endif
