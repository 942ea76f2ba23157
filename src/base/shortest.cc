#include "base/shortest.h"

#include <charconv>

extern "C" size_t bk_shortest(double v, int bits, char out[BK_SHORTEST_TEXT]) {
    auto end = out + BK_SHORTEST_TEXT;
    auto r = bits == 32 ? std::to_chars(out, end, static_cast<float>(v), std::chars_format::scientific)
                        : std::to_chars(out, end, v, std::chars_format::scientific);
    return static_cast<size_t>(r.ptr - out);
}
