#include "gateway/plugins/ip_restriction.h"

#include <array>
#include <optional>
#include <string>

#include "gateway/errors.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"
#include "gateway/text.h"
#include "match/cidr_set.h"

namespace sluice::gateway {

namespace {

class IpRestriction final : public Plugin {
 public:
  explicit IpRestriction(const policy::IpRestrictionConfig& config)
      : allow_(config.allow), deny_(config.deny), status_(status_of(config)), message_(config.message) {}

  http::Verdict access(Context& context) const override {
    const IpAddress& address = context.http.client.address;
    if (!deny_.contains(address) && (allow_.empty() || allow_.contains(address))) return http::Verdict::kContinue;
    context.http.worker.count(Counter::kGatewayAddressRefused);
    if (status_ == 0) return answer_unexpected(context);
    return answer_error(context.http, status_, message_ ? *message_ : message_for(context, address));
  }

 private:
  // 0: one that is no error's. Kong fails there.
  static uint16_t status_of(const policy::IpRestrictionConfig& config) {
    const double status = config.status.value_or(403);
    return status >= 400 && status <= 599 ? static_cast<uint16_t>(status) : 0;
  }

  static std::string_view message_for(Context& context, const IpAddress& address) {
    std::array<char, IpAddress::kMaxTextLength> text;
    return concat(context.http.arena, {"IP address not allowed: ", address.format(text)});
  }

  const match::CidrSet allow_;
  const match::CidrSet deny_;
  const uint16_t status_;  // of a refusal; 0: none that may be sent
  const std::optional<std::string> message_;
};

}  // namespace

MadePlugin make_plugin(const policy::IpRestrictionConfig& config, const PluginEnvironment&) {
  return made<IpRestriction>(config);
}

}  // namespace sluice::gateway
