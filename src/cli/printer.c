#include "cli/printer.h"

#include "action/grid.h"
#include "data/json.h"
#include "data/yaml.h"
#include "value/map.h"

static bk_status check(bk_str text, bk_err *err) {
    if (bk_str_eq(text, BK_S("table")) || bk_str_eq(text, BK_S("json")) || bk_str_eq(text, BK_S("yaml"))) return BK_OK;
    return bk_err_set(err, BK_ERR, "invalid format type");
}

const bk_flag bk_flags_format[] = {
    {.name = "output",
     .letter = 'o',
     .type = BK_FLAG_STRING,
     .type_name = "format",
     .fallback = "table",
     .check = check,
     .help = "print as table, json or yaml"},
    {0},
};

bool bk_cli_wants_table(const bk_cli *cli) { return bk_str_eq(bk_flags_str(&cli->flags, "output"), BK_S("table")); }

static bk_str cell(bk_value item, const char *key) {
    bk_str rest = bk_str_c(key), part;
    while (rest.n) {
        bk_str_cut(rest, BK_S("."), &part, &rest);
        const bk_value *next = item.kind == BK_MAP ? bk_map_get(item.map, part) : NULL;
        if (!next) return BK_S("");
        item = *next;
    }
    return bk_is_string(item) ? bk_value_str(item) : BK_S("");
}

static bk_status print_table(bk_cli *cli, const bk_printing *p, bk_value list, bk_err *err) {
    bk_grid table;
    bk_grid_init(&table, cli->arena, p->columns.count, p->most);
    for (size_t c = 0; c < p->columns.count && !p->no_headers; c++) bk_grid_add(&table, bk_str_c(p->columns.titles[c]));
    for (uint32_t i = 0; i < list.len; i++)
        for (size_t c = 0; c < p->columns.count; c++) bk_grid_add(&table, cell(list.items[i], p->columns.keys[c]));
    return bk_grid_print(&table, &cli->out, err);
}

/* A value, the members of a map in the order in which they were put there. */
static bk_status print_value(bk_cli *cli, bk_value v, bk_err *err) {
    if (v.kind != BK_MAP) return bk_json_encode(&cli->out, cli->arena, v, BK_JSON_HTML, err);
    bk_buf_byte(&cli->out, '{');
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        if (i) bk_buf_byte(&cli->out, ',');
        bk_json_encode_string(&cli->out, e->key, BK_JSON_HTML);
        bk_buf_byte(&cli->out, ':');
        BK_TRY(bk_json_encode(&cli->out, cli->arena, e->value, BK_JSON_HTML, err));
    }
    bk_buf_byte(&cli->out, '}');
    return BK_OK;
}

/* Members in the order of Helm's structs. */
static bk_status print_json(bk_cli *cli, const bk_printing *p, bk_value list, bk_err *err) {
    bk_buf_byte(&cli->out, '[');
    for (uint32_t i = 0; i < list.len; i++) {
        bk_buf_c(&cli->out, i ? ",{" : "{");
        for (size_t k = 0; p->members[k]; k++) {
            const bk_value *v = list.items[i].kind == BK_MAP ? bk_map_get(list.items[i].map, bk_str_c(p->members[k])) : NULL;
            if (k) bk_buf_byte(&cli->out, ',');
            bk_json_encode_string(&cli->out, bk_str_c(p->members[k]), BK_JSON_HTML);
            bk_buf_byte(&cli->out, ':');
            BK_TRY(print_value(cli, v ? *v : bk_nil(), err));
        }
        bk_buf_byte(&cli->out, '}');
    }
    bk_buf_c(&cli->out, "]\n");
    return bk_buf_check(&cli->out, err);
}

bk_status bk_cli_print_list(bk_cli *cli, const bk_printing *p, bk_value list, bk_err *err) {
    if (bk_cli_wants_table(cli)) return print_table(cli, p, list, err);
    if (bk_str_eq(bk_flags_str(&cli->flags, "output"), BK_S("json"))) return print_json(cli, p, list, err);
    return bk_yaml_encode(&cli->out, cli->arena, list, err);
}
