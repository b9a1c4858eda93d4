// RequestEcho: a request as JSON, with the route and the service it matched: request-termination's `echo`, for looking
// at what arrives. As Kong's, apart from the body: it streams past the gateway, so only an empty one is shown.
#pragma once

#include <string>
#include <string_view>

#include "gateway/context.h"

namespace sluice::gateway {

class RequestEcho {
 public:
  RequestEcho();

  // message: data() == nullptr for none. data() == nullptr: it became too long, or memory is out.
  std::string_view describe(Context& context, std::string_view message) const;

 private:
  const std::string host_name_;
  const int64_t process_id_;
};

}  // namespace sluice::gateway
