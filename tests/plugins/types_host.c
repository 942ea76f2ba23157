/* Host functions: each entry calls one and prints its answer. */
#include "pdk.h"

USER(helm_get_values) extern u64 helm_get_values(u64 request);
USER(helm_get_release) extern u64 helm_get_release(u64 request);
USER(helm_lookup) extern u64 helm_lookup(u64 request);
USER(helm_render) extern u64 helm_render(u64 request);
USER(helm_log) extern u64 helm_log(u64 request);

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
    wasi_fd_write(2, &v, 1, &written);
}

static u32 same(void) {
    u64 n = ext_input_length(), at = ext_alloc(n);
    for (u64 i = 0; i < n; i++) ext_store_u8(at + i, ext_input_load_u8(i));
    ext_output_set(at, n);
    return 0;
}

/* The answer goes back as the input came: good for a post-renderer, and for a command, which may answer any object. */
EXPORT(values) u32 values(void) {
    show(helm_get_values(block_text("{}")));
    return same();
}
EXPORT(other_values) u32 other_values(void) {
    show(helm_get_values(block_text("{\"release\": \"other\"}")));
    return same();
}
EXPORT(release) u32 release(void) {
    show(helm_get_release(block_text("{}")));
    return same();
}
EXPORT(lookup) u32 lookup(void) {
    show(helm_lookup(block_text("{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"name\": \"x\"}")));
    return same();
}
EXPORT(render) u32 render(void) {
    show(helm_render(block_text(
        "{\"release\": \"inner\", \"namespace\": \"ns\", \"values\": {\"who\": \"plugin\"}, \"files\": {"
        "\"Chart.yaml\": \"apiVersion: v2\\nname: small\\nversion: 0.1.0\\n\","
        "\"templates/a.yaml\": \"kind: ConfigMap\\nmetadata: {name: {{ .Release.Name }}}\\ndata: {who: {{ .Values.who }}}\\n\"}}")));
    return same();
}
EXPORT(render_lookup) u32 render_lookup(void) {
    show(helm_render(block_text("{\"files\": {\"Chart.yaml\": \"apiVersion: v2\\nname: small\\nversion: 0.1.0\\n\","
                                "\"templates/a.yaml\": \"a: {{ fail \\\"it will not\\\" }}\\n\"}}")));
    return same();
}
EXPORT(render_bad) u32 render_bad(void) {
    show(helm_render(block_text("{\"files\": {\"../Chart.yaml\": \"x\"}}")));
    show(helm_render(block_text("{\"archive\": \"AAAA\"}")));
    show(helm_render(block_text("{}")));
    show(helm_render(block_text("[")));
    return same();
}
/* What the chart asks for is denied: that is the end of the plugin too. */
EXPORT(render_denied) u32 render_denied(void) {
    show(helm_render(block_text("{\"files\": {\"Chart.yaml\": \"apiVersion: v2\\nname: small\\nversion: 0.1.0\\n\","
                                "\"values.schema.json\": \"{\\\"$ref\\\": \\\"https://127.0.0.1:1/schema.json\\\"}\"}}")));
    return same();
}
EXPORT(log_lines) u32 log_lines(void) {
    show(helm_log(block_text("{\"level\": \"warn\", \"message\": \"a \\u001b[31mred\\u001b line\"}")));
    show(helm_log(block_text("{\"level\": \"loud\", \"message\": \"x\"}")));
    return same();
}
