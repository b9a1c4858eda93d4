// PCRE2 with 8-bit code units, for the sources of this room. Headers name its types by their tags instead.
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
