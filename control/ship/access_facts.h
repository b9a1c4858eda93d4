// AccessFacts: an access record beside the policy that its request ran on: what its numbers name, and its texts.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "sluice/access_record.h"
#include "sluice/policy/policy.h"

namespace sluice::control {

using HeaderViews = std::vector<std::pair<std::string_view, std::string_view>>;

// Views into the record; valid as long as it is.
struct AccessFacts {
  // REQUIRES: the request ran on `policy`.
  AccessFacts(const AccessRecord& record, const policy::Policy& policy);

  const AccessRecord& record;
  const policy::Route* route = nullptr;  // nullptr: none, like the next two
  const policy::Service* service = nullptr;
  const policy::Consumer* consumer = nullptr;

  std::string_view method;
  std::string_view host;
  std::string_view target;  // as sent
  std::string_view upstream_target;
  HeaderViews request_headers;
  HeaderViews response_headers;

  // An origin decided the answer's status.
  bool from_origin() const { return record.answered_by == AnsweredBy::kOrigin; }
  std::string_view scheme() const { return record.secure ? "https" : "http"; }
};

}  // namespace sluice::control
