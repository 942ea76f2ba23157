/* record.h: the record of a run, written (--record) and read back (--replay).
 *
 * A record is what a run was told: the order of its calls, inputs, requests and answers. Calls and inputs are kept as HMACs under the run's key, which is kept
 * as well; requests and answers of effects are kept whole, so a record holds secrets and has mode 0600. docs/ledger.md has the format.
 *
 * Reading, every step of the run is compared with the next entry, byte by byte; the first difference is an error that names both. Calls of the recorded run that this
 * one does not make (an install makes more than a template) are passed over, when a later one is the same. */
#ifndef BK_GUARD_RECORD_H
#define BK_GUARD_RECORD_H

#include "base/boundary.h"
#include "sandbox/digest.h"

#define BK_RECORD_MAX ((size_t)1 << 30)

typedef struct bk_record bk_record;

/* What a run is: kept in the head, and compared at a replay. */
typedef struct bk_record_head {
    bk_str release, namespace_;
    unsigned char key[BK_DIGEST_SIZE];
} bk_record_head;

/* For writing / for reading: the latter fills in the key of the recorded run, and fails when the file is incomplete, damaged, or of another release. */
bk_status bk_record_create(const char *path, const bk_record_head *head, bk_record **ret, bk_err *err);
bk_status bk_record_open(const char *path, bk_record_head *head, bk_record **ret, bk_err *err);
bool bk_record_reading(const bk_record *record);

/* One step of the run, written or compared. */
bk_status bk_record_call(bk_record *record, uint32_t op, const unsigned char hmac[BK_DIGEST_SIZE], bk_err *err);
bk_status bk_record_input(bk_record *record, const unsigned char hmac[BK_DIGEST_SIZE], bk_err *err);
/* `where` is for the message only. */
bk_status bk_record_ask(bk_record *record, uint32_t effect, bk_str request, bk_str where, bk_err *err);
/* The answer to the ask just made: writing keeps it; reading gives it (bytes live as long as the record). */
bk_status bk_record_answer(bk_record *record, bk_status status, bk_str bytes, bk_err *err);
bk_status bk_record_answered(bk_record *record, bk_status *ret_status, bk_str *ret_bytes, bk_err *err);

/* A fact of the run that nobody asks for (what a cluster is like): written when the run comes to it. Reading, the next one of that name is looked for, past steps that this run
 * does not take, and *ret lives as long as the record; without one *ret_found is false and nothing has moved. */
bk_status bk_record_fact(bk_record *record, const char *name, bk_str bytes, bk_err *err);
bk_status bk_record_recall(bk_record *record, const char *name, bool *ret_found, bk_str *ret, bk_err *err);

/* A plugin's call begins: `about` says which plugin, for messages too. Reading, calls that this run does not make are passed over. */
bk_status bk_record_plugin(bk_record *record, bk_str about, const unsigned char input[BK_DIGEST_SIZE], bk_err *err);
/* What a plugin asks for: in words, and all of it. An answer follows, as that of an effect. */
bk_status bk_record_plugin_ask(bk_record *record, bk_str about, bk_str request, bk_err *err);
bk_status bk_record_plugin_end(bk_record *record, bk_status status, const unsigned char output[BK_DIGEST_SIZE], bk_err *err);

/* Writing: completes the file. Reading: an error when the recorded run went on longer. */
bk_status bk_record_close(bk_record *record, bk_err *err);
/* Without a close the file stays incomplete, and a replay refuses it. NULL is fine. */
void bk_record_free(bk_record *record);

#endif
