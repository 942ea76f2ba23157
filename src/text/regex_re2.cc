#include "text/regex_re2.h"

#include <re2/re2.h>

#include <cstring>
#include <new>

using re2::RE2;
using re2::StringPiece;

// RE2's own tables, which its public headers do not show: the same in every release since 2010.
namespace re2 {
struct URange16 {
    uint16_t lo, hi;
};
struct URange32 {
    int lo, hi;
};
struct UGroup {
    const char *name;
    int sign;
    const URange16 *r16;
    int nr16;
    const URange32 *r32;
    int nr32;
};
extern const UGroup unicode_groups[];
extern const int num_unicode_groups;
} // namespace re2

struct bk_re2 {
    RE2 re;
    bk_re2(StringPiece pattern, const RE2::Options &options) : re(pattern, options) {}
};

extern "C" bk_re2 *bk_re2_new(const char *pattern, size_t n, int64_t max_mem, bool *ret_large) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(max_mem);
    bk_re2 *made = new (std::nothrow) bk_re2(StringPiece(pattern, n), options);
    *ret_large = made && made->re.error_code() == RE2::ErrorPatternTooLarge;
    if (made && made->re.ok()) return made;
    delete made;
    return nullptr;
}

extern "C" void bk_re2_free(bk_re2 *re) { delete re; }

static const size_t kFewGroups = 16;

extern "C" bool bk_re2_match(const bk_re2 *re, const char *text, size_t n, size_t from, size_t *positions, size_t count) {
    StringPiece few[kFewGroups], *groups = few;
    if (count > kFewGroups) groups = new (std::nothrow) StringPiece[count];
    if (!groups) return false;
    bool found = re->re.Match(StringPiece(text, n), from, n, RE2::UNANCHORED, groups, static_cast<int>(count));
    for (size_t i = 0; found && i < count; i++) {
        const char *start = groups[i].data();
        positions[2 * i] = start ? static_cast<size_t>(start - text) : SIZE_MAX;
        positions[2 * i + 1] = start ? positions[2 * i] + groups[i].size() : SIZE_MAX;
    }
    if (groups != few) delete[] groups;
    return found;
}

extern "C" bool bk_re2_group(const char *name, size_t n, bk_re2_range_fn fn, void *arg) {
    for (int i = 0; i < re2::num_unicode_groups; i++) {
        const re2::UGroup &group = re2::unicode_groups[i];
        if (strlen(group.name) != n || memcmp(group.name, name, n) != 0) continue;
        for (int j = 0; fn && j < group.nr16; j++) fn(arg, group.r16[j].lo, group.r16[j].hi);
        for (int j = 0; fn && j < group.nr32; j++) fn(arg, static_cast<uint32_t>(group.r32[j].lo), static_cast<uint32_t>(group.r32[j].hi));
        return true;
    }
    return false;
}
