/* Host functions that ask a cluster: each entry prints the answers to fixed questions. */
#include "pdk.h"

USER(helm_get_values) extern u64 helm_get_values(u64 request);
USER(helm_get_release) extern u64 helm_get_release(u64 request);
USER(helm_get_manifest) extern u64 helm_get_manifest(u64 request);
USER(helm_list_releases) extern u64 helm_list_releases(u64 request);
USER(helm_lookup) extern u64 helm_lookup(u64 request);

static void show(u64 at) {
    static char text[1 << 16];
    u64 n = ext_length(at);
    u32 written;
    if (n > sizeof text - 1) n = sizeof text - 1;
    for (u64 i = 0; i < n; i++) text[i] = (char)ext_load_u8(at + i);
    text[n] = '\n';
    const struct {
        const void *p;
        u32 n;
    } v = {text, (u32)n + 1};
    wasi_fd_write(1, &v, 1, &written);
}

static u32 answer(void) {
    say("{}");
    return done();
}

/* What a cluster keeps of the release web. */
EXPORT(cluster) u32 cluster(void) {
    show(helm_list_releases(block_text("{}")));
    show(helm_list_releases(block_text("{\"filter\": \"^x\"}")));
    show(helm_get_release(block_text("{\"release\": \"web\"}")));
    show(helm_get_values(block_text("{\"release\": \"web\"}")));
    show(helm_get_values(block_text("{\"release\": \"web\", \"all\": true, \"revision\": 1}")));
    show(helm_get_manifest(block_text("{\"release\": \"web\"}")));
    show(helm_get_manifest(block_text("{\"release\": \"none\"}")));
    show(helm_get_manifest(block_text("{\"release\": \"../x\"}")));
    return answer();
}

EXPORT(objects) u32 objects(void) {
    show(helm_lookup(block_text("{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"name\": \"thing\"}")));
    show(helm_lookup(block_text("{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"name\": \"nothing\"}")));
    show(helm_lookup(block_text("{\"apiVersion\": \"v1\"}")));
    return answer();
}
