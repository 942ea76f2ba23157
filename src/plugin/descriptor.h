/* descriptor.h: what a plugin says of itself, checked.
 *
 * plugin.yaml is foreign YAML: it is parsed and judged in a compartment of its own (the call PLUGIN), and the answer is checked again here: lengths,
 * counts, characters. What Helm accepts is accepted and what it refuses is refused, with its words; stricter are unknown keys of
 * runtimeConfig, page counts out of range and a second document, which are warnings when `lenient` is set (the profile `helm`).
 *
 *     bk_plugin plugin;
 *     BK_TRY(bk_plugin_load(arena, dir, lenient, &plugin, err));     plugin.yaml read, plugin.wasm known to be there
 *     BK_TRY(bk_plugin_read_code(arena, &plugin, err));              plugin.wasm read once: these bytes are hashed, compiled, run
 *     use(plugin.about.name, plugin.digest);
 *
 * Everything lies in the arena. Texts hold no NUL; help texts and the source hold no control characters. Each text is followed by a NUL
 * that does not count, so that it can be handed to the system. */
#ifndef BK_PLUGIN_DESCRIPTOR_H
#define BK_PLUGIN_DESCRIPTOR_H

#include "base/arena.h"
#include "base/err.h"
#include "sandbox/cache.h"

#define BK_PLUGIN_FILE "plugin.yaml"
#define BK_PLUGIN_CODE "plugin.wasm"
#define BK_PLUGIN_FILE_MAX ((size_t)1 << 20)   /* bytes of plugin.yaml */
#define BK_PLUGIN_CODE_MAX ((size_t)256 << 20) /* bytes of plugin.wasm; policies allow less */
#define BK_PLUGIN_DIGEST_TEXT 72u              /* "sha256:", 64 hexadecimal digits, a NUL */

typedef enum bk_plugin_type {
    BK_PLUGIN_CLI,
    BK_PLUGIN_GETTER,
    BK_PLUGIN_POSTRENDERER,
    BK_PLUGIN_TEST, /* loads, and nothing calls it */
} bk_plugin_type;

typedef enum bk_plugin_runtime {
    BK_PLUGIN_SUBPROCESS,
    BK_PLUGIN_EXTISM,
} bk_plugin_runtime;

typedef struct bk_texts {
    const bk_str *items;
    size_t count;
} bk_texts;

/* One choice of a command for a platform; empty os and arch: any. */
typedef struct bk_plugin_command {
    bk_str os, arch; /* Go's names */
    bk_str command;  /* split at single blanks, the first word expanded */
    bk_texts args;
} bk_plugin_command;

typedef struct bk_plugin_commands {
    const bk_plugin_command *items;
    size_t count;
} bk_plugin_commands;

typedef struct bk_plugin_hook {
    bk_str event; /* "install", "update", "delete"; others are never run */
    bk_plugin_commands commands;
} bk_plugin_hook;

typedef struct bk_plugin_protocol {
    bk_texts schemes;
    bk_plugin_commands commands;
} bk_plugin_protocol;

/* runtimeConfig of `subprocess`. */
typedef struct bk_plugin_process {
    bk_plugin_commands commands;
    const bk_plugin_hook *hooks;
    size_t hook_count;
    bool expand_hooks; /* $X in arguments of hooks; not in the texts of legacy ones, which a shell expands */
    const bk_plugin_protocol *protocols;
    size_t protocol_count;
} bk_plugin_process;

typedef struct bk_plugin_pair {
    bk_str key, value;
} bk_plugin_pair;

/* runtimeConfig of `extism/v1`: what the plugin asks for. 0 in a number: not given. */
typedef struct bk_plugin_wasm {
    uint32_t max_pages;     /* 1 to 65536 */
    int64_t max_http_bytes; /* negative: the SDK's default, 50 MiB */
    int64_t max_var_bytes;  /* negative: the SDK's default, 1 MiB */
    uint64_t timeout_ms;
    const bk_plugin_pair *config;
    size_t config_count;
    bk_texts hosts; /* patterns */
    bool temp_dir;
    bk_texts functions; /* names of host functions */
    bk_str entry;       /* "helm_plugin_main" when not given */
} bk_plugin_wasm;

typedef struct bk_plugin_about {
    bk_str api_version; /* "v1" or "legacy" */
    bk_str name;        /* letters, digits, "_" and "-" */
    bk_str version;     /* a semantic version; a legacy plugin may have none */
    bk_plugin_type type;
    bk_plugin_runtime runtime;
    bk_str source_url;
    bk_str usage, short_help, long_help; /* cli/v1 */
    bool ignore_flags;
    bk_texts schemes; /* getter/v1: protocols */
    bk_plugin_process process;
    bk_plugin_wasm wasm;
    bk_texts warnings; /* what was let pass, a line each */
} bk_plugin_about;

/* Which plugin.wasm it was: where the file lies, its size, and when it was changed last. */
typedef struct bk_plugin_stamp {
    uint64_t device, inode, size, modified, modified_ns, changed, changed_ns;
} bk_plugin_stamp;

typedef struct bk_plugin {
    bk_plugin_about about;
    bk_str dir;             /* as it was found, with a NUL behind it */
    bk_str file;            /* bytes of plugin.yaml */
    bk_str code;            /* bytes of plugin.wasm; NULL before bk_plugin_read_code, and when it was recognised */
    bk_sandbox_blob memory; /* that they lie in */
    bk_plugin_stamp stamp;  /* this and the next two with the digest, of an Extism plugin */
    uint64_t code_size;
    uint32_t code_pages;                /* what the module declares for its memory */
    bool recognised;                    /* the digest is that of bk_plugin_recognise */
    bool linked;                        /* dir is a symbolic link: a development install */
    char digest[BK_PLUGIN_DIGEST_TEXT]; /* "sha256:…"; empty before bk_plugin_read_code */
} bk_plugin;

/* "cli/v1"; "subprocess", "extism/v1". */
const char *bk_plugin_type_name(bk_plugin_type type);
const char *bk_plugin_runtime_name(bk_plugin_runtime runtime);

/* Reads a plugin.yaml. Errors are Helm's, without the file's name. */
bk_status bk_plugin_parse(bk_arena *arena, bk_str yaml, bool lenient, bk_plugin_about *ret, bk_err *err);

/* Loads <dir>/plugin.yaml. Errors: `failed to read plugin at "P": …`, `failed to load plugin "DIR": …`, `wasm binary missing for extism/v1 plugin: "P"`. */
bk_status bk_plugin_load(bk_arena *arena, bk_str dir, bool lenient, bk_plugin *ret, bk_err *err);
/* The same with a cache of answers, or NULL: a plugin.yaml whose very bytes were parsed before needs no compartment. What was kept is checked like what a compartment says. */
bk_status bk_plugin_load_known(bk_arena *arena, bk_str dir, bool lenient, const bk_sandbox_cache *answers, bk_plugin *ret, bk_err *err);

/* Reads plugin.wasm (extism/v1), and fills in the digest that grants are bound to: of plugin.yaml and plugin.wasm, for a subprocess plugin of the
 * whole folder. Does nothing when that has been done, or the plugin was recognised. */
bk_status bk_plugin_read_code(bk_arena *arena, bk_plugin *plugin, bk_err *err);
/* Gives the bytes of plugin.wasm back when nobody needs them any more; the digest stays. */
void bk_plugin_drop_code(bk_plugin *plugin);

/* Reading and hashing megabytes takes a quarter of a call. So the cache remembers of large files which had which digest: by device, inode, size, the times
 * of its last changes, and the bytes of plugin.yaml. The digest of a recognised plugin leads to the code that was compiled from the very bytes that
 * were hashed, under the cache's MAC (sandbox/cache.h): a file that was exchanged without a trace runs as what it was, never as something that nobody hashed.
 * A file is remembered only when it was last changed some seconds ago, since changes within one tick of the clock leave the same times. */
bool bk_plugin_recognise(bk_arena *arena, const bk_sandbox_cache *cache, bk_plugin *plugin);
void bk_plugin_remember(const bk_sandbox_cache *cache, const bk_plugin *plugin);

/* The digest of a folder: SHA-256 over all that is in it, in the order of paths: kind (file, executable file, folder, link), path, and bytes or the link's
 * target. Links are not followed. Devices, pipes and sockets are refused. As "sha256:…". */
bk_status bk_plugin_tree_digest(bk_arena *arena, bk_str dir, char ret[BK_PLUGIN_DIGEST_TEXT], bk_err *err);

/* A file below a folder: regular, at most `max` bytes. Errors as Go's: "open P: no such file or directory". */
bk_status bk_plugin_read_file(bk_arena *arena, bk_str dir, const char *name, size_t max, bk_str *ret, bk_err *err);

#endif
