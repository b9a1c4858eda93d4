#include "gateway/plugins/bot_detection.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/errors.h"
#include "gateway/plugins/known_bots.h"
#include "http/characters.h"
#include "match/hyperscan_set.h"
#include "match/pcre_pattern.h"

namespace sluice::gateway {

namespace {

using match::PcrePattern;
using Patterns = std::vector<PcrePattern>;

class BotDetection final : public Plugin {
 public:
  BotDetection(Patterns allow, Patterns deny, match::HyperscanSet known_bots)
      : allow_(std::move(allow)), deny_(std::move(deny)), known_bots_(std::move(known_bots)) {}

  http::Verdict access(Context& context) const override {
    constexpr std::string_view kUserAgent = "User-Agent";
    const http::HeaderMap& headers = context.http.request.headers;
    if (headers.count(kUserAgent) > 1) {
      context.http.worker.count(Counter::kGatewayBotRefused);
      return answer_error(context.http, 400, "Only one User-Agent header allowed");
    }
    const std::optional<std::string_view> agent = headers.find(kUserAgent);
    if (!agent || is_welcome(context.http, http::trim(*agent))) return http::Verdict::kContinue;
    context.http.worker.count(Counter::kGatewayBotRefused);
    return answer_error(context.http, 403, "Forbidden");
  }

 private:
  // A match that is given up lets nobody in.
  bool is_welcome(http::RequestContext& http, std::string_view agent) const {
    const auto test = [&](const PcrePattern& pattern) {
      const match::Outcome outcome = pattern.test(agent, *http.scratch);
      if (outcome == match::Outcome::kGivenUp) http.worker.count(Counter::kGatewayMatchesGivenUp);
      return outcome;
    };
    const auto matches = [](match::Outcome outcome) { return outcome == match::Outcome::kFound; };
    const auto differs = [](match::Outcome outcome) { return outcome == match::Outcome::kNone; };
    if (std::ranges::any_of(allow_, matches, test)) return true;
    return std::ranges::all_of(deny_, differs, test) && !is_known_bot(http, agent);
  }

  bool is_known_bot(http::RequestContext& http, std::string_view agent) const {
    bool found = false;
    const bool scanned = known_bots_.scan(agent, *http.scratch, [&](uint32_t) { found = true; });
    if (!scanned) http.worker.count(Counter::kGatewayMatchesGivenUp);
    return found || !scanned;
  }

  const Patterns allow_;
  const Patterns deny_;
  const match::HyperscanSet known_bots_;
};

// False: `error` says which text is no regular expression.
bool compile_into(Patterns& out, const std::vector<std::string>& texts, std::string& error) {
  for (const std::string& text : texts) {
    auto pattern = PcrePattern::compile(text);
    if (!pattern) {
      error = "'" + text + "': " + pattern.error();
      return false;
    }
    out.push_back(std::move(pattern).value());
  }
  return true;
}

}  // namespace

MadePlugin make_plugin(const policy::BotDetectionConfig& config, const PluginEnvironment& environment) {
  Patterns allow;
  Patterns deny;
  std::string error;
  if (!compile_into(allow, config.allow, error) || !compile_into(deny, config.deny, error)) return error;
  match::HyperscanSet bots(known_bots(), environment.scratch_plan);
  if (bots.empty() || !bots.refused().empty()) return std::string("the known bots cannot be compiled on this machine");
  return std::unique_ptr<const Plugin>(
      std::make_unique<const BotDetection>(std::move(allow), std::move(deny), std::move(bots)));
}

}  // namespace sluice::gateway
