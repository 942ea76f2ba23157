#include "action/objects.h"

#include "action/output.h"
#include "action/request.h"

bk_status bk_objects_read(bk_arena *arena, bk_str manifest, bk_objects_order order, const bk_sandbox_limits *limits, bk_value *ret,
                          bk_err *err) {
    static const bk_guard_options none;
    bk_request r;
    bk_guard *guard;
    bk_str output;
    *ret = bk_nil();
    BK_TRY(bk_request_open(&r, arena, err));
    bk_request_put(&r, "manifest", bk_string(manifest));
    bk_request_put(&r, "uninstall", bk_bool(order == BK_OBJECTS_UNINSTALL));
    BK_TRY(bk_guard_new(&none, &guard, err));
    bk_status s = bk_guard_close(guard, bk_request_send(&r, BK_CALL_OBJECTS, guard, limits, &output, err), err);
    bk_guard_free(guard);
    if (s == BK_OK) s = bk_output_read(arena, output, NULL, ret, err);
    if (s == BK_OK && ret->kind != BK_LIST) s = bk_err_set(err, BK_ERR_TRAP, "chart compartment stopped: objects that are none");
    return s;
}
