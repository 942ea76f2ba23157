// links: host
/* What the client decides without a server: times, paths, queries, discovery's answers. */
#include "kube/discovery.h"
#include "kube/exec.h"
#include "kube/objects.h"
#include "kube/proto.h"
#include "test.h"

TEST(times) {
    static const struct {
        const char *text;
        bool good;
        int64_t seconds;
    } rows[] = {
        {"1970-01-01T00:00:00Z", true, 0},
        {"2026-11-21T18:32:00Z", true, 1795285920},
        {"2026-11-21T20:32:00+02:00", true, 1795285920},
        {"2026-11-21T18:32:00.123456789Z", true, 1795285920},
        {"2026-11-21T13:02:00-05:30", true, 1795285920},
        {"2000-02-29T00:00:00Z", true, 951782400},
        {"", false, 0},
        {"2026-11-21", false, 0},
        {"2026-11-21T18:32:00", false, 0},
        {"2026-13-21T18:32:00Z", false, 0},
        {"2026-11-21T18:32:00Zx", false, 0},
        {"2026-11-21T18:32:00+0200", false, 0},
        {"2026-11-21T18:32:00.", false, 0},
    };
    for (size_t i = 0; i < BK_COUNT(rows); i++) {
        int64_t t = 0;
        CHECK(bk_kube_time(bk_str_c(rows[i].text), &t) == rows[i].good);
        CHECK(t == rows[i].seconds);
    }
}

TEST(paths) {
    static const char *const bad[] = {"", ".", "..", "a/b", "a%2fb", "a\nb"};
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_buf out;
    bk_arena_init(&arena, 0);
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(bk_kube_path(&out, BK_S("web"), &err), &err);
    CHECK_OK(bk_kube_path(&out, BK_S("system:node?x #\xc3\xa4"), &err), &err);
    CHECK_STR(bk_buf_view(&out), "/web/system:node%3Fx%20%23%C3%A4");
    for (size_t i = 0; i < BK_COUNT(bad); i++) {
        CHECK(bk_kube_path(&out, bk_str_c(bad[i]), &err) == BK_ERR);
        bk_err_release(&err);
    }
    bk_buf_reset(&out);
    bk_kube_query(&out, "labelSelector", BK_S("name=web,owner=helm"));
    bk_kube_query(&out, "limit", BK_S("500"));
    CHECK_STR(bk_buf_view(&out), "labelSelector=name%3Dweb%2Cowner%3Dhelm&limit=500");
    bk_arena_release(&arena);
}

TEST(discovery) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_kube_discovery d = {0};
    bk_buf out;
    bk_arena_init(&arena, 0);
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(
        bk_kube_discovery_read(
            &arena,
            BK_S(
                "{\"items\":[{\"metadata\":{\"name\":\"autoscaling\"},\"versions\":["
                "{\"version\":\"v2\",\"resources\":[{\"resource\":\"hpas\",\"responseKind\":{\"kind\":\"HPA\"},\"scope\":\"Namespaced\",\"verbs\":[\"get\"]}]},"
                "{\"version\":\"v1\",\"resources\":[{\"resource\":\"hpas\",\"responseKind\":{\"kind\":\"HPA\"},\"scope\":\"Namespaced\"},"
                "{\"resource\":\"scales\",\"responseKind\":{\"kind\":\"Scale\"},\"scope\":\"Cluster\"},"
                "{\"resource\":\"..\",\"responseKind\":{\"kind\":\"Up\"}}]}]},7,{\"metadata\":{\"name\":\"../x\"}}]}"),
            &d, &err),
        &err);
    CHECK(d.count == 3 && d.version_count == 2);
    const bk_kube_resource *r = bk_kube_find_kind(&d, BK_S("autoscaling"), BK_S(""), BK_S("HPA"));
    CHECK(r && bk_str_eq(r->version, BK_S("v2")) && bk_kube_resource_can(r, "get") && !bk_kube_resource_can(r, "list"));
    r = bk_kube_find_object(&d, BK_S("autoscaling/v1"), BK_S("Scale"));
    CHECK(r && !r->namespaced && r->preferred);
    if (r) CHECK_OK(bk_kube_resource_path(&out, r, BK_S("ns"), BK_S("x"), &err), &err);
    CHECK_STR(bk_buf_view(&out), "/apis/autoscaling/v1/scales/x");
    CHECK(!bk_kube_find_object(&d, BK_S("v1"), BK_S("Scale")) && !bk_kube_find_object(&d, BK_S(""), BK_S("Scale")));
    bk_arena_release(&arena);
}

TEST(requests) {
    static const bk_kube_resource pods = {.version = {"v1", 2}, .kind = {"Pod", 3}, .plural = {"pods", 4}, .namespaced = true};
    const bk_kube_ref ref = {&pods, BK_S("ns"), BK_S("x")}, nameless = {&pods, BK_S("ns"), BK_S("")},
                      odd = {&pods, BK_S("../a"), BK_S("x")};
    const bk_kube_write write = {.manager = BK_S("helm"), .validation = "Strict", .says_force = true};
    const bk_kube_delete gone = {.propagation = BK_S("Background"), .uid = BK_S("u"), .dry_run = true};
    const bk_kube_log log = {.container = BK_S("c"), .tail = 20};
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_kube_request r;
    bk_arena_init(&arena, 0);
    CHECK_OK(bk_kube_patch_request(&arena, &ref, BK_KUBE_APPLY, BK_S("{}"), &write, &r, &err), &err);
    CHECK_STR(r.path, "/api/v1/namespaces/ns/pods/x");
    CHECK_STR(r.query, "fieldManager=helm&fieldValidation=Strict&force=false");
    CHECK_STR(r.content_type, "application/apply-patch+yaml");
    CHECK_OK(bk_kube_create_request(&arena, &ref, BK_S("{}"), &write, &r, &err), &err);
    CHECK_STR(r.path, "/api/v1/namespaces/ns/pods");
    CHECK_STR(r.query, "fieldManager=helm&fieldValidation=Strict");
    CHECK_OK(bk_kube_delete_request(&arena, &ref, &gone, &r, &err), &err);
    CHECK_STR(
        r.body,
        "{\"apiVersion\":\"v1\",\"dryRun\":[\"All\"],\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\"u\"},\"propagationPolicy\":\"Background\"}");
    CHECK_OK(bk_kube_log_request(&arena, BK_S("ns"), BK_S("p"), &log, &r, &err), &err);
    CHECK_STR(r.path, "/api/v1/namespaces/ns/pods/p/log");
    CHECK_STR(r.query, "container=c&tailLines=20");
    CHECK(bk_kube_get_request(&arena, &nameless, &r, &err) != BK_OK);
    bk_err_release(&err);
    CHECK(bk_kube_get_request(&arena, &odd, &r, &err) != BK_OK);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

/* A field of bytes. */
static void put_field(bk_buf *out, unsigned number, bk_str bytes) {
    bk_buf_byte(out, (char)(number << 3 | 2));
    bk_buf_byte(out, (char)bytes.n);
    bk_buf_str(out, bytes);
}

/* The envelope of an object. */
static bk_str envelope(bk_arena *arena, bk_str kind, bk_str object) {
    bk_buf about, out;
    bk_buf_init(&about, arena, 0);
    bk_buf_init(&out, arena, 0);
    put_field(&about, 1, BK_S("v1"));
    put_field(&about, 2, kind);
    bk_buf_str(&out, BK_S("k8s\0"));
    put_field(&out, 1, bk_buf_view(&about));
    put_field(&out, 2, object);
    return bk_buf_view(&out);
}

/* resourceVersion 7; one Secret n of 2026-11-21T18:32:00Z, with a label, a number that nobody knows, and data. */
static const char secret_list[] = "\x0a\x03\x12\x01"
                                  "7"
                                  "\x12\x29"
                                  "\x0a\x15\x0a\x01n\x42\x06\x08\xa0\xc7\x87\xd8\x06\x5a\x06\x0a\x01k\x12\x01v\x38\x01"
                                  "\x12\x0c\x0a\x07release\x12\x01\xff"
                                  "\x1a\x02ty";

TEST(binary) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_value v = bk_nil();
    bk_arena_init(&arena, 0);
    bk_str all = envelope(&arena, BK_S("SecretList"), bk_str_of(secret_list, sizeof secret_list - 1));
    CHECK(bk_kube_proto_read(&arena, all, &v, &err) == BK_OK);
    CHECK(bk_str_eq(bk_map_str(bk_map_get(v.map, BK_S("metadata"))->map, "resourceVersion", BK_S("")), BK_S("7")));
    bk_value items = *bk_map_get(v.map, BK_S("items"));
    CHECK(items.len == 1);
    bk_map *secret = items.items[0].map, *meta = bk_map_get(secret, BK_S("metadata"))->map, *data = bk_map_get(secret, BK_S("data"))->map;
    CHECK(bk_str_eq(bk_map_str(meta, "name", BK_S("")), BK_S("n")) && bk_str_eq(bk_map_str(secret, "type", BK_S("")), BK_S("ty")));
    CHECK(bk_str_eq(bk_map_str(meta, "creationTimestamp", BK_S("")), BK_S("2026-11-21T18:32:00Z")));
    CHECK(bk_str_eq(bk_map_str(bk_map_get(meta, BK_S("labels"))->map, "k", BK_S("")), BK_S("v")));
    CHECK(bk_map_get(data, BK_S("release"))->type == BK_T_BYTES);
    /* Cut anywhere it is an error, or says less. */
    for (size_t n = 0; n < all.n; n++) {
        bk_str *copy = BK_NEW(&arena, bk_str);
        CHECK(bk_arena_dup(&arena, bk_str_sub(all, 0, n), copy));
        bk_status s = bk_kube_proto_read(&arena, *copy, &v, &err);
        CHECK(s != BK_OK || n < all.n);
        bk_err_release(&err);
    }
    CHECK(bk_kube_proto_read(&arena, envelope(&arena, BK_S("Pod"), BK_S("")), &v, &err) != BK_OK);
    CHECK_VIEW(bk_err_message(&err), BK_S("the server's answer is of the kind \"Pod\", which was not asked for"));
    bk_err_release(&err);
    CHECK(bk_kube_is_proto(BK_S("application/vnd.kubernetes.protobuf;as=X")) && !bk_kube_is_proto(BK_S("application/json")));
    bk_arena_release(&arena);
}

TEST_MAIN()
