#include "cli/release_print.h"

#include "base/unicode.h"
#include "base/utf8.h"
#include "data/yaml.h"

#define ZERO_TIME BK_S("Mon Jan  1 00:00:00 0001")

static void line(bk_cli *cli, const char *name, bk_str text) {
    bk_buf_c(&cli->out, name);
    bk_buf_str(&cli->out, text);
    bk_buf_byte(&cli->out, '\n');
}

void bk_cli_print_hooks(bk_cli *cli, const bk_release *release) {
    for (size_t i = 0; i < release->hook_count; i++) {
        line(cli, "---\n# Source: ", release->hooks[i].path);
        line(cli, "", release->hooks[i].manifest);
    }
}

static bk_str ansic(const bk_release_time *t) { return t->ansic.n ? t->ansic : ZERO_TIME; }

/* The hooks that are tests, with their last run; those that did not run are left out. */
static void print_tests(bk_cli *cli, const bk_release *r) {
    bool any = false;
    for (size_t i = 0; i < r->hook_count; i++) {
        const bk_hook *h = &r->hooks[i];
        if (!bk_hook_has_event(h, "test")) continue;
        any = true;
        if (!h->started.text.n) continue;
        line(cli, "TEST SUITE:     ", h->name);
        line(cli, "Last Started:   ", ansic(&h->started));
        line(cli, "Last Completed: ", ansic(&h->completed));
        line(cli, "Phase:          ", h->phase);
    }
    if (!any) bk_buf_c(&cli->out, "TEST SUITE: None\n");
}

static bk_status print_values(bk_cli *cli, const char *heading, bk_value values, bk_err *err) {
    bk_buf_c(&cli->out, heading);
    BK_TRY(bk_yaml_encode(&cli->out, cli->arena, values, err));
    bk_buf_byte(&cli->out, '\n');
    return BK_OK;
}

/* Without white space of any kind at both ends. */
static bk_str trim(bk_str s) {
    size_t w;
    while (s.n && bk_rune_is_space(bk_utf8_decode(s, &w))) s = bk_str_from(s, w);
    while (s.n && bk_rune_is_space(bk_utf8_decode_last(s, &w))) s.n -= w;
    return s;
}

static bk_status print_text(bk_cli *cli, const bk_release *r, const bk_release_print *how, bk_err *err) {
    line(cli, "NAME: ", r->name);
    if (r->last_deployed.text.n) line(cli, "LAST DEPLOYED: ", ansic(&r->last_deployed));
    line(cli, "NAMESPACE: ", bk_cli_color_namespace(cli, r->namespace_));
    line(cli, "STATUS: ", bk_cli_color_status(cli, r->status));
    bk_buf_printf(&cli->out, "REVISION: %lld\n", (long long)r->version);
    if (how->show_metadata) {
        line(cli, "CHART: ", bk_release_metadata(r, "name"));
        line(cli, "VERSION: ", bk_release_metadata(r, "version"));
        line(cli, "APP_VERSION: ", bk_release_metadata(r, "appVersion"));
    }
    line(cli, "DESCRIPTION: ", r->description);
    if (how->resources.n) line(cli, "RESOURCES:\n", how->resources);
    print_tests(cli, r);
    if (how->debug) {
        BK_TRY(print_values(cli, "USER-SUPPLIED VALUES:\n", r->config, err));
        BK_TRY(print_values(cli, "COMPUTED VALUES:\n", r->computed, err));
    }
    if (how->debug || bk_str_eq_fold(r->description, BK_S("Dry run complete"))) {
        bk_buf_c(&cli->out, "HOOKS:\n");
        bk_cli_print_hooks(cli, r);
        line(cli, "MANIFEST:\n", r->manifest);
    }
    if (!how->hide_notes && r->notes.n) line(cli, "NOTES:\n", trim(r->notes));
    return bk_buf_check(&cli->out, err);
}

bk_status bk_cli_print_release(bk_cli *cli, const bk_release *release, const bk_release_print *how, bk_err *err) {
    bk_format format = bk_flags_find(&cli->flags, BK_S("output")) ? bk_cli_format(cli) : BK_FORMAT_TABLE;
    bk_buf json;
    if (format == BK_FORMAT_TABLE) return print_text(cli, release, how, err);
    bk_buf_init(&json, cli->arena, 0);
    BK_TRY(bk_release_json(&json, cli->arena, release, how->show_metadata || how->chart, how->resources, err));
    return bk_cli_put_json(cli, format, bk_buf_take(&json), err);
}
