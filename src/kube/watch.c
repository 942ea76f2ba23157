#include "kube/watch.h"

#include <stdlib.h>

#include "data/json.h"
#include "kube/client_state.h"

#define PAUSE_MIN_MS 200u
#define PAUSE_MAX_MS 10000u
#define STREAM_MS 330000u /* the server ends a stream before that; a line that is dead ends here */
#define REFUSAL_MAX ((size_t)64 << 10)

struct bk_kube_watch {
    bk_kube *kube;
    bk_arena arena; /* copies of the options */
    bk_kube_watch_options options;
    bk_net_call *call;
    bk_buf line;       /* the beginning of an event */
    char version[128]; /* the last resourceVersion; empty: from the beginning */
    bool synced, told; /* the present state is complete; anything was told since the last RESTART */
    bool gone;         /* the server has forgotten our version */
    bool lists;        /* the server tells the present state in a list only */
    bool wants_list;   /* which is what comes next */
    unsigned refused;  /* status of a refusal, whose body `line` collects */
    char type[64];     /* and its content type */
    uint64_t ready;    /* not before */
    uint32_t pause;
    bk_net_sink sink;
};

/* ---- events ---- */

static bk_status tell(bk_kube_watch *w, bk_kube_event event, bk_value object, bk_err *err) {
    return w->options.event(w->options.self, event, object, err);
}

static bk_map *map_of(bk_map *m, const char *key) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    return v && v->kind == BK_MAP ? v->map : NULL;
}

static void remember(bk_kube_watch *w, bk_map *object) {
    bk_str version = bk_map_str(map_of(object, "metadata"), "resourceVersion", BK_S(""));
    if (version.n == 0 || version.n >= sizeof w->version) return;
    memcpy(w->version, version.p, version.n);
    w->version[version.n] = 0;
}

/* The bookmark that says: that was all there is. */
static bool ends_the_beginning(bk_map *object) {
    return bk_str_eq(bk_map_str(map_of(map_of(object, "metadata"), "annotations"), "k8s.io/initial-events-end", BK_S("")), BK_S("true"));
}

static bk_status on_error(bk_kube_watch *w, bk_map *status, bk_err *err) {
    bk_value *code = status ? bk_map_get(status, BK_S("code")) : NULL;
    bk_str message = bk_map_str(status, "message", BK_S("the watch failed, and the server does not say why"));
    if (code && code->kind == BK_INT && (code->i == 410 || code->i == 504)) {
        w->gone = true; /* it is too old, or the server's cache is not ready: from the beginning */
        return BK_OK;
    }
    if (code && code->kind == BK_INT && code->i >= 500) return BK_OK; /* the stream ends, and is begun again */
    return bk_err_set_str(err, BK_ERR, message);
}

static bk_status on_event(bk_kube_watch *w, bk_map *m, bk_err *err) {
    static const struct {
        const char *type;
        bk_kube_event event;
    } types[] = {{"ADDED", BK_KUBE_ADDED}, {"MODIFIED", BK_KUBE_MODIFIED}, {"DELETED", BK_KUBE_DELETED}};
    bk_str type = bk_map_str(m, "type", BK_S(""));
    bk_map *object = map_of(m, "object");
    if (bk_str_eq(type, BK_S("ERROR"))) return on_error(w, object, err);
    if (!object) return bk_err_set(err, BK_ERR, "the server sent an event without an object");
    remember(w, object);
    w->pause = 0;
    if (bk_str_eq(type, BK_S("BOOKMARK"))) {
        if (w->synced || !ends_the_beginning(object)) return BK_OK;
        w->synced = true;
        return tell(w, BK_KUBE_SYNCED, bk_nil(), err);
    }
    for (size_t i = 0; i < BK_COUNT(types); i++) {
        if (!bk_str_eq(type, bk_str_c(types[i].type))) continue;
        w->told = true;
        return tell(w, types[i].event, bk_map_value(object), err);
    }
    return BK_OK; /* a type of a later version */
}

static bk_status on_line(bk_kube_watch *w, bk_str line, bk_err *err) {
    bk_arena arena;
    bk_value v = bk_nil();
    if (bk_str_trim(line).n == 0) return BK_OK;
    bk_arena_init(&arena, 16 * BK_KUBE_EVENT_MAX);
    bk_status s = bk_json_decode(&arena, line, BK_JSON_INT64, BK_T_MAP, &v, err);
    if (s != BK_OK) bk_err_wrap(err, "an event of the server is malformed");
    else s = on_event(w, v.map, err);
    bk_arena_release(&arena);
    return s;
}

static bk_status on_data(void *self, bk_str bytes, bk_err *err) {
    bk_kube_watch *w = self;
    if (w->refused) {
        bk_buf_str(&w->line, bk_str_sub(bytes, 0, w->line.n < REFUSAL_MAX ? REFUSAL_MAX - w->line.n : 0));
        return bk_buf_check(&w->line, err);
    }
    while (bytes.n) {
        size_t end = bk_str_find_byte(bytes, '\n');
        bk_str part = end == BK_NPOS ? bytes : bk_str_sub(bytes, 0, end);
        if (end != BK_NPOS && w->line.n == 0) {
            BK_TRY(on_line(w, part, err)); /* a whole one: no copy */
        } else {
            bk_buf_str(&w->line, part);
            if (!bk_buf_ok(&w->line)) return bk_err_limit(err, "bytes of an event", BK_KUBE_EVENT_MAX);
            if (end != BK_NPOS) {
                BK_TRY(on_line(w, bk_buf_view(&w->line), err));
                bk_buf_reset(&w->line);
            }
        }
        if (w->gone) return BK_OK;
        bytes = bk_str_from(bytes, end == BK_NPOS ? bytes.n : end + 1);
    }
    return BK_OK;
}

/* The body of a refusal is no stream of events: it is read as an answer. */
static bk_status on_head(void *self, const bk_net_answer *answer, bk_err *err) {
    bk_kube_watch *w = self;
    if (answer->status == 200) return BK_OK;
    if (answer->status == 410) {
        w->gone = true;
        return bk_err_set(err, BK_ERR, "the server has forgotten the version");
    }
    if (answer->status == 429 || answer->status >= 500)
        return bk_err_set(err, BK_ERR_IO, "the server answered the watch of %.*s with %u", BK_FMT(w->options.path), answer->status);
    bk_str type = bk_str_sub(bk_net_answer_header(answer, "content-type"), 0, sizeof w->type - 1);
    if (type.n) memcpy(w->type, type.p, type.n);
    w->type[type.n] = 0;
    w->refused = answer->status;
    return BK_OK;
}

/* What the server says for a refusal. One of the initial events is none: there are other ways. */
static bk_status refusal(bk_kube_watch *w, bk_err *err) {
    bk_arena arena;
    bk_kube_answer answer = {.status = w->refused, .body = bk_buf_view(&w->line), .type = bk_str_c(w->type), .details = bk_nil()};
    const bk_kube_request request = {.path = w->options.path};
    if ((w->refused == 422 || w->refused == 400) && !w->lists && !w->synced) {
        w->lists = w->wants_list = true;
        w->refused = 0;
        return BK_OK;
    }
    bk_arena_init(&arena, 16 * BK_KUBE_EVENT_MAX);
    bk_status s = bk_kube_refused(&arena, &request, &answer, err);
    bk_arena_release(&arena);
    return s;
}

/* ---- the stream ---- */

static bk_status begin(bk_kube_watch *w, bk_err *err) {
    bk_buf query;
    const bk_net_sink sink = {.self = w, .head = on_head, .data = on_data};
    bool again = w->version[0] != 0;
    bk_buf_init(&query, NULL, 64 << 10);
    bk_buf_str(&query, w->options.query);
    bk_kube_query(&query, "watch", BK_S("true"));
    bk_kube_query(&query, "allowWatchBookmarks", BK_S("true"));
    bk_kube_query(&query, "timeoutSeconds", BK_S(BK_KUBE_WATCH_SECONDS));
    if (again) bk_kube_query(&query, "resourceVersion", bk_str_c(w->version));
    if (!w->lists && (!again || !w->synced)) {
        bk_kube_query(&query, "sendInitialEvents", BK_S("true"));
        bk_kube_query(&query, "resourceVersionMatch", BK_S("NotOlderThan"));
    }
    const bk_kube_request request = {.path = w->options.path, .query = bk_buf_view(&query), .time_ms = STREAM_MS};
    bk_buf_reset(&w->line);
    w->gone = false;
    w->refused = 0;
    bk_status s = bk_buf_check(&query, err);
    if (s == BK_OK) {
        w->sink = sink;
        s = bk_kube_stream(w->kube, &request, &w->sink, &w->call, err);
    }
    bk_buf_release(&query);
    return s;
}

/* What was told so far no longer counts. */
static bk_status forget(bk_kube_watch *w, bk_err *err) {
    w->version[0] = 0;
    w->synced = false;
    w->wants_list = w->lists;
    if (!w->told) return BK_OK;
    w->told = false;
    return tell(w, BK_KUBE_RESTART, bk_nil(), err);
}

/* The stream has ended: is that an error? */
static bk_status ended(bk_kube_watch *w, bk_err *err) {
    bk_net_answer answer;
    bk_status s = bk_net_call_result(w->call, &answer, err);
    bk_net_fault fault = bk_net_call_fault(w->call);
    bk_net_call_free(w->call);
    w->call = NULL;
    if (s == BK_OK && w->refused) return refusal(w, err);
    w->pause = w->pause == 0 ? PAUSE_MIN_MS : w->pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : w->pause * 2;
    w->ready = bk_kube_now() + w->pause;
    bool passing = fault == BK_NET_FAULT_BROKEN || fault == BK_NET_FAULT_TIMEOUT || fault == BK_NET_FAULT_CONNECT ||
                   (fault == BK_NET_FAULT_CALLBACK && s == BK_ERR_IO);
    if (w->gone || passing) {
        bk_err_release(err);
        s = BK_OK;
    }
    /* A beginning that broke off is told anew: nobody knows what was missing. */
    if (s == BK_OK && (w->gone || !w->synced)) s = forget(w, err);
    return s;
}

/* ---- servers that tell the present state in a list only ---- */

/* Items of a list do not say what they are. */
static bk_status tell_item(bk_kube_watch *w, bk_map *list, bk_value item, bk_err *err) {
    bk_str kind = bk_map_str(list, "kind", BK_S(""));
    if (item.kind != BK_MAP) return bk_err_set(err, BK_ERR, "the server's answer is malformed: an item is no object");
    if (bk_str_ends(kind, BK_S("List"))) kind = bk_str_sub(kind, 0, kind.n - 4);
    if (!bk_map_get(item.map, BK_S("kind")) &&
        (!bk_map_set(item.map, BK_S("kind"), bk_string(kind)) ||
         !bk_map_set(item.map, BK_S("apiVersion"), bk_string(bk_map_str(list, "apiVersion", BK_S(""))))))
        return bk_err_nomem(err);
    w->told = true;
    return tell(w, BK_KUBE_ADDED, item, err);
}

static bk_status tell_list(bk_kube_watch *w, bk_arena *arena, const bk_kube_answer *answer, bk_err *err) {
    bk_value v = bk_nil();
    BK_TRY(bk_kube_json(arena, answer, &v, err));
    const bk_value *items = bk_map_get(v.map, BK_S("items"));
    for (uint32_t i = 0; items && items->kind == BK_LIST && i < items->len; i++) BK_TRY(tell_item(w, v.map, items->items[i], err));
    remember(w, v.map);
    w->synced = true;
    w->wants_list = false;
    return tell(w, BK_KUBE_SYNCED, bk_nil(), err);
}

static bk_status list(bk_kube_watch *w, bk_err *err) {
    bk_arena arena;
    bk_kube_answer answer;
    bk_arena_init(&arena, 16 * BK_KUBE_BODY);
    bk_status s = bk_kube_do(w->kube, &arena, &(bk_kube_request){.path = w->options.path, .query = w->options.query}, &answer, err);
    if (s != BK_OK) w->refused = answer.status;
    else s = tell_list(w, &arena, &answer, err);
    bk_arena_release(&arena);
    return s;
}

bk_status bk_kube_watch_move(bk_kube_watch *w, bk_err *err) {
    /* Bytes behind "gone" are of no use. */
    if (w->call && w->gone && !bk_net_call_done(w->call)) bk_net_call_cancel(w->call);
    if (w->call && bk_net_call_done(w->call)) BK_TRY(ended(w, err));
    if (w->call || bk_kube_now() < w->ready) return BK_OK;
    if (w->wants_list) BK_TRY(list(w, err));
    return begin(w, err);
}

unsigned bk_kube_watch_refused(const bk_kube_watch *w) { return w->refused; }

/* ---- life ---- */

bk_status bk_kube_watch_new(bk_kube *kube, const bk_kube_watch_options *options, bk_kube_watch **ret, bk_err *err) {
    bk_kube_watch *w = calloc(1, sizeof *w);
    if (!w) return bk_err_nomem(err);
    w->kube = kube;
    w->options = *options;
    bk_arena_init(&w->arena, (size_t)1 << 20);
    bk_buf_init(&w->line, NULL, BK_KUBE_EVENT_MAX);
    bk_status s = BK_OK;
    if (!bk_arena_dup(&w->arena, options->path, &w->options.path) || !bk_arena_dup(&w->arena, options->query, &w->options.query))
        s = bk_arena_fail(&w->arena, err);
    if (s == BK_OK) s = begin(w, err);
    if (s == BK_OK) *ret = w;
    else bk_kube_watch_free(w);
    return s;
}

void bk_kube_watch_free(bk_kube_watch *w) {
    if (!w) return;
    bk_net_call_free(w->call);
    bk_buf_release(&w->line);
    bk_arena_release(&w->arena);
    free(w);
}

bk_status bk_kube_watch_feed(const bk_kube_watch_options *options, bk_str bytes, size_t piece, bk_err *err) {
    bk_kube_watch w = {.options = *options};
    bk_status s = BK_OK;
    bk_buf_init(&w.line, NULL, BK_KUBE_EVENT_MAX);
    for (size_t at = 0; at < bytes.n && s == BK_OK && !w.gone; at += piece) s = on_data(&w, bk_str_sub(bytes, at, at + piece), err);
    bk_buf_release(&w.line);
    return s;
}
