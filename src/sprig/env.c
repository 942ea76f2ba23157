#include "sprig/env.h"

void bk_sprig_env_release(bk_sprig_env *env) {
    if (env) bk_regex_cache_release(&env->regex);
}
