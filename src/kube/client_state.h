/* client_state.h: the inside of a bk_kube. Internal to src/kube. */
#ifndef BK_KUBE_CLIENT_STATE_H
#define BK_KUBE_CLIENT_STATE_H

#include "kube/client.h"
#include "kube/exec.h"

enum { BK_KUBE_WARNED = 64 };

struct bk_kube {
    const bk_kube_config *config;
    bk_kube_client_options options;
    bk_arena arena; /* credentials, warnings */
    bk_net *net;
    /* Credentials that change. */
    bk_kube_credential credential;
    bool has_credential, reopen;
    bk_str token; /* of the file */
    uint64_t token_at;
    /* The bucket of --qps and --burst-limit. */
    double qps, room;
    unsigned burst;
    uint64_t room_at;
    uint32_t warned[BK_KUBE_WARNED]; /* hashes of warnings */
    size_t warned_count;
};

uint64_t bk_kube_now(void); /* monotonic, ms */
/* 0: go; else milliseconds until it may be asked again. */
uint32_t bk_kube_take_turn(bk_kube *kube);
/* Has them ready; `refused`: the server said 401 to the present ones. */
bk_status bk_kube_credentials(bk_kube *kube, bool refused, bk_err *err);
bool bk_kube_can_renew(const bk_kube *kube);
bk_status bk_kube_net_request(bk_kube *kube, bk_arena *arena, const bk_kube_request *from, bk_net_request *to, bk_err *err);

/* answer.c: what a status of 400 and above means. */
bk_status bk_kube_refused(bk_arena *arena, const bk_kube_request *request, bk_kube_answer *answer, bk_err *err);
/* Passes on the warnings of an answer. */
void bk_kube_warnings(bk_kube *kube, const bk_net_answer *answer);

#endif
