/* convert.c: anything to text, and lists of texts. */
#include "base/sort.h"
#include "sprig/fn.h"

BK_FN(toString) {
    bk_str s;
    BK_TRY(fn_text(call, args[0], &s));
    return fn_ret_str(ret, s);
}

BK_FN(toStrings) { return fn_texts(call, args[0], ret); }

static int by_bytes(const void *a, const void *b, BK_UNUSED void *arg) {
    return bk_str_cmp(bk_value_str(*(const bk_value *)a), bk_value_str(*(const bk_value *)b));
}

/* A list of strings is sorted in place, for all who hold it: Sprig does so too. Other lists give a new one. */
BK_FN(sortAlpha) {
    bk_value list = args[0];
    if (fn_is_seq(list)) {
        BK_TRY(fn_texts(call, list, &list));
    } else {
        bk_value *item;
        bk_str text;
        BK_TRY(fn_items(call, 1, &item));
        BK_TRY(fn_text(call, list, &text));
        *item = bk_string(text);
        list = bk_list_typed(BK_T_STRINGS, item, 1);
    }
    if (list.len > 1 && !bk_sort(call->arena, (bk_value *)list.items, list.len, sizeof *list.items, by_bytes, NULL))
        return bk_call_nomem(call);
    *ret = list;
    return BK_OK;
}
