#include "guard/policy.h"

#include "base/duration.h"

/* ---- profiles ---- */

static const char *const profiles[BK_PROFILE_COUNT] = {"default", "strict", "helm"};

static const bk_policy builtin[BK_PROFILE_COUNT] = {
    {.source = {"built-in", 8}, .profile = BK_PROFILE_DEFAULT},
    {.source = {"built-in", 8}, .profile = BK_PROFILE_STRICT},
    {.source = {"built-in", 8}, .profile = BK_PROFILE_HELM},
};

const bk_policy *bk_policy_builtin(bk_profile profile) { return &builtin[profile]; }

const char *bk_profile_name(bk_profile profile) { return profiles[profile]; }

bool bk_profile_find(bk_str name, bk_profile *ret) {
    for (size_t i = 0; i < BK_PROFILE_COUNT; i++) {
        if (!bk_str_eq(name, bk_str_c(profiles[i]))) continue;
        *ret = (bk_profile)i;
        return true;
    }
    return false;
}

bool bk_mode_find(bk_str name, bk_policy_mode *ret) {
    bool warn = bk_str_eq(name, BK_S("warn"));
    if (!warn && !bk_str_eq(name, BK_S("enforce"))) return false;
    *ret = warn ? BK_MODE_WARN : BK_MODE_ENFORCE;
    return true;
}

/* ---- what a profile says ---- */

static const char *const by_default[BK_RIGHT_COUNT] = {
#define BK_RIGHT(id, name, who, separator, stance, helm, quota, words) [BK_RIGHT_##id] = "built-in: " words,
#include "guard/rights.def"
#undef BK_RIGHT
};

static const char *named_words(bk_right right) {
    switch (right) {
    case BK_RIGHT_DNS: return "built-in: where rules name hosts, only those are resolved";
    case BK_RIGHT_HOOK_IMAGE: return "built-in: where rules name images of hooks, only those are allowed";
    case BK_RIGHT_HOOK_KIND: return "built-in: where rules name kinds of hooks, only those are allowed";
    default: return "built-in: where rules name some, only those are allowed";
    }
}

bk_verdict bk_profile_judge(bk_profile profile, bk_right right, bool named, const char **ret_rule) {
    const bk_right_info *info = bk_right_get(right);
    if (profile == BK_PROFILE_STRICT) {
        *ret_rule = "profile strict: nothing is allowed but what is granted";
        return BK_DENY;
    }
    bk_stance stance = profile == BK_PROFILE_HELM ? info->helm : info->by_default;
    if (profile == BK_PROFILE_HELM && stance == BK_STANCE_ALLOW) {
        *ret_rule = "profile helm: Helm allows it";
        return BK_ALLOW;
    }
    if (stance == BK_STANCE_NAMED && named) {
        *ret_rule = named_words(right);
        return BK_DENY;
    }
    *ret_rule = by_default[right];
    return stance == BK_STANCE_DENY ? BK_DENY : BK_ALLOW;
}

/* ---- limits of plugins ---- */

static const bk_limit_info limits[BK_PLUGIN_LIMIT_COUNT] = {
#define BK_PLUGIN_LIMIT(id, name, unit, dflt, strict, helm, words) \
    [BK_PLUGIN_LIMIT_##id] = {name, BK_UNIT_##unit, {dflt, strict, helm}, words},
#include "guard/limits.def"
#undef BK_PLUGIN_LIMIT
};

const bk_limit_info *bk_limit_get(bk_limit_kind kind) { return &limits[kind]; }

static void put_bytes(bk_buf *out, uint64_t n) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    size_t unit = 0;
    while (unit + 1 < BK_COUNT(units) && n >= 1024 && n % 1024 == 0) {
        n /= 1024;
        unit++;
    }
    bk_buf_uint(out, n);
    bk_buf_c(out, units[unit]);
}

void bk_limit_put(bk_buf *out, bk_limit_kind kind, uint64_t value) {
    char text[BK_DURATION_TEXT];
    if (value == BK_LIMIT_NONE) {
        bk_buf_c(out, "none");
        return;
    }
    switch (limits[kind].unit) {
    case BK_UNIT_COUNT: bk_buf_uint(out, value); break;
    case BK_UNIT_BYTES: put_bytes(out, value); break;
    case BK_UNIT_PAGES:
        bk_buf_uint(out, value);
        bk_buf_c(out, " pages (");
        put_bytes(out, value > UINT64_MAX >> 16 ? UINT64_MAX : value << 16);
        bk_buf_byte(out, ')');
        break;
    case BK_UNIT_MS:
        if (value > INT64_MAX / 1000000) value = INT64_MAX / 1000000;
        bk_buf_bytes(out, text, bk_duration_format((int64_t)value * 1000000, text));
        break;
    }
}

/* The first rule for this plugin that names the limit. */
static const bk_limit_rule *limit_rule(const bk_policy *policy, const bk_subject *plugin, bk_limit_kind kind) {
    for (size_t i = 0; i < policy->limit_count; i++) {
        const bk_limit_rule *r = &policy->limits[i];
        if (r->limits.of[kind] && bk_subject_match(&r->subject, plugin)) return r;
    }
    return NULL;
}

static uint64_t profile_limit(bk_profile profile, bk_limit_kind kind, uint64_t minimum_pages) {
    uint64_t n = limits[kind].of[profile];
    if (kind != BK_PLUGIN_LIMIT_PAGES || profile != BK_PROFILE_STRICT) return n;
    return minimum_pages < UINT32_MAX ? minimum_pages + n : minimum_pages;
}

void bk_policy_limits(const bk_policy *policy, const bk_subject *plugin, const bk_plugin_limits *asked, uint64_t minimum_pages,
                      bk_plugin_limits *ret, bk_str ret_sources[BK_PLUGIN_LIMIT_COUNT]) {
    static const char *const names[BK_PROFILE_COUNT] = {"profile default", "profile strict", "profile helm"};
    bool wall_given = false;
    for (size_t k = 0; k < BK_PLUGIN_LIMIT_COUNT; k++) {
        bk_limit_kind kind = (bk_limit_kind)k;
        const bk_limit_rule *rule = limit_rule(policy, plugin, kind);
        uint64_t wanted = asked->of[k], most = rule ? rule->limits.of[k] : BK_LIMIT_NONE;
        bk_str source = bk_str_c(names[policy->profile]);
        if (wanted) source = BK_S("plugin.yaml");
        else if (!rule) wanted = profile_limit(policy->profile, kind, minimum_pages);
        if (rule && (!wanted || wanted > most)) {
            wanted = most;
            source = rule->source;
        }
        if (k == BK_PLUGIN_LIMIT_WALL) wall_given = asked->of[k] || rule;
        ret->of[k] = wanted;
        if (ret_sources) ret_sources[k] = source;
    }
    /* Who is given more time than the wall's default gets it. */
    if (!wall_given && ret->of[BK_PLUGIN_LIMIT_WALL] < ret->of[BK_PLUGIN_LIMIT_TIME])
        ret->of[BK_PLUGIN_LIMIT_WALL] = ret->of[BK_PLUGIN_LIMIT_TIME];
}
