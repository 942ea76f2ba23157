/* base64.h: for those who look for it here. */
#ifndef BK_PLUGIN_BASE64_H
#define BK_PLUGIN_BASE64_H

#include "base/base64.h"

#endif
