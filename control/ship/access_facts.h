// AccessFacts: an access record beside the policy that its request ran on: what its numbers name, and its texts.
#pragma once

#include <span>
#include <string>
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

  std::string_view method;  // as the plugins left it
  std::string_view host;
  std::string_view target;  // as sent
  std::string_view upstream_target;
  std::string_view correlation_id;  // empty: none
  HeaderViews request_headers;
  HeaderViews response_headers;

  // An origin decided the answer's status.
  bool from_origin() const { return record.answered_by == AnsweredBy::kOrigin; }
  // The last try. REQUIRES: there was one.
  const AccessTry& last_try() const { return record.try_list[record.kept_tries - 1]; }
  std::span<const AccessTry> tries() const { return std::span(record.try_list).first(record.kept_tries); }
  std::string_view scheme() const { return record.secure ? "https" : "http"; }
  // As nginx's $host: in lower case, without its port and the dot that ends a rooted name.
  std::string host_name() const;
};

}  // namespace sluice::control
