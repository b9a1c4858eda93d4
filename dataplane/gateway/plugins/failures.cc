#include "gateway/plugins/failures.h"

#include "gateway/errors.h"

namespace sluice::gateway {

http::Verdict answer_unexpected(Context& context) {
  context.http.worker.count(Counter::kGatewayPluginFailed);
  return answer_message(context.http, 500, "An unexpected error occurred");
}

void note_edit(Context& context, bool done) {
  if (!done) context.http.worker.count(Counter::kGatewayEditLost);
}

}  // namespace sluice::gateway
