#include "gateway/plugins/rate_limiting.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/consumers.h"
#include "gateway/errors.h"
#include "gateway/plugins/calendar_window.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/header_name.h"
#include "gateway/plugins/limit_number.h"
#include "gateway/plugins/limit_scope.h"
#include "gateway/plugins/lua_number.h"
#include "gateway/plugins/made.h"
#include "gateway/plugins/plugin_notes.h"
#include "gateway/plugins/shared_limits.h"
#include "gateway/rate_budgets.h"
#include "gateway/text.h"

namespace sluice::gateway {

namespace {

using policy::LimitBy;
using policy::Window;
using Outcome = RateBudgets::Outcome;

constexpr std::array<std::string_view, RateBudgets::kWindowKinds> kLimitNames = {
    "X-RateLimit-Limit-Second", "X-RateLimit-Limit-Minute", "X-RateLimit-Limit-Hour",
    "X-RateLimit-Limit-Day",    "X-RateLimit-Limit-Month",  "X-RateLimit-Limit-Year"};
constexpr std::array<std::string_view, RateBudgets::kWindowKinds> kRemainingNames = {
    "X-RateLimit-Remaining-Second", "X-RateLimit-Remaining-Minute", "X-RateLimit-Remaining-Hour",
    "X-RateLimit-Remaining-Day",    "X-RateLimit-Remaining-Month",  "X-RateLimit-Remaining-Year"};
// Two a window, RateLimit-Limit, -Remaining, -Reset, and Retry-After.
constexpr size_t kMostFields = 2 * RateBudgets::kWindowKinds + 4;

// What the client is told, whoever answers in the end.
struct FieldsNote {
  std::span<const http::Header> fields;
};

// One limit of the configuration, ready to be counted.
struct ConfiguredLimit {
  Window window;
  LimitNumber number;
};

// Puts `fields` before those that are there: an origin's own fields of these names stay, behind ours.
[[nodiscard]] bool prepend(Arena& arena, http::HeaderMap& headers, std::span<const http::Header> fields) {
  http::HeaderMap all(arena);
  for (const http::Header& field : fields) {
    if (!all.add(field.name, field.value)) return false;
  }
  for (const http::Header& field : headers.all()) {
    if (!all.add(field.name, field.value)) return false;
  }
  headers = all;
  return true;
}

// Puts `fields` in the place of those of their names.
[[nodiscard]] bool set(http::HeaderMap& headers, std::span<const http::Header> fields) {
  return std::ranges::all_of(fields, [&](const http::Header& field) { return headers.set(field.name, field.value); });
}

class RateLimiting final : public Plugin {
 public:
  RateLimiting(const policy::RateLimitingConfig& config, const PluginEnvironment& environment)
      : config_(config),
        budgets_(*environment.shared.rate_budgets),
        identity_key_(budgets_.identity_key(limit_scope(environment, config.policy), config.limit_by)),
        address_key_(budgets_.identity_key(limit_scope(environment, config.policy), LimitBy::kIp)) {
    if (config.policy == policy::CounterPolicy::kRedis) {
      shared_.emplace(environment, config.redis, SharedLimits::Keys{"ratelimit:", {}}, config.sync_rate);
    }
    for (size_t i = 0; i < config.limits.size(); ++i) {
      if (config.limits[i]) limits_.push_back({static_cast<Window>(i), LimitNumber(*config.limits[i])});
    }
  }

  http::Verdict access(Context& context) const override {
    std::array<RateBudgets::Limit, RateBudgets::kWindowKinds> limits;
    const WallTime now = context.http.worker.clock.wall_now();
    for (size_t i = 0; i < limits_.size(); ++i) {
      limits[i] = {limits_[i].window, window_start(limits_[i].window, now), limits_[i].number.tokens(),
                   shared_.has_value(), now};
    }
    const std::span<const RateBudgets::Limit> asked(limits.data(), limits_.size());
    const Counted counted = counted_of(context);
    const RateBudgets::Taken taken = budgets_.take(counted.identity, asked);
    if (taken.clock_behind) context.http.worker.count(Counter::kGatewayRateClockBehind);
    if (taken.in_common) context.http.worker.count(Counter::kGatewayRateCommonBudget);
    if (taken.outcome == Outcome::kUnleased) return wait_for_tokens(context, counted, asked);
    // Nobody waits for this answer: who finds no token will ask again.
    if (taken.lease_low) (void)ask(context, counted, asked, false);
    if (!config_.hide_client_headers && !tell_client(context, now, asked, taken)) return answer_unexpected(context);
    if (taken.outcome == Outcome::kTaken) return http::Verdict::kContinue;
    context.http.worker.count(taken.outcome == Outcome::kExhausted ? Counter::kGatewayRateLimited
                                                                   : Counter::kGatewayRateTableFull);
    // Kong fails where it is to refuse with a status that is no error's.
    if (config_.error_code < 400 || config_.error_code > 599) return answer_unexpected(context);
    return answer_error(context.http, static_cast<uint16_t>(config_.error_code), config_.error_message);
  }

  void header_filter(Context& context, http::Response& response) const override {
    const FieldsNote* const note = find_note<FieldsNote>(context, *this);
    if (note == nullptr) return;
    // As in Kong, where that plugin sets again what both of them tell the client.
    const bool replaces = find_note<ResponseLimited>(context, kResponseLimited) != nullptr;
    note_edit(context, replaces ? set(response.headers, note->fields)
                                : prepend(context.http.arena, response.headers, note->fields));
  }

 private:
  // Who is counted.
  struct Counted {
    RateBudgets::Identity identity;
    std::optional<std::string_view> who;  // none: the client's address
  };

  // By address where the configured kind does not apply.
  Counted counted_of(const Context& context) const {
    const std::optional<std::string_view> who = configured_identity(context);
    if (who) return {RateBudgets::identify(identity_key_, *who), who};
    const auto& address = context.http.client.address.bytes();
    return {RateBudgets::identify(address_key_, {reinterpret_cast<const char*>(address.data()), address.size()}), {}};
  }

  http::Verdict wait_for_tokens(Context& context, const Counted& counted,
                                std::span<const RateBudgets::Limit> limits) const {
    if (shared_->is_away(context) || !ask(context, counted, limits, true)) {
      return answer_store_away(context, config_.fault_tolerant);
    }
    context.http.worker.count(Counter::kGatewayRateLeaseWaits);
    return http::Verdict::kWait;
  }

  // In the store everybody is named by a text, as Kong names them.
  [[nodiscard]] bool ask(Context& context, const Counted& counted, std::span<const RateBudgets::Limit> limits,
                         bool wait) const {
    std::array<char, IpAddress::kMaxTextLength> address;
    std::string_view who = counted.who ? *counted.who : context.http.client.address.format(address);
    const std::string service =
        config_.limit_by == LimitBy::kService && counted.who ? context.service->id.to_string() : std::string();
    if (!service.empty()) who = service;
    return shared_->ask(context, counted.identity, who, limits, wait);
  }

  std::optional<std::string_view> configured_identity(const Context& context) const {
    const Authentication& who = context.authentication;
    switch (config_.limit_by) {
      case LimitBy::kConsumer:
        if (who.consumer != nullptr) return who.consumer->id;
        [[fallthrough]];
      case LimitBy::kCredential:
        return who.credential_id.empty() ? std::nullopt : std::optional(who.credential_id);
      case LimitBy::kIp:
        return std::nullopt;
      case LimitBy::kService:
        if (context.service == nullptr) return std::nullopt;
        return bytes_of(context.service->id);
      case LimitBy::kHeader:
        return find_variable(context.http.request.headers, *config_.header_name);
      case LimitBy::kPath:
        return context.path == *config_.path ? std::optional(context.path) : std::nullopt;
    }
    return std::nullopt;
  }

  static std::string_view bytes_of(const policy::Uuid& id) {
    return {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()};
  }

  // Makes the note of the fields for the client. False: out of memory.
  [[nodiscard]] bool tell_client(Context& context, WallTime now, std::span<const RateBudgets::Limit> asked,
                                 const RateBudgets::Taken& taken) const {
    Arena& arena = context.http.arena;
    const std::span<http::Header> fields = arena.try_array<http::Header>(kMostFields);
    if (fields.empty()) return false;
    size_t size = 0;
    for (size_t i = 0; i < asked.size(); ++i) {
      const auto window = static_cast<size_t>(asked[i].window);
      fields[size++] = {kLimitNames[window], limits_[i].number.text()};
      fields[size++] = {kRemainingNames[window], number_text(arena, remaining(taken, i))};
    }
    const size_t tightest = tightest_of(taken);
    const std::string_view reset = to_decimal(arena, reset_s(asked[tightest], now));
    fields[size++] = {"RateLimit-Limit", limits_[tightest].number.text()};
    fields[size++] = {"RateLimit-Remaining", number_text(arena, remaining(taken, tightest))};
    fields[size++] = {"RateLimit-Reset", reset};
    if (taken.outcome != Outcome::kTaken) fields[size++] = {"Retry-After", reset};
    const bool complete = std::ranges::all_of(fields.first(size),
                                              [](const http::Header& field) { return field.value.data() != nullptr; });
    return complete && keep_note(context, *this, FieldsNote{fields.first(size)});
  }

  // The limit with the least left; of equals the one of the longest window.
  size_t tightest_of(const RateBudgets::Taken& taken) const {
    size_t tightest = 0;
    for (size_t i = 1; i < limits_.size(); ++i) {
      if (remaining(taken, i) <= remaining(taken, tightest)) tightest = i;
    }
    return tightest;
  }

  double remaining(const RateBudgets::Taken& taken, size_t limit) const {
    return std::max(0.0, limits_[limit].number.remaining(taken.left[limit]));
  }

  // Seconds until the window ends, at least 1.
  static uint64_t reset_s(const RateBudgets::Limit& limit, WallTime now) {
    const int64_t passed_s = now.seconds() - int64_t{limit.start_s};
    return static_cast<uint64_t>(std::max<int64_t>(1, int64_t{window_length(limit.window)} - passed_s));
  }

  const policy::RateLimitingConfig& config_;
  RateBudgets& budgets_;
  const SipKey identity_key_;
  const SipKey address_key_;
  std::optional<SharedLimits> shared_;   // where the policy is redis
  std::vector<ConfiguredLimit> limits_;  // in the order of their windows, shortest first
};

}  // namespace

MadePlugin make_plugin(const policy::RateLimitingConfig& config, const PluginEnvironment& environment) {
  return made<RateLimiting>(config, environment);
}

}  // namespace sluice::gateway
