#include "gateway/plugins/hmac_auth.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/errors.h"
#include "gateway/plugins/authentication.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/header_name.h"
#include "gateway/plugins/hmac_signature.h"
#include "gateway/plugins/made.h"
#include "gateway/text.h"
#include "http/date.h"
#include "http/name_set.h"
#include "token/base64url.h"
#include "token/constant_time.h"

namespace sluice::gateway {

namespace {

using policy::HmacAlgorithm;

constexpr std::string_view kNotVerified = "HMAC signature cannot be verified";
constexpr std::string_view kNoMatch = "HMAC signature does not match";
constexpr std::string_view kNoDate =
    "HMAC signature cannot be verified, a valid date or x-date header is required for HMAC Authentication";

// A signature over more names is not verified.
constexpr size_t kMostNames = 64;

// "Digest: SHA-256=<base64>" (RFC 3230), in Kong's only form.
constexpr std::string_view kDigestPrefix = "SHA-256=";

class HmacAuth final : public Plugin {
 public:
  HmacAuth(const policy::HmacAuthConfig& config, const PluginEnvironment& environment)
      : config_(config),
        consumers_(environment.consumers),
        gate_(config.anonymous, true, environment.consumers),
        challenge_(config.realm ? "hmac realm=\"" + *config.realm + "\"" : "hmac") {}

  size_t reads_body(const Context& context) const override {
    return config_.validate_request_body && !gate_.lets_pass(context) ? kMostBodyBytes : 0;
  }

  http::Verdict access(Context& context) const override {
    if (gate_.lets_pass(context)) return AuthenticationGate::pass(context);
    const Finding finding = identify(context);
    if (finding.credential != nullptr) {
      const HmacCredential& credential = *finding.credential;
      return authenticate(context, credential.consumer, credential.id, credential.policy->username,
                          finding.by_authorization);
    }
    // Nobody knows whether the signature is good: the request is not to go on as anybody.
    if (finding.no_memory) return answer_unexpected(context);
    if (gate_.has_anonymous()) return gate_.admit_anonymous(context);
    return refuse(context, finding.refusal);
  }

 private:
  struct Finding {
    const HmacCredential* credential = nullptr;  // nullptr: refused
    std::string_view refusal;
    bool by_authorization = false;
    bool no_memory = false;
  };

  // In Kong's order: a header, a date, a signature that can be verified, one that is right, the body's digest.
  Finding identify(Context& context) const {
    const http::HeaderMap& headers = context.http.request.headers;
    if (!headers.contains("Authorization") && !headers.contains("Proxy-Authorization"))
      return {nullptr, "Unauthorized"};
    if (!is_recent(context, "X-Date") && !is_recent(context, "Date")) return {nullptr, kNoDate};
    const std::optional<HmacSignature> given = take_signature(context);
    if (given && !signed_dates_are_recent(context, *given)) return {nullptr, kNoDate};
    const std::optional<HmacAlgorithm> algorithm = given ? accepted_algorithm(*given) : std::nullopt;
    if (!algorithm) return {nullptr, kNotVerified};
    const HmacCredential* const credential = consumers_.find_hmac(given->username);
    if (credential == nullptr) return {nullptr, kNotVerified};
    const std::optional<bool> is_right = is_signed(context, *given, *algorithm, credential->policy->secret.reveal());
    if (!is_right) return {nullptr, {}, false, true};
    const bool good = *is_right && (!config_.validate_request_body || has_good_digest(context));
    return good ? Finding{credential, {}, given->in_authorization} : Finding{nullptr, kNoMatch};
  }

  bool is_recent(const Context& context, std::string_view name) const {
    const std::optional<std::string_view> value = context.http.request.headers.find(name);
    return value && is_recent_date(context, *value);
  }

  // The date that is signed must be recent itself: beside it anybody can put another, X-Date where X_Date is signed, or
  // Date where X-Date is.
  bool signed_dates_are_recent(const Context& context, const HmacSignature& given) const {
    SignedNames names(given.headers);
    while (const std::optional<std::string_view> name = names.next()) {
      if (!http::equal_folded(*name, "date") && !http::equal_folded(*name, "x-date")) continue;
      const auto value = find_variable(context.http.request.headers, *name);
      if (value && !is_recent_date(context, *value)) return false;
    }
    return true;
  }

  bool is_recent_date(const Context& context, std::string_view value) const {
    const std::optional<int64_t> date_s = http::parse_date(value);
    if (!date_s) return false;
    const int64_t now_s = context.http.worker.clock.wall_now().seconds();
    return std::fabs(static_cast<double>(now_s - *date_s)) <= config_.clock_skew_s;
  }

  // The header that decided, whether it is good or not, goes where it is to be hidden: Authorization also when it has
  // another scheme.
  std::optional<HmacSignature> take_signature(Context& context) const {
    http::HeaderMap& headers = context.http.request.headers;
    std::optional<HmacSignature> found;
    std::string_view decided;
    for (const std::string_view name : {"Proxy-Authorization", "Authorization"}) {
      const std::optional<std::string_view> value = found ? std::nullopt : headers.find(name);
      if (!found) decided = name;
      if (value) found = parse_hmac_signature(*value);
    }
    if (found) found->in_authorization = decided == "Authorization";
    if (config_.hide_credentials) headers.remove(decided);
    return found;
  }

  // Nothing: an algorithm that is not accepted, or something that must be signed is not.
  std::optional<HmacAlgorithm> accepted_algorithm(const HmacSignature& given) const {
    for (const std::string& enforced : config_.enforce_headers) {
      SignedNames names(given.headers);
      std::optional<std::string_view> name = names.next();
      while (name && *name != enforced) name = names.next();
      if (!name) return std::nullopt;
    }
    const auto found =
        std::ranges::find(config_.algorithms, given.algorithm, [](HmacAlgorithm a) { return to_text(a); });
    return found == config_.algorithms.end() ? std::nullopt : std::optional(*found);
  }

  // Nothing: out of memory.
  static std::optional<bool> is_signed(Context& context, const HmacSignature& given, HmacAlgorithm algorithm,
                                       std::string_view secret) {
    if (count_names(given) > kMostNames) return false;
    const std::string_view text = signing_text(context, given);
    const std::span<std::byte> signature =
        context.http.arena.try_array<std::byte>(token::base64_room(given.signature.size()));
    if (text.data() == nullptr || signature.empty()) return std::nullopt;
    const std::optional<size_t> size = token::decode_base64(given.signature, token::Base64::kLaxCommon, signature);
    std::array<std::byte, kLongestHmacBytes> room;
    const std::span<const std::byte> expected = compute_hmac(algorithm, secret, text, room);
    return size && !expected.empty() && token::equal_constant_time(expected, signature.first(*size));
  }

  static size_t count_names(const HmacSignature& given) {
    size_t count = 0;
    for (SignedNames names(given.headers); names.next();) ++count;
    return count;
  }

  // A line for each name. data() == nullptr: out of memory. REQUIRES: kMostNames at most.
  static std::string_view signing_text(Context& context, const HmacSignature& given) {
    std::array<std::string_view, kMostNames> lines;
    size_t count = 0;
    size_t size = 0;
    SignedNames names(given.headers);
    while (const std::optional<std::string_view> name = names.next()) {
      lines[count] = signing_line(context, *name);
      if (lines[count].data() == nullptr) return {};
      size += lines[count++].size() + 1;
    }
    const std::span<char> room = context.http.arena.try_array<char>(size + 1);
    if (room.empty()) return {};
    char* end = room.data();
    for (std::string_view line : std::span(lines).first(count)) {
      if (end != room.data()) *end++ = '\n';
      end = std::ranges::copy(line, end).out;
    }
    return {room.data(), end};
  }

  static std::string_view signing_line(Context& context, std::string_view name) {
    Arena& arena = context.http.arena;
    const http::Request& request = context.http.request;
    if (const auto value = find_variable(request.headers, name)) {
      return concat(arena, {name, ": ", value->empty() ? "" : *value});
    }
    const std::string_view target = request.has_query
                                        ? concat(arena, {request.path, "?", request.query.empty() ? "" : request.query})
                                        : request.path;
    if (name == "@request-target") return concat(arena, {name, ": ", lower_case(arena, request.method), " ", target});
    if (name == "request-line") {
      return concat(arena, {request.method, " ", target, request.version.minor == 0 ? " HTTP/1.0" : " HTTP/1.1"});
    }
    return concat(arena, {name, ":"});
  }

  // Without the header only an empty body is good. One that could not be read is not.
  static bool has_good_digest(const Context& context) {
    const http::WholeBody& body = context.http.body;
    if (body.state != http::WholeBody::State::kRead) return false;
    const std::optional<std::string_view> digest = context.http.request.headers.find("Digest");
    if (!digest) return body.bytes.empty();
    std::array<std::byte, EVP_MAX_MD_SIZE> computed;
    unsigned size = 0;
    if (EVP_Digest(body.bytes.data(), body.bytes.size(), reinterpret_cast<unsigned char*>(computed.data()), &size,
                   EVP_sha256(), nullptr) != 1) {
      return false;
    }
    std::array<unsigned char, 48> text{};
    const int length =
        EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(computed.data()), static_cast<int>(size));
    const std::string_view expected(reinterpret_cast<const char*>(text.data()), static_cast<size_t>(length));
    return digest->starts_with(kDigestPrefix) && digest->substr(kDigestPrefix.size()) == expected;
  }

  http::Verdict refuse(Context& context, std::string_view message) const {
    context.http.worker.count(Counter::kGatewayUnauthenticated);
    if (!context.http.answer.head.headers.set("WWW-Authenticate", challenge_)) return answer_unexpected(context);
    return answer_error(context.http, 401, message);
  }

  const policy::HmacAuthConfig& config_;
  const Consumers& consumers_;
  const AuthenticationGate gate_;
  const std::string challenge_;
};

}  // namespace

MadePlugin make_plugin(const policy::HmacAuthConfig& config, const PluginEnvironment& environment) {
  return made<HmacAuth>(config, environment);
}

}  // namespace sluice::gateway
