#include "gateway/plugins/authentication.h"

#include "gateway/plugins/failures.h"

namespace sluice::gateway {

namespace {

// A header that only we may set: an empty value removes what the client sent.
[[nodiscard]] bool set_own(http::HeaderMap& headers, std::string_view name, std::string_view value) {
  if (!value.empty()) return headers.set(name, value);
  headers.remove(name);
  return true;
}

http::Verdict tell_origin(Context& context) {
  const Authentication& who = context.authentication;
  http::HeaderMap& headers = context.http.request.headers;
  static const Consumer kNobody;
  const Consumer& consumer = who.consumer == nullptr ? kNobody : *who.consumer;
  const bool told = set_own(headers, "X-Consumer-ID", consumer.id) &&
                    set_own(headers, "X-Consumer-Custom-ID", consumer.custom_id) &&
                    set_own(headers, "X-Consumer-Username", consumer.username) &&
                    set_own(headers, "X-Credential-Identifier", who.credential_identifier) &&
                    set_own(headers, "X-Anonymous-Consumer", who.anonymous ? "true" : "");
  return continue_if(told, context);
}

}  // namespace

http::Verdict authenticate(Context& context, const Consumer* consumer, std::string_view credential_id,
                           std::string_view credential_identifier, bool by_authorization) {
  context.authentication = {consumer, credential_id, credential_identifier, false, by_authorization};
  return tell_origin(context);
}

AuthenticationGate::AuthenticationGate(const std::optional<std::string>& anonymous, bool run_on_preflight,
                                       const Consumers& consumers)
    : has_anonymous_(anonymous.has_value()),
      run_on_preflight_(run_on_preflight),
      anonymous_(anonymous ? consumers.find(*anonymous) : nullptr) {}

bool AuthenticationGate::lets_pass(const Context& context) const {
  if (!run_on_preflight_ && context.http.request.method == "OPTIONS") return true;
  return has_anonymous_ && !context.authentication.credential_id.empty();
}

http::Verdict AuthenticationGate::pass(Context& context) {
  return tell_origin(context);
}

http::Verdict AuthenticationGate::admit_anonymous(Context& context) const {
  if (anonymous_ == nullptr) return answer_unexpected(context);
  context.authentication = {anonymous_, {}, {}, true};
  return tell_origin(context);
}

}  // namespace sluice::gateway
