/* urls.c: URLs as maps, and back. */
#include "sprig/fn.h"
#include "text/url.h"

BK_FN(urlParse) {
    bk_url url;
    if (bk_url_parse(call->arena, fn_str(args, 0), &url, call->err) != BK_OK) return bk_err_wrap(call->err, "unable to parse url");
    bk_buf user;
    bk_buf_init(&user, call->arena, 0);
    if (url.has_user) bk_url_print_user(&user, &url);
    BK_TRY(bk_buf_check(&user, call->err));
    const struct {
        const char *key;
        bk_str value;
    } parts[] = {
        {"scheme", url.scheme},   {"host", url.host},     {"hostname", bk_url_hostname(&url)}, {"path", url.path},
        {"query", url.raw_query}, {"opaque", url.opaque}, {"fragment", url.fragment},          {"userinfo", bk_buf_view(&user)},
    };
    bk_map *map = bk_map_new(call->arena, BK_COUNT(parts));
    if (!map) return bk_call_nomem(call);
    for (size_t i = 0; i < BK_COUNT(parts); i++)
        if (!bk_map_set(map, bk_str_c(parts[i].key), bk_string(parts[i].value))) return bk_call_nomem(call);
    *ret = bk_map_value(map);
    return BK_OK;
}

static bk_status text_of(bk_call *call, bk_map *map, const char *key, bk_str *ret) {
    bk_value *v = bk_map_get(map, bk_str_c(key));
    *ret = BK_S("");
    if (!v) return BK_OK;
    if (bk_is_nil(*v)) return fn_panic_nil(call);
    if (!bk_is_string(*v)) return bk_call_fail(call, "unable to parse %s key, must be of type string, but %s found", key, bk_kind_name(*v));
    *ret = bk_value_str(*v);
    return BK_OK;
}

BK_FN(urlJoin) {
    bk_url url = {.has_user = false}, user;
    bk_str info;
    const struct {
        const char *key;
        bk_str *to;
    } parts[] = {{"scheme", &url.scheme}, {"host", &url.host},         {"path", &url.path}, {"query", &url.raw_query},
                 {"opaque", &url.opaque}, {"fragment", &url.fragment}, {"userinfo", &info}};
    for (size_t i = 0; i < BK_COUNT(parts); i++) BK_TRY(text_of(call, args[0].map, parts[i].key, parts[i].to));
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    if (info.n) {
        bk_buf_c(&out, "proto://");
        bk_buf_str(&out, info);
        bk_buf_c(&out, "@host");
        BK_TRY(bk_buf_check(&out, call->err));
        if (bk_url_parse(call->arena, bk_buf_take(&out), &user, call->err) != BK_OK)
            return bk_err_wrap(call->err, "unable to parse userinfo in dict");
        url.has_user = user.has_user;
        url.has_password = user.has_password;
        url.user = user.user;
        url.password = user.password;
        bk_buf_init(&out, call->arena, 0);
    }
    bk_url_print(&out, &url);
    return fn_ret_buf(call, &out, ret);
}
