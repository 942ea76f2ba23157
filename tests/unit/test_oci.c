// links: host
/* Registries, as far as no connection is needed: names, challenges, realms, scopes, manifests, registry files. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/push.h"
#include "data/json.h"
#include "registry/credentials.h"
#include "registry/oci_auth.h"
#include "registry/oci_state.h"
#include "test.h"

#define HEX64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* ---- references ---- */

static const struct {
    const char *text, *shown; /* shown, or the error */
    bool ok;
} references[] = {
    {"oci://ghcr.io/charts/web:1.2.3", "ghcr.io/charts/web:1.2.3", true},
    {"ghcr.io/charts/web", "ghcr.io/charts/web", true},
    {"localhost:5000/web:1.0.0+b.1", "localhost:5000/web:1.0.0_b.1", true},
    {"127.0.0.1:5000/a/b/c__d/e-f.g:v1", "127.0.0.1:5000/a/b/c__d/e-f.g:v1", true},
    {"[::1]:5000/web:1", "[::1]:5000/web:1", true},
    {"h/web@sha256:" HEX64, "h/web@sha256:" HEX64, true},
    {"h/web:1.0@sha256:" HEX64, "h/web:1.0", true},
    {"h/web:", "h/web", true},
    {"web", "invalid reference: missing registry or repository", false},
    {"", "invalid reference: missing registry or repository", false},
    {"h/", "invalid reference: invalid repository \"\"", false},
    {"h/Web:1", "invalid reference: invalid repository \"Web\"", false},
    {"h/a//b", "invalid reference: invalid repository \"a//b\"", false},
    {"h/../b", "invalid reference: invalid repository \"../b\"", false},
    {"h/a/", "invalid reference: invalid repository \"a/\"", false},
    {"h/a___b", "invalid reference: invalid repository \"a___b\"", false},
    {"h/a..b", "invalid reference: invalid repository \"a..b\"", false},
    {"h/a-", "invalid reference: invalid repository \"a-\"", false},
    {"h/a?x=1", "invalid reference: invalid repository \"a?x=1\"", false},
    {"h/a%2fb", "invalid reference: invalid repository \"a%2fb\"", false},
    {"h:x/a:1", "invalid reference: invalid registry \"h:x\"", false},
    {"h:0/a:1", "invalid reference: invalid registry \"h:0\"", false},
    {"h:99999/a:1", "invalid reference: invalid registry \"h:99999\"", false},
    {"u:p@h/a:1", "invalid reference: missing registry or repository", false},
    {"h\n/a:1", "invalid reference: invalid registry \"h\n\"", false},
    {"h#x/a:1", "invalid reference: invalid registry \"h#x\"", false},
    {"/a:1", "invalid reference: invalid registry \"\"", false},
    {"h/a:1 2", "invalid reference: invalid tag \"1 2\"", false},
    {"h/a:-1", "invalid reference: invalid tag \"-1\"", false},
    {"h/a:1/2", "invalid reference: invalid tag \"1/2\"", false},
    {"h/a:..", "invalid reference: invalid tag \"..\"", false},
    {"h/a@sha256:aa", "invalid reference: invalid digest \"sha256:aa\": invalid checksum digest length", false},
    {"h/a@md5:aa", "invalid reference: invalid digest \"md5:aa\": unsupported digest algorithm", false},
    {"h/a@x", "invalid reference: invalid digest \"x\": invalid checksum digest format", false},
    {"h/a@sha256:AA" HEX64, "invalid reference: invalid digest \"sha256:AA" HEX64 "\": invalid checksum digest length", false},
};

TEST(references) {
    for (size_t i = 0; i < BK_COUNT(references); i++) {
        bk_arena arena;
        bk_oci_reference r;
        bk_str shown = {0};
        bk_err err = BK_ERR_INIT;
        bk_arena_init(&arena, 0);
        bk_status s = bk_oci_reference_parse(&arena, bk_str_c(references[i].text), &r, &err);
        CHECK((s == BK_OK) == references[i].ok);
        if (s == BK_OK) CHECK_OK(bk_oci_reference_text(&arena, &r, &shown, &err), &err);
        CHECK_STR(s == BK_OK ? shown : bk_err_message(&err), references[i].shown);
        bk_err_release(&err);
        bk_arena_release(&arena);
    }
}

/* ---- challenges ---- */

static const struct {
    const char *header, *realm, *service, *scope;
    bk_oci_scheme scheme;
} challenges[] = {
    {"Bearer realm=\"https://a.io/token\",service=\"r.io\",scope=\"repository:x:pull\"", "https://a.io/token", "r.io", "repository:x:pull",
     BK_OCI_BEARER},
    {"bearer  realm=\"https://a.io/token\" , service=plain", "https://a.io/token", "plain", "", BK_OCI_BEARER},
    {"Basic realm=\"x\"", "", "", "", BK_OCI_BASIC},
    {"BASIC", "", "", "", BK_OCI_BASIC},
    {"Negotiate", "", "", "", BK_OCI_UNKNOWN},
    {"", "", "", "", BK_OCI_UNKNOWN},
    {"Bearer", "", "", "", BK_OCI_BEARER},
    {"Bearer realm=", "", "", "", BK_OCI_BEARER},
    {"Bearer realm=\"open", "", "", "", BK_OCI_BEARER},
    {"Bearer realm=\"a\\\"b\",service=\"c\\\\\"", "a\"b", "c\\", "", BK_OCI_BEARER},
    {"Bearer realm=\"a\\", "", "", "", BK_OCI_BEARER},
    {"Bearer realm=a service=b", "a", "", "", BK_OCI_BEARER},
    {"Bearer realm=a,,service=b", "a", "", "", BK_OCI_BEARER},
    {"Bearer ===", "", "", "", BK_OCI_BEARER},
};

TEST(challenges) {
    for (size_t i = 0; i < BK_COUNT(challenges); i++) {
        bk_arena arena;
        bk_oci_challenge c;
        bk_err err = BK_ERR_INIT;
        bk_arena_init(&arena, 0);
        CHECK_OK(bk_oci_challenge_parse(&arena, bk_str_c(challenges[i].header), &c, &err), &err);
        CHECK(c.scheme == challenges[i].scheme);
        CHECK_STR(c.realm, challenges[i].realm);
        CHECK_STR(c.service, challenges[i].service);
        CHECK_STR(c.scope, challenges[i].scope);
        bk_arena_release(&arena);
    }
}

/* ---- realms ---- */

static const struct {
    const char *registry, *realm, *error; /* NULL: it may be asked */
    bool trusted;
} realms[] = {
    {"https://registry-1.docker.io/v2/", "https://auth.docker.io/token", NULL, true},
    {"https://registry.gitlab.com/v2/", "https://gitlab.com/jwt/auth", NULL, true},
    {"https://registry.example.co.uk/v2/", "https://auth.example.co.uk/token", NULL, true},
    {"https://registry.example.co.uk/v2/", "https://evil.co.uk/token", NULL, false},
    {"https://registry.example.com/v2/", "https://evil.com/token", NULL, false},
    {"https://registry.example.com/v2/", "https://example.com.evil.org/token", NULL, false},
    {"https://registry.example.com/v2/", "https://notexample.com/token", NULL, false},
    {"https://registry.example.com/v2/", "https://tokens.partner.net/token", NULL, true}, /* allowed below */
    {"https://localhost:5000/v2/", "https://localhost:5001/token", NULL, true},
    {"https://127.0.0.1:5000/v2/", "https://127.0.0.1:5001/token", NULL, true},
    {"http://127.0.0.1:5000/v2/", "http://127.0.0.1:5001/token", NULL, true},
    {"https://127.0.0.1:5000/v2/", "https://localhost:5001/token", NULL, false},
    {"https://a/v2/", "https://b/token", NULL, false},
    {"https://r.io/v2/", "http://r.io/token", "bearer realm \"http://r.io/token\" uses http but registry was contacted over https", false},
    {"https://r.io/v2/", "file:///etc/passwd", "bearer realm \"file:///etc/passwd\" uses unsupported scheme \"file\"", false},
    {"https://r.io/v2/", "", "bearer realm \"\" uses unsupported scheme \"\"", false},
    {"https://r.io/v2/", "token", "bearer realm \"token\" uses unsupported scheme \"\"", false},
    {"https://r.io/v2/", "https://169.254.169.254/latest",
     "bearer realm host \"169.254.169.254\" is a loopback, link-local, private, or unspecified address", false},
    {"https://r.io/v2/", "https://127.0.0.1/t",
     "bearer realm host \"127.0.0.1\" is a loopback, link-local, private, or unspecified address", false},
    {"https://r.io/v2/", "https://[::1]/t", "bearer realm host \"::1\" is a loopback, link-local, private, or unspecified address", false},
    {"https://r.io/v2/", "https://10.0.0.1/t", "bearer realm host \"10.0.0.1\" is a loopback, link-local, private, or unspecified address",
     false},
    {"https://r.io/v2/", "https://0x7f.1/t", "bearer realm host \"127.0.0.1\" is a loopback, link-local, private, or unspecified address",
     false},
    {"https://r.io/v2/", "https://u:p@r.io/t", "bearer realm of host \"r.io\" brings credentials of its own", false},
};

TEST(realms) {
    for (size_t i = 0; i < BK_COUNT(realms); i++) {
        bk_arena arena;
        bk_net_url registry, realm;
        bk_err err = BK_ERR_INIT;
        bk_arena_init(&arena, 0);
        CHECK_OK(bk_net_url_parse(&arena, bk_str_c(realms[i].registry), NULL, &registry, &err), &err);
        bk_status s = bk_oci_realm_check(&arena, bk_str_c(realms[i].realm), &registry, &realm, &err);
        CHECK((s == BK_OK) == !realms[i].error);
        if (s != BK_OK && realms[i].error) CHECK_STR(bk_err_message(&err), realms[i].error);
        if (s == BK_OK) CHECK(bk_oci_realm_trusted(realm.host, registry.host, BK_S("x.y, tokens.partner.net")) == realms[i].trusted);
        bk_err_release(&err);
        bk_arena_release(&arena);
    }
}

TEST(scopes) {
    static const char *const cases[][3] = {
        {"repository:x:pull", "repository:x:pull", "repository:x:pull"},
        {"repository:x:pull", "repository:x:push", "repository:x:pull,push"},
        {"repository:x:push,pull", "", "repository:x:pull,push"},
        {"repository:x:pull", "repository:y:pull registry:catalog:*", "registry:catalog:* repository:x:pull repository:y:pull"},
        {"", "", ""},
        {"", "aws", "aws"},
        {"repository:x:", "", ""},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_arena arena;
        bk_str got = {0};
        bk_err err = BK_ERR_INIT;
        bk_arena_init(&arena, 0);
        CHECK_OK(bk_oci_scopes_merge(&arena, bk_str_c(cases[i][0]), bk_str_c(cases[i][1]), &got, &err), &err);
        CHECK_STR(got, cases[i][2]);
        bk_arena_release(&arena);
    }
}

/* ---- manifests ---- */

#define DESCRIPTOR(type, size) "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" HEX64 "\",\"size\":" size "}"
#define CONFIG "\"config\":" DESCRIPTOR(BK_OCI_CHART_CONFIG, "3")
#define CHART DESCRIPTOR(BK_OCI_CHART_LAYER, "5")

static const struct {
    const char *text, *error;
} manifests[] = {
    {"{\"schemaVersion\":2," CONFIG ",\"layers\":[" CHART "]}", NULL},
    {"{\"schemaVersion\":2," CONFIG ",\"layers\":[" CHART "," DESCRIPTOR(BK_OCI_PROV_LAYER, "9") "]}", NULL},
    {"{\"schemaVersion\":2," CONFIG ",\"layers\":[" DESCRIPTOR(BK_OCI_CHART_LAYER_OLD, "9") "]}", NULL},
    {"", "malformed manifest: unexpected end of JSON input"},
    {"[]", "malformed manifest: json: cannot unmarshal array into Go value of type map[string]interface {}"},
    {"null", "malformed manifest: no object"},
    {"{}", "malformed manifest: schemaVersion is not 2"},
    {"{\"schemaVersion\":1}", "malformed manifest: schemaVersion is not 2"},
    {"{\"schemaVersion\":2,\"config\":[]}", "malformed manifest: a descriptor that is no object"},
    {"{\"schemaVersion\":2,\"config\":{}}", "malformed manifest: mediaType"},
    {"{\"schemaVersion\":2,\"config\":" DESCRIPTOR("x", "-1") "}", "malformed manifest: size"},
    {"{\"schemaVersion\":2,\"config\":" DESCRIPTOR("x", "1.5") "}", "malformed manifest: size"},
    {"{\"schemaVersion\":2,\"config\":" DESCRIPTOR("x", "\"3\"") "}", "malformed manifest: size"},
    {"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"x\",\"digest\":\"sha256:../..\",\"size\":1}}",
     "malformed manifest: \"sha256:../..\" is no sha256 digest"},
    {"{\"schemaVersion\":2,\"layers\":{}}", "malformed manifest: a list of descriptors"},
    {"{\"schemaVersion\":2," CONFIG ",\"annotations\":{\"a\":1}}", "malformed manifest: annotations"},
    {"{\"schemaVersion\":2," CONFIG ",\"layers\":[]}", "manifest does not contain a layer with mediatype " BK_OCI_CHART_LAYER},
    {"{\"schemaVersion\":2,\"config\":" DESCRIPTOR("application/json", "3") ",\"layers\":[" CHART "]}",
     "could not load config with mediatype " BK_OCI_CHART_CONFIG},
    {"{\"schemaVersion\":2,\"config\":" DESCRIPTOR("application/json", "3") "}",
     "manifest does not contain minimum number of descriptors (2), descriptors found: 0"},
    {"{\"schemaVersion\":2," CONFIG ",\"layers\":[" CHART "," CHART "]}",
     "manifest contains more than one layer with mediatype " BK_OCI_CHART_LAYER},
};

TEST(manifests) {
    for (size_t i = 0; i < BK_COUNT(manifests); i++) {
        bk_arena arena;
        bk_oci_artifact a;
        const bk_oci_descriptor *chart, *prov;
        bk_err err = BK_ERR_INIT;
        bk_arena_init(&arena, 0);
        bk_status s = bk_oci_manifest_parse(&arena, bk_str_c(manifests[i].text), &a, &err);
        if (s == BK_OK) s = bk_oci_chart(&a, false, &chart, &prov, &err);
        CHECK((s == BK_OK) == !manifests[i].error);
        CHECK_STR(bk_err_message(&err), manifests[i].error ? manifests[i].error : "");
        bk_err_release(&err);
        bk_arena_release(&arena);
    }
}

/* ---- registry files ---- */

static const struct {
    const char *text, *server, *username, *password, *token, *error;
} files[] = {
    {"{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}}}", "r.io", "u", "p", "", NULL},
    {"{\"auths\":{\"https://r.io/v1/\":{\"auth\":\"dTpwOnE=\"}}}", "r.io", "u", "p:q", "", NULL},
    {"{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}}}", "x.io", "", "", "", NULL},
    {"{\"auths\":{\"r.io\":{\"identitytoken\":\"t\"}}}", "r.io", "", "", "t", NULL},
    {"{\"auths\":{\"r.io\":{\"username\":\"u\",\"password\":\"p\"}}}", "r.io", "u", "p", "", NULL},
    {"{\"auths\":{\"r.io\":{}}}", "r.io", "", "", "", NULL},
    {"{\"auths\":null}", "r.io", "", "", "", NULL},
    {"", "r.io", "", "", "", NULL},
    {" \n", "r.io", "", "", "", NULL},
    {"{\"auths\":{\"r.io\":{\"auth\":\"!!\"}}}", "r.io", "", "", "",
     "failed to decode auth field: invalid config format: illegal base64 data at input byte 0"},
    {"{\"auths\":{\"r.io\":{\"auth\":\"dXA=\"}}}", "r.io", "", "", "",
     "failed to decode auth field: invalid config format: it does not hold username:password"},
    {"{\"auths\":[]}", "r.io", "", "", "", "failed to unmarshal auths field: invalid config format"},
    {"{\"auths\":{\"r.io\":3}}", "r.io", "", "", "", "failed to unmarshal auth field: invalid config format"},
    {"{\"auths\":{\"r.io\":{\"auth\":3}}}", "r.io", "", "", "", "failed to unmarshal auth field: invalid config format"},
    {"{\"credsStore\":3}", "r.io", "", "", "", "failed to unmarshal creds store field: invalid config format"},
    {"{", "r.io", "", "", "", "failed to decode config file config.json: invalid config format: unexpected EOF"},
};

TEST(registry_files) {
    for (size_t i = 0; i < BK_COUNT(files); i++) {
        bk_arena arena;
        bk_credential c = {0};
        bk_err err = BK_ERR_INIT;
        bk_arena_init(&arena, 0);
        bk_status s = bk_credentials_parse(&arena, bk_str_c(files[i].text), bk_str_c(files[i].server), &c, &err);
        CHECK((s == BK_OK) == !files[i].error);
        CHECK_STR(bk_err_message(&err), files[i].error ? files[i].error : "");
        if (s == BK_OK) {
            CHECK_STR(c.username, files[i].username);
            CHECK_STR(c.password, files[i].password);
            CHECK_STR(c.identity_token, files[i].token);
        }
        bk_err_release(&err);
        bk_arena_release(&arena);
    }
}

static bk_str slurp(bk_arena *arena, const char *path) {
    char *text = bk_arena_alloc(arena, 4096);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, 4096);
    if (fd >= 0) close(fd);
    return n < 0 ? BK_S("") : bk_str_of(text, (size_t)n);
}

TEST(keeps_and_forgets) {
    char folder[] = "/tmp/bulkhead-oci-XXXXXX";
    bk_arena arena;
    bk_credentials *c;
    bk_credential got = {0};
    bk_str path;
    struct stat st;
    bk_err err = BK_ERR_INIT;
    bk_arena_init(&arena, 0);
    CHECK(mkdtemp(folder) != NULL);
    CHECK(bk_arena_printf(&arena, &path, "%s/registry/config.json", folder));
    const bk_credentials_options options = {.path = path};
    CHECK_OK(bk_credentials_open(&arena, &options, &c, &err), &err);
    CHECK_OK(bk_credentials_put(c, BK_S("b.io"), &(bk_credential){.username = BK_S("u"), .password = BK_S("p")}, &err), &err);
    CHECK_OK(bk_credentials_put(c, BK_S("a.io"), &(bk_credential){.identity_token = BK_S("t")}, &err), &err);
    CHECK_STR(slurp(&arena, path.p),
              "{\n\t\"auths\": {\n\t\t\"a.io\": {\n\t\t\t\"identitytoken\": \"t\"\n\t\t},\n\t\t\"b.io\": {\n\t\t\t\"auth\": "
              "\"dTpw\"\n\t\t}\n\t}\n}");
    CHECK(stat(path.p, &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK_OK(bk_credentials_open(&arena, &options, &c, &err), &err);
    CHECK_OK(bk_credentials_get(c, BK_S("b.io"), &got, &err), &err);
    CHECK_STR(got.password, "p");
    CHECK_OK(bk_credentials_delete(c, BK_S("b.io"), &err), &err);
    CHECK_OK(bk_credentials_delete(c, BK_S("b.io"), &err), &err);
    CHECK_OK(bk_credentials_get(c, BK_S("b.io"), &got, &err), &err);
    CHECK(bk_credential_empty(&got));
    CHECK(bk_credentials_put(c, BK_S("b.io"), &(bk_credential){.username = BK_S("u:v")}, &err) != BK_OK);
    CHECK_STR(bk_err_message(&err), "bad credential format: colons(:) are not allowed in username");
    bk_err_release(&err);
    unlink(path.p);
    CHECK(bk_arena_printf(&arena, &path, "%s/registry", folder));
    rmdir(path.p);
    rmdir(folder);
    bk_arena_release(&arena);
}

/* ---- annotations ---- */

TEST(annotations) {
    static const char config[] =
        "{\"name\":\"web\",\"home\":\"https://h\",\"sources\":[\"https://s\",\"https://t\"],\"version\":\"1.0.0\",\"description\":\"a <b>\","
        "\"maintainers\":[{\"name\":\"A\",\"email\":\"a@x\"},{\"email\":\"b@x\"},{\"name\":\"C\"}],\"apiVersion\":\"v2\","
        "\"annotations\":{\"org.opencontainers.image.title\":\"no\",\"org.opencontainers.image.url\":\"mine\",\"x\":\"\"}}";
    bk_arena arena;
    bk_map *m = NULL;
    bk_buf out;
    bk_err err = BK_ERR_INIT;
    bk_arena_init(&arena, 0);
    CHECK_OK(bk_push_annotations(&arena, bk_str_c(config), BK_S("2020-01-01T00:00:00Z"), &m, &err), &err);
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(bk_json_encode(&out, &arena, bk_map_value(m), BK_JSON_HTML, &err), &err);
    CHECK_STR(
        bk_buf_view(&out),
        "{\"org.opencontainers.image.authors\":\"A (a@x),  (b@x), C\",\"org.opencontainers.image.created\":\"2020-01-01T00:00:00Z\","
        "\"org.opencontainers.image.description\":\"a \\u003cb\\u003e\",\"org.opencontainers.image.source\":\"https://s\","
        "\"org.opencontainers.image.title\":\"web\",\"org.opencontainers.image.url\":\"mine\",\"org.opencontainers.image.version\":\"1.0.0\","
        "\"x\":\"\"}");
    bk_arena_release(&arena);
}

TEST_MAIN()
