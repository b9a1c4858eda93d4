#include "gateway/plugins/shared_limits.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/errors.h"

namespace sluice::gateway {

namespace {

// As long as tokens may lie unused where the policy says that counters are exact at once.
constexpr Duration kShortestKeep = Duration::milliseconds(100);
// A wait ends before the exchange gives it up.
constexpr Duration kLongestTimeout = Duration::seconds(8);

std::shared_ptr<LeaseTerms> make_terms(const PluginEnvironment& environment, const policy::RedisConfig& store,
                                       SharedLimits::Keys keys, double sync_rate) {
  const auto id = [&](const auto& reference) {
    return (reference ? environment.policy[*reference].id : policy::Uuid()).to_string();
  };
  auto terms = std::make_shared<LeaseTerms>();
  terms->store = store;
  terms->owner = environment.plugin_id;
  terms->store.timeout = std::min(store.timeout, kLongestTimeout);
  terms->prefix = std::string(keys.kind) + id(environment.plugin.route) + ":" + id(environment.plugin.service) + ":";
  terms->name = std::move(keys.name);
  terms->keep = std::max(kShortestKeep, Duration::nanoseconds(static_cast<int64_t>(sync_rate * 1e9)));
  return terms;
}

// A text too long for a question is told by its SHA-256, which is the same on every machine.
void set_identity(LeaseQuestion& question, std::string_view who) {
  if (who.size() <= LeaseQuestion::kMostIdentity) return question.who.assign(who);
  std::array<unsigned char, 32> digest{};
  EVP_Digest(who.data(), who.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 2 * digest.size()> text;
  for (size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = kDigits[digest[i] >> 4];
    text[2 * i + 1] = kDigits[digest[i] & 0xf];
  }
  question.who.assign({text.data(), text.size()});
}

}  // namespace

SharedLimits::SharedLimits(const PluginEnvironment& environment, const policy::RedisConfig& store, Keys keys,
                           double sync_rate)
    : budgets_(*environment.shared.rate_budgets), terms_(make_terms(environment, store, std::move(keys), sync_rate)) {}

bool SharedLimits::ask(Context& context, RateBudgets::Identity identity, std::string_view who,
                       std::span<const RateBudgets::Limit> limits, bool wait) const {
  if (context.http.desks.leases == nullptr) return false;
  LeaseQuestion question;
  question.terms = terms_;
  set_identity(question, who);
  for (const RateBudgets::Limit& limit : limits) {
    const auto place = budgets_.place_of(identity, limit);
    if (!place) return false;
    question.limits[question.limit_count++] = {*place, limit.most};
  }
  if (wait) question.waiting = context.http.wait;
  return context.http.desks.leases->ask(question);
}

bool SharedLimits::is_away(const Context& context) const {
  return context.chain.woken == Woken::kInVain || terms_->away.load(std::memory_order_relaxed);
}

http::Verdict answer_store_away(Context& context, bool fault_tolerant) {
  context.http.worker.count(fault_tolerant ? Counter::kGatewayRateStoreAwayPassed : Counter::kGatewayRateStoreAway);
  if (fault_tolerant) return http::Verdict::kContinue;
  return answer_error(context.http, 500, kInternalErrorMessage);
}

}  // namespace sluice::gateway
