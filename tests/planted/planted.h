/* planted.h: the ops of the module with planted faults (planted.c). */
#ifndef BK_TESTS_PLANTED_H
#define BK_TESTS_PLANTED_H

enum planted_op {
    PLANTED_ECHO = 1000, /* RESULT is the request */
    PLANTED_ASK,         /* request: u32 count, u32 effect, frame; RESULT is the last answer */
    PLANTED_ERROR,       /* fails with the request as its message */
    PLANTED_REMAINS,     /* leaves something in every page that it does not use; RESULT is "new" when nothing was there, else "used" */
    /* faults of the machine */
    PLANTED_WRITE_BEYOND,
    PLANTED_READ_BEYOND,
    PLANTED_RECURSION,
    PLANTED_UNREACHABLE,
    PLANTED_DIVISION,
    PLANTED_BAD_CALL,
    PLANTED_LOOP,
    PLANTED_LOOP_COPY,  /* large copies */
    PLANTED_LOOP_GROW,  /* memory that is refused */
    PLANTED_LOOP_EMIT,  /* nothing, again and again */
    PLANTED_LOOP_CALLS, /* in and out of functions */
    PLANTED_LOOP_ROUND, /* what the runtime does for old processors */
    PLANTED_HOG,
    PLANTED_FLOOD,
    /* broken rules of the boundary */
    PLANTED_EMIT_BEYOND,
    PLANTED_EMIT_WRAP,
    PLANTED_EFFECT_BEYOND,
    PLANTED_EFFECT_UNKNOWN,
    PLANTED_EFFECT_NEGATIVE,
    PLANTED_EFFECT_HUGE,
    PLANTED_TAKE_TWICE,
    PLANTED_TAKE_WRONG,
    PLANTED_TAKE_BEYOND,
    /* outputs that lie */
    PLANTED_OUT_UNKNOWN,
    PLANTED_OUT_SHORT,
    PLANTED_OUT_DONE_TWICE,
    PLANTED_OUT_DONE_FULL,
    PLANTED_OUT_BODY_ALONE,
    PLANTED_OUT_MANIFEST_ALONE,
    PLANTED_OUT_RESULT_TWICE,
    PLANTED_OUT_ERROR_FIRST,
    PLANTED_OUT_ERROR_BARE,
    PLANTED_OUT_ERROR_TRAP,
};

#endif
