// RequestEcho: a request as JSON, with the route and the service it matched: request-termination's `echo`, for looking
// at what arrives. As Kong's. A body that was not read is not shown.
#pragma once

#include <string>
#include <string_view>

#include "gateway/context.h"

namespace sluice::gateway {

class RequestEcho {
 public:
  // The longest body that is shown.
  static constexpr size_t kMostBodyBytes = 64 << 10;

  RequestEcho();

  // message: data() == nullptr for none. data() == nullptr: it became too long, or memory is out.
  std::string_view describe(Context& context, std::string_view message) const;

 private:
  const std::string host_name_;
  const int64_t process_id_;
};

}  // namespace sluice::gateway
