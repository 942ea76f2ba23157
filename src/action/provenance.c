#define _GNU_SOURCE
#include "action/provenance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "action/inputs.h"
#include "action/render.h"
#include "sandbox/digest.h"
#include "guard/escape.h"
#include "value/map.h"

/* ---- files ---- */

bk_status bk_keyring_default(bk_arena *arena, bk_str *ret, bk_err *err) {
    static const char *const names[] = {"pubring.gpg", "pubring.kbx", "pubring.gpg"};
    const char *home = getenv("GNUPGHOME"), *user = getenv("HOME");
    for (size_t i = 0; i < BK_COUNT(names); i++) {
        bool ok = home && *home ? bk_arena_printf(arena, ret, "%s/%s", home, names[i])
                                : bk_arena_printf(arena, ret, "%s/.gnupg/%s", user ? user : "", names[i]);
        if (!ok) return bk_arena_fail(arena, err);
        if (i + 1 < BK_COUNT(names) && access(ret->p, F_OK) == 0) break;
    }
    return BK_OK;
}

/* The hash as provenance files write it. */
static bk_status hash_of(bk_arena *arena, bk_str bytes, bk_str *ret, bk_err *err) {
    unsigned char digest[BK_DIGEST_SIZE];
    bk_digest hash;
    bk_buf text;
    bk_digest_init(&hash);
    bk_digest_add(&hash, bytes);
    bk_digest_final(&hash, digest);
    bk_buf_init(&text, arena, 0);
    bk_buf_c(&text, "sha256:");
    bk_digest_hex(&text, digest);
    BK_TRY(bk_buf_check(&text, err));
    *ret = bk_buf_take(&text);
    return BK_OK;
}

/* ---- checking ---- */

bk_status bk_provenance_hash(bk_arena *arena, bk_str text, bk_str name,
                             bk_status (*yaml)(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err), bk_str *ret, bk_err *err) {
    static const bk_str mark = {"\n...\n", 5};
    bk_value v;
    size_t at = bk_str_find(text, mark);
    if (at == BK_NPOS) return bk_err_set(err, BK_ERR, "message block must have at least two parts");
    bk_str sums = bk_str_from(text, at + mark.n);
    size_t end = bk_str_find(sums, mark);
    if (end != BK_NPOS) sums = bk_str_sub(sums, 0, end);
    BK_TRY(yaml(arena, sums, &v, err));
    bk_value *files = v.kind == BK_MAP && v.map ? bk_map_get(v.map, BK_S("files")) : NULL;
    bk_value *hash = files && files->kind == BK_MAP && files->map ? bk_map_get(files->map, name) : NULL;
    if (!hash || !bk_is_string(*hash))
        return bk_err_set(err, BK_ERR, "provenance does not contain a SHA for a file named \"%.*s\"", BK_FMT(name));
    *ret = bk_value_str(*hash);
    return BK_OK;
}

bk_status bk_provenance_check(bk_arena *arena, bk_str file_name, bk_str bytes, bk_str provenance, bk_str keyring_path, bk_provenance *ret,
                              bk_err *err) {
    bk_str keyring, text, claimed;
    if (bk_file_load(arena, keyring_path, BK_TRUST_KEYRING_MAX, &keyring, err) != BK_OK) return bk_err_wrap(err, "failed to load keyring");
    BK_TRY(bk_openpgp_verify(arena, keyring, provenance, &text, &ret->signer, err));
    BK_TRY(bk_provenance_hash(arena, text, file_name, bk_engine_yaml, &claimed, err));
    BK_TRY(hash_of(arena, bytes, &ret->hash, err));
    ret->text = text;
    if (bk_str_eq(claimed, ret->hash)) return BK_OK;
    return bk_err_set(err, BK_ERR, "sha256 sum does not match for %.*s: \"%.*s\" != \"%.*s\"", BK_FMT(file_name), BK_FMT(claimed),
                      BK_FMT(ret->hash));
}

void bk_provenance_print(const bk_provenance *p, const char *what, bk_buf *out) {
    for (size_t i = 0; i < p->signer.identity_count; i++) {
        bk_buf_c(out, "Signed by: ");
        bk_escape_line(out, p->signer.identities[i]);
        bk_buf_byte(out, '\n');
    }
    bk_buf_c(out, "Using Key With Fingerprint: ");
    bk_escape_line(out, p->signer.fingerprint);
    bk_buf_printf(out, "\n%s Hash Verified: ", what);
    bk_escape_line(out, p->hash);
    bk_buf_byte(out, '\n');
}

/* ---- signing ---- */

enum { PASSPHRASE_MAX = 4096 };

/* The first line of the file, as Helm reads it. */
static bk_status passphrase_from_file(bk_arena *arena, bk_str path, bk_str *ret, bk_err *err) {
    bk_str text, line;
    if (bk_str_eq(path, BK_S("-"))) {
        struct stat st;
        if (fstat(STDIN_FILENO, &st) != 0 || !S_ISFIFO(st.st_mode))
            return bk_err_set(err, BK_ERR, "specified reading passphrase from stdin, without input on stdin");
        path = BK_S("/dev/stdin");
    }
    BK_TRY(bk_file_load(arena, path, PASSPHRASE_MAX, &text, err));
    if (!text.n) return bk_err_set(err, BK_ERR, "EOF");
    bk_str_line(&text, &line);
    if (bk_str_ends(line, BK_S("\r"))) line.n--;
    *ret = line;
    return BK_OK;
}

/* One line from the terminal, unseen. */
static bk_status passphrase_from_terminal(bk_arena *arena, bk_str name, bk_str *ret, bk_err *err) {
    struct termios shown, hidden;
    bk_buf prompt;
    char *line = bk_arena_alloc(arena, PASSPHRASE_MAX);
    size_t n = 0;
    if (!line) return bk_arena_fail(arena, err);
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return bk_err_set(err, BK_ERR,
                          "the key needs a pass phrase, and standard input is no terminal; name a file with --passphrase-file");
    bk_buf_init(&prompt, arena, 0);
    bk_buf_c(&prompt, "Password for key \"");
    bk_escape_line(&prompt, name);
    bk_buf_c(&prompt, "\" >  ");
    bk_str text = bk_buf_view(&prompt);
    if (write(STDOUT_FILENO, text.p, text.n) < 0) return bk_err_set(err, BK_ERR_IO, "cannot ask for the pass phrase");
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ICANON | ISIG;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    for (char c; n < PASSPHRASE_MAX;) {
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || c == '\n') break;
        line[n++] = c;
    }
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    if (write(STDOUT_FILENO, "\n", 1) < 0) return bk_err_set(err, BK_ERR_IO, "cannot ask for the pass phrase");
    *ret = bk_str_of(line, n);
    return BK_OK;
}

static bk_status need_passphrase(bk_arena *arena, bk_signing *s, bk_str name, bk_err *err) {
    if (s->have_passphrase) return BK_OK;
    BK_TRY(s->passphrase_file.n ? passphrase_from_file(arena, s->passphrase_file, &s->passphrase, err)
                                : passphrase_from_terminal(arena, name, &s->passphrase, err));
    s->have_passphrase = true;
    return BK_OK;
}

void bk_signing_forget(bk_signing *s) {
    /* It lies in the arena, in memory of ours. */
    if (s->passphrase.n) explicit_bzero((char *)s->passphrase.p, s->passphrase.n);
    s->passphrase = (bk_str){NULL, 0};
    s->have_passphrase = false;
}

/* A key of the YAML map: archive names are plain words but for the odd one, which is quoted. */
static void put_name(bk_buf *out, bk_str name) {
    bool plain = name.n && ((name.p[0] | 0x20) >= 'a' && (name.p[0] | 0x20) <= 'z');
    for (size_t i = 0; i < name.n && plain; i++)
        plain = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+", name.p[i]) && name.p[i];
    if (plain) {
        bk_buf_str(out, name);
        return;
    }
    bk_buf_byte(out, '\'');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '\'') bk_buf_byte(out, '\'');
        bk_buf_byte(out, name.p[i]);
    }
    bk_buf_byte(out, '\'');
}

bk_status bk_signing_load(bk_arena *arena, bk_signing *s, bk_err *err) {
    if (s->keyring.p) return BK_OK;
    return bk_file_load(arena, s->keyring_path, BK_TRUST_KEYRING_MAX, &s->keyring, err);
}

bk_status bk_signing_unlock(bk_arena *arena, bk_signing *s, bk_err *err) {
    bk_signing_key key;
    if (s->unlocked) return BK_OK;
    BK_TRY(bk_signing_load(arena, s, err));
    if (!s->key.n) return bk_err_set(err, BK_ERR, "private key not found");
    BK_TRY(bk_openpgp_find_key(arena, s->keyring, s->key, &key, err));
    if (key.is_protected || s->passphrase_file.n)
        BK_TRY(need_passphrase(arena, s, key.name, err)); /* a file that was named has to be there */
    s->is_protected = key.is_protected;
    s->unlocked = true;
    return BK_OK;
}

bk_status bk_provenance_make(bk_arena *arena, bk_signing *s, bk_str file_name, bk_str bytes, bk_str metadata, bk_str more, bk_str *ret,
                             bk_err *err) {
    bk_str hash;
    bk_buf text;
    BK_TRY(bk_signing_unlock(arena, s, err));
    BK_TRY(hash_of(arena, bytes, &hash, err));
    bk_buf_init(&text, arena, BK_TRUST_TEXT_MAX);
    bk_buf_str(&text, metadata);
    bk_buf_c(&text, "\n...\nfiles:\n  ");
    put_name(&text, file_name);
    bk_buf_c(&text, ": ");
    bk_buf_str(&text, hash);
    bk_buf_byte(&text, '\n');
    if (more.n) bk_buf_c(&text, "\n...\n");
    bk_buf_str(&text, more);
    BK_TRY(bk_buf_check(&text, err));
    return bk_openpgp_sign(arena, s->keyring, s->key, s->is_protected ? s->passphrase : BK_S(""), bk_buf_view(&text), ret, err);
}
