/* release_args.h: what the commands on releases share: the store, the output's format, colours. */
#ifndef BK_CLI_RELEASE_ARGS_H
#define BK_CLI_RELEASE_ARGS_H

#include "cli/kube_args.h"
#include "release/store.h"

typedef struct bk_cli_releases {
    bk_cli_cluster cluster; /* not with the driver memory: then kube is NULL */
    bk_store *store;
    bk_str namespace_;
} bk_cli_releases;

/* The cluster of the flags and the store that HELM_DRIVER names in it. */
bk_status bk_cli_releases_open(bk_cli *cli, bool all_namespaces, int64_t max_history, bk_cli_releases *ret, bk_err *err);
void bk_cli_releases_close(bk_cli_releases *r);

/* --output */
typedef enum bk_format {
    BK_FORMAT_TABLE,
    BK_FORMAT_JSON,
    BK_FORMAT_YAML,
} bk_format;

extern const bk_flag bk_flags_output[];
bk_format bk_cli_format(const bk_cli *cli);
/* Appends JSON text in that format: as it is, with a newline, or as YAML. */
bk_status bk_cli_put_json(bk_cli *cli, bk_format format, bk_str json, bk_err *err);

/* never, auto or always: the last of --color and --colour. */
bk_str bk_cli_color_mode(const bk_cli *cli);
/* Whether output is coloured: that, and a terminal. */
bool bk_cli_colors(bk_cli *cli);
/* A text in a status's colour, in a namespace's, as a heading; as it is without colours. */
bk_str bk_cli_color_status(bk_cli *cli, bk_str status);
bk_str bk_cli_color_namespace(bk_cli *cli, bk_str name);
bk_str bk_cli_color_heading(bk_cli *cli, const char *text);

#endif
