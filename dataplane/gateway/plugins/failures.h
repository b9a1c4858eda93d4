// What plugins do when their own work fails.
#pragma once

#include <string_view>

#include "gateway/context.h"

namespace sluice::gateway {

// An unexpected error, as Kong answers it: 500 with a bare body. Counted.
http::Verdict answer_unexpected(Context& context);

// kContinue when the work was done, else an unexpected error.
inline http::Verdict continue_if(bool done, Context& context) {
  return done ? http::Verdict::kContinue : answer_unexpected(context);
}

// For header filters, which cannot fail: an edit that found no memory is counted.
void note_edit(Context& context, bool done);

}  // namespace sluice::gateway
