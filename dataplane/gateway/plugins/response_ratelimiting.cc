#include "gateway/plugins/response_ratelimiting.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
#include "http/characters.h"
#include "http/status.h"

namespace sluice::gateway {

namespace {

using policy::ResponseLimitBy;
using policy::Window;

// One limit of the configuration in one window.
struct Budget {
  size_t limit;  // its place in the configuration
  Window window;
  LimitNumber number;
  std::string limit_field;      // X-RateLimit-Limit-<name>-<window>
  std::string remaining_field;  // X-RateLimit-Remaining-<name>-<window>
};

// How much an answer says that it has used, by the places of the limits.
using Used = std::span<uint32_t>;

// Kept from access on: whose use is counted, and what access tells the client.
struct AccessNote {
  std::string_view who;
  std::span<const http::Header> remaining;  // one field a limit
};

// Whole units, so that a fraction never admits more than the limit. What is negative, and would give back, counts
// nothing.
uint32_t units_of(double amount) {
  if (!(amount > 0)) return 0;
  return static_cast<uint32_t>(std::ceil(std::min(amount, static_cast<double>(UINT32_MAX))));
}

policy::LimitBy budget_kind(ResponseLimitBy kind) {
  return kind == ResponseLimitBy::kConsumer ? policy::LimitBy::kConsumer : policy::LimitBy::kCredential;
}

class ResponseRatelimiting final : public Plugin {
 public:
  ResponseRatelimiting(const policy::ResponseRatelimitingConfig& config, const PluginEnvironment& environment)
      : config_(config), header_name_(config.header_name), budgets_(*environment.shared.rate_budgets) {
    const RateBudgets::Scope scope = limit_scope(environment, config.policy);
    const SipKey by_name = budgets_.identity_key(scope, budget_kind(config.limit_by));
    const SipKey by_address = budgets_.identity_key(scope, policy::LimitBy::kIp);
    for (size_t i = 0; i < config.limits.size(); ++i) {
      const auto& limit = config.limits[i];
      keys_.push_back({RateBudgets::key_for(by_name, limit.name), RateBudgets::key_for(by_address, limit.name)});
      remaining_fields_.push_back("X-RateLimit-Remaining-" + limit.name);
      if (config.policy == policy::CounterPolicy::kRedis) {
        shared_.emplace_back(environment, config.redis, SharedLimits::Keys{"response-ratelimit:", limit.name + ":"},
                             -1);
      }
      for (size_t w = 0; w < limit.record.windows.size(); ++w) {
        if (limit.record.windows[w]) add_budget(i, static_cast<Window>(w), *limit.record.windows[w]);
      }
    }
  }

  http::Verdict access(Context& context) const override {
    Arena& arena = context.http.arena;
    const std::span<http::Header> remaining = arena.try_array<http::Header>(keys_.size());
    if (remaining.size() != keys_.size()) return answer_unexpected(context);
    const std::optional<std::string_view> who = identity_of(context);
    if (context.chain.woken == Woken::kNot && ask_for_unknown(context, who)) return http::Verdict::kWait;
    if (is_away(context)) return answer_store_away(context, config_.fault_tolerant);
    for (size_t i = 0; i < keys_.size(); ++i) {
      const double least = least_remaining(context, who, i);
      if (config_.block_on_first_violation && least <= 0) return block(context, config_.limits[i].name);
      remaining[i] = {remaining_fields_[i], number_text(arena, least)};
      if (remaining[i].value.data() == nullptr) return answer_unexpected(context);
    }
    const AccessNote note{who.value_or(std::string_view()), remaining};
    return continue_if(keep_note(context, *this, note) && keep_note(context, kResponseLimited, ResponseLimited()),
                       context);
  }

  void header_filter(Context& context, http::Response& response) const override {
    const AccessNote* const note = find_note<AccessNote>(context, *this);
    if (note == nullptr) return;
    const Used used = context.http.arena.try_array<uint32_t>(keys_.size());
    if (used.size() != keys_.size()) return note_edit(context, false);
    read_use(response.headers, used);
    const auto who = note->who.data() == nullptr ? std::nullopt : std::optional(note->who);
    const bool allowed = count(context, who, used);
    note_edit(context, tell_client(context, *note, response.headers));
    response.headers.remove(header_name_.in(response.headers));
    if (!allowed) replace(context, response);
  }

 private:
  struct Keys {
    SipKey by_name;
    SipKey by_address;
  };

  void add_budget(size_t limit, Window window, double most) {
    const std::string suffix = config_.limits[limit].name + "-" + std::string(to_text(window));
    budgets_of_windows_.push_back(
        {limit, window, LimitNumber(most), "X-RateLimit-Limit-" + suffix, "X-RateLimit-Remaining-" + suffix});
  }

  // Nothing: by address.
  std::optional<std::string_view> identity_of(const Context& context) const {
    const Authentication& who = context.authentication;
    if (config_.limit_by == ResponseLimitBy::kConsumer && who.consumer != nullptr) return who.consumer->id;
    if (config_.limit_by == ResponseLimitBy::kIp || who.credential_id.empty()) return std::nullopt;
    return who.credential_id;
  }

  RateBudgets::Identity identify(const Context& context, std::optional<std::string_view> who, size_t limit) const {
    if (who) return RateBudgets::identify(keys_[limit].by_name, *who);
    const auto& address = context.http.client.address.bytes();
    return RateBudgets::identify(keys_[limit].by_address,
                                 {reinterpret_cast<const char*>(address.data()), address.size()});
  }

  RateBudgets::Limit limit_now(const Context& context, const Budget& budget) const {
    const WallTime now = context.http.worker.clock.wall_now();
    return {budget.window, window_start(budget.window, now), budget.number.tokens(), !shared_.empty(), now};
  }

  // The budgets of one limit as they are shared with other machines.
  struct SharedBudget {
    std::array<RateBudgets::Limit, RateBudgets::kWindowKinds> limits;
    size_t size = 0;
    bool known = true;  // a token of each is here, or there is none anywhere
    bool owed = false;  // more of one was used than was leased
  };
  SharedBudget look_at(const Context& context, std::optional<std::string_view> who, size_t limit) const {
    SharedBudget shared;
    for (const Budget& budget : budgets_of_windows_) {
      if (budget.limit != limit) continue;
      const RateBudgets::Limit& now = shared.limits[shared.size++] = limit_now(context, budget);
      const auto place = budgets_.place_of(identify(context, who, limit), now);
      shared.known &= place && budgets_.is_known(*place, now.now);
      shared.owed |= place && budgets_.unused(*place) < 0;
    }
    return shared;
  }

  // Asks for every limit of which nothing is known here. True: the request waits for the last answer.
  bool ask_for_unknown(Context& context, std::optional<std::string_view> who) const {
    bool waits = false;
    std::optional<size_t> last;
    for (size_t i = 0; i <= shared_.size(); ++i) {
      const bool asks = i < shared_.size() && !shared_[i].is_away(context) && !look_at(context, who, i).known;
      if (i < shared_.size() && !asks) continue;
      if (last) waits = ask(context, who, *last, look_at(context, who, *last), i == shared_.size());
      last = i;
    }
    if (waits) context.http.worker.count(Counter::kGatewayRateLeaseWaits);
    return waits;
  }

  [[nodiscard]] bool ask(Context& context, std::optional<std::string_view> who, size_t limit,
                         const SharedBudget& shared, bool wait) const {
    std::array<char, IpAddress::kMaxTextLength> address;
    return shared_[limit].ask(context, identify(context, who, limit),
                              who ? *who : context.http.client.address.format(address),
                              std::span(shared.limits).first(shared.size), wait);
  }

  bool is_away(const Context& context) const {
    return std::ranges::any_of(shared_, [&](const SharedLimits& shared) { return shared.is_away(context); });
  }

  // What was used beyond the leases is counted in the store as soon as control can.
  void settle(Context& context, std::optional<std::string_view> who, Used used) const {
    for (size_t i = 0; i < shared_.size(); ++i) {
      if (used[i] == 0) continue;
      const SharedBudget shared = look_at(context, who, i);
      // Not asked now, it is counted with the next question.
      if (shared.owed) (void)ask(context, who, i, shared, false);
    }
  }

  double remaining(const Context& context, std::optional<std::string_view> who, const Budget& budget) const {
    return budget.number.remaining(budgets_.left(identify(context, who, budget.limit), limit_now(context, budget)));
  }

  double least_remaining(const Context& context, std::optional<std::string_view> who, size_t limit) const {
    double least = std::numeric_limits<double>::max();
    for (const Budget& budget : budgets_of_windows_) {
      if (budget.limit == limit) least = std::min(least, remaining(context, who, budget));
    }
    return least;
  }

  static http::Verdict block(Context& context, std::string_view limit) {
    context.http.worker.count(Counter::kGatewayRateLimited);
    return answer_error(context.http, 429, concat(context.http.arena, {"API rate limit exceeded for '", limit, "'"}));
  }

  // "video=1, image=3" in the first such field; of a name that comes twice the last counts.
  void read_use(const http::HeaderMap& headers, Used used) const {
    std::ranges::fill(used, 0);
    std::string_view rest = header_name_.find(headers).value_or("");
    while (!rest.empty()) {
      const std::string_view entry = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
      const size_t equals = entry.find('=');
      if (equals == std::string_view::npos) continue;
      const std::string_view name = http::trim(entry.substr(0, equals));
      const std::string_view amount = entry.substr(equals + 1);
      const auto limit =
          std::ranges::find(config_.limits, name, [](const auto& l) -> std::string_view { return l.name; });
      if (limit == config_.limits.end() || amount.find('=') != std::string_view::npos) continue;
      used[static_cast<size_t>(limit - config_.limits.begin())] = units_of(parse_lua_number(amount).value_or(0));
    }
  }

  // False: nothing is left of what was used; then nothing is counted.
  bool count(Context& context, std::optional<std::string_view> who, Used used) const {
    const std::span<RateBudgets::Use> uses = context.http.arena.try_array<RateBudgets::Use>(budgets_of_windows_.size());
    if (uses.size() != budgets_of_windows_.size()) return false;
    size_t size = 0;
    for (const Budget& budget : budgets_of_windows_) {
      if (used[budget.limit] == 0) continue;
      uses[size] = {};
      uses[size].identity = identify(context, who, budget.limit);
      uses[size].limit = limit_now(context, budget);
      uses[size++].amount = used[budget.limit];
    }
    const RateBudgets::Outcome outcome = budgets_.use(uses.first(size));
    const auto in_common = [](const RateBudgets::Use& use) { return use.in_common; };
    if (std::ranges::any_of(uses.first(size), in_common)) context.http.worker.count(Counter::kGatewayRateCommonBudget);
    if (outcome == RateBudgets::Outcome::kTableFull) context.http.worker.count(Counter::kGatewayRateTableFull);
    settle(context, who, used);
    return outcome == RateBudgets::Outcome::kTaken;
  }

  // False: out of memory, with some fields added.
  [[nodiscard]] bool tell_client(Context& context, const AccessNote& note, http::HeaderMap& headers) const {
    for (const http::Header& field : note.remaining) {
      if (!headers.set(field.name, field.value)) return false;
    }
    if (config_.hide_client_headers) return true;
    const auto who = note.who.data() == nullptr ? std::nullopt : std::optional(note.who);
    return std::ranges::all_of(budgets_of_windows_, [&](const Budget& budget) {
      const std::string_view text = number_text(context.http.arena, std::max(0.0, remaining(context, who, budget)));
      return text.data() != nullptr && headers.set(budget.limit_field, budget.number.text()) &&
             headers.set(budget.remaining_field, text);
    });
  }

  // The origin's head stays, with another status and no body.
  static void replace(Context& context, http::Response& response) {
    context.http.worker.count(Counter::kGatewayAnswerReplaced);
    context.answer_body.dropped = true;
    response.status = 429;
    response.reason = http::reason_phrase(429);
    response.headers.remove("Content-Length");
    response.framing = {.kind = http::Framing::kLength};
  }

  const policy::ResponseRatelimitingConfig& config_;
  const HeaderName header_name_;
  RateBudgets& budgets_;
  std::vector<SharedLimits> shared_;           // by the places of the limits, where the policy is redis
  std::vector<Keys> keys_;                     // likewise, always
  std::vector<std::string> remaining_fields_;  // likewise
  std::vector<Budget> budgets_of_windows_;
};

}  // namespace

MadePlugin make_plugin(const policy::ResponseRatelimitingConfig& config, const PluginEnvironment& environment) {
  return made<ResponseRatelimiting>(config, environment);
}

}  // namespace sluice::gateway
