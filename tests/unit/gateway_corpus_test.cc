// The golden corpus, taken through the gateway stage in memory: what a real Kong answered, and what its origin saw, is
// what ours answers and sends. Cases that need bodies, connections or retries are replayed end to end instead.
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "gateway_support.h"

namespace sluice::gateway {
namespace {

using nlohmann::json;

const std::filesystem::path kCorpus = SLUICE_KONG_CORPUS;
constexpr char kRun[] = "run1";
constexpr char kOrigin[] = "198.18.1.2:9701";

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string rendered(std::string text) {
  const std::pair<const char*, const char*> values[] = {
      {"\\{\\{ORIGIN_HOST\\}\\}", "198.18.1.2"}, {"\\{\\{ORIGIN_PORT\\}\\}", "9701"},
      {"\\{\\{ORIGIN2_PORT\\}\\}", "9702"},      {"\\{\\{DEAD_PORT\\}\\}", "9703"},
      {"\\{\\{CLIENT_IP\\}\\}", "198.18.0.9"},   {"\\{\\{RUN\\}\\}", kRun}};
  for (const auto& [pattern, value] : values) text = std::regex_replace(text, std::regex(pattern), value);
  return text;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Cases that differ on purpose, or that wait for another part of Sluice: tests/kong_corpus_exceptions.txt.
std::set<std::string> exceptions() {
  std::set<std::string> names;
  std::ifstream in(kCorpus.parent_path() / "kong_corpus_exceptions.txt");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with('#')) names.insert(line.substr(0, line.find("  #")));
  }
  return names;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Fields that say how a connection goes on, and how a body is framed, are no matter of the stage's. A Date is ours to
// add.
bool is_compared(const std::string& name) {
  static const std::set<std::string> kNot = {"connection", "keep-alive", "transfer-encoding", "content-length",
                                             "host",       "date",       "x-origin"};
  return !kNot.contains(name);
}

using FieldSet = std::multiset<std::pair<std::string, std::string>>;

// Turns values that differ from run to run into the corpus's tokens (NORMALISATION in replay.py).
class Normaliser {
 public:
  // UUIDs that stand in `known` stay.
  explicit Normaliser(std::string known) : known_(std::move(known)) {}

  std::string text(std::string value) const {
    value = replaced(value, TestGateway::kProduct, "<via>");
    value = replaced(value, TestGateway::kRequestId, "<request-id>");
    value = replaced(value, kOrigin, "<origin>");
    value = replaced(value, kRun, "<run>");
    value = replaced(value, "198.18.0.9", "<ip>");
    return without_uuids(value);
  }

  std::string field(const std::string& name, const std::string& value) const {
    static const std::regex kTracker("\\d{1,3}(\\.\\d{1,3}){3}-\\d+-\\d+-\\d+-\\d+-\\d+\\.\\d+");
    static const std::set<std::string> kLatencies = {"x-kong-upstream-latency", "x-kong-proxy-latency",
                                                     "x-kong-response-latency"};
    if (kLatencies.contains(name)) return "<ms>";
    if (name == "server" && value == TestGateway::kProduct) return "<server>";
    if (name == "x-forwarded-port" && value == "9080") return "<port>";
    if (name == "x-forwarded-port" && value == "9443") return "<tls-port>";
    if (std::regex_match(value, kTracker)) return "<tracker>";
    return std::regex_replace(text(value), std::regex("<uuid>#\\d+"), "<uuid>#<counter>");
  }

  FieldSet fields(const Fields& fields) const {
    FieldSet set;
    for (const auto& [name, value] : fields) {
      if (is_compared(lower(name))) set.emplace(lower(name), field(lower(name), value));
    }
    return set;
  }

 private:
  std::string without_uuids(const std::string& value) const {
    static const std::regex kUuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    std::string out;
    auto rest = value.begin();
    for (std::sregex_iterator it(value.begin(), value.end(), kUuid), end; it != end; ++it) {
      out.append(rest, (*it)[0].first);
      out += known_.find(it->str()) == std::string::npos ? "<uuid>" : it->str();
      rest = (*it)[0].second;
    }
    return out.append(rest, value.end());
  }

  std::string known_;
};

// The bytes of a text of the corpus, which is UTF-8 for what was sent as Latin-1.
std::string latin1(const std::string& utf8) {
  std::string bytes;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto lead = static_cast<uint8_t>(utf8[i]);
    const bool two = lead >= 0xc0 && i + 1 < utf8.size();
    bytes += two ? static_cast<char>(lead << 6 | (utf8[++i] & 0x3f)) : utf8[i];
  }
  return bytes;
}

Fields fields_of(const json& pairs) {
  Fields fields;
  for (const json& pair : pairs)
    fields.emplace_back(pair[0].get<std::string>(), latin1(rendered(pair[1].get<std::string>())));
  return fields;
}

std::string head_of(const json& request) {
  if (request.contains("raw")) return latin1(rendered(request["raw"]));
  std::string head = request["method"].get<std::string>() + " " + latin1(rendered(request["target"])) + " " +
                     request.value("version", "HTTP/1.1") + "\r\n";
  for (const auto& [name, value] : fields_of(request["headers"])) head += name + ": " + value + "\r\n";
  return head + "\r\n";
}

// A body as the corpus writes it; those in base64 are left to the replay.
std::string body_text(const json& body) {
  if (body.is_string()) return rendered(body.get<std::string>());
  if (!body.contains("fill")) return {};
  std::string text;
  for (int i = 0; i < body["times"].get<int>(); ++i) text += body["fill"].get<std::string>();
  return text;
}

TestGateway::OriginAnswer origin_answer(const json& step) {
  TestGateway::OriginAnswer answer;
  const json origin = step.value("origin", json::object());
  answer.status = origin.value("status", uint16_t{200});
  answer.headers = fields_of(origin.value("headers", json::array()));
  if (!value_of(answer.headers, "Content-Type") && !origin.value("no_type", false)) {
    answer.headers.emplace_back("Content-Type", "application/json");
  }
  answer.headers.emplace_back("X-Origin", "1");
  answer.body = origin.contains("body") ? body_text(origin["body"]) : "{\"ok\":true}";
  return answer;
}

// Bodies of JSON compare by what they say.
std::string comparable_body(const std::string& body, bool is_json) {
  const json parsed = is_json ? json::parse(body, nullptr, false) : json();
  return is_json && !parsed.is_discarded() ? parsed.dump() : body;
}

// The arguments of a query or a form, whose order Kong leaves to chance.
std::multiset<std::string> arguments_of(const std::string& text) {
  std::multiset<std::string> arguments;
  std::stringstream in(text);
  for (std::string argument; std::getline(in, argument, '&');) arguments.insert(argument);
  return arguments;
}

// What the echo tells of the machine has no place here; the replay knows it.
bool shows_the_machine(const std::string& name) {
  return name.starts_with("request-termination/echo");
}

void expect_upstream(const json& upstream, const TestGateway::Outcome& outcome, const Normaliser& normaliser) {
  ASSERT_TRUE(outcome.proxied);
  EXPECT_EQ(upstream["method"].get<std::string>(), outcome.method);
  EXPECT_EQ(upstream["target"].get<std::string>(), outcome.target);
  const Fields headers = fields_of(upstream["headers"]);
  if (upstream.contains("body") && upstream["body"].is_string()) {
    const std::string body = upstream["body"];
    const std::string type = value_of(headers, "Content-Type").value_or("");
    if (type.find("form-urlencoded") != std::string::npos) {
      EXPECT_EQ(arguments_of(body), arguments_of(outcome.upstream_body));
    } else {
      const bool is_json = type.find("json") != std::string::npos;
      EXPECT_EQ(comparable_body(body, is_json), comparable_body(outcome.upstream_body, is_json));
    }
  }
  const std::string host = value_of(headers, "Host").value_or("");
  if (!outcome.host.empty()) {
    EXPECT_EQ(host, outcome.host);
  } else {
    EXPECT_TRUE(host.starts_with("<") || host.find("<origin-port>") != std::string::npos) << host;
  }
  EXPECT_EQ(normaliser.fields(headers), normaliser.fields(outcome.upstream_headers));
}

class GatewayCorpus : public ::testing::TestWithParam<std::string> {
 protected:
  // Whether the answer was made without an origin although one was to be asked.
  static std::optional<OriginFailure> failure_of(const json& expect) {
    if (expect.value("status", 0) == 502 && expect["upstream"].is_null()) return OriginFailure::kBadResponse;
    return std::nullopt;
  }

  void check(const json& step) {
    const json& expect = step["expect"];
    const json& request = step["request"];
    const TestGateway::Sent sent{.head = head_of(request),
                                 .body = request.contains("body") ? body_text(request["body"]) : std::string(),
                                 .tls = step.value("tls", false),
                                 .server_name = step.value("sni", "")};
    const auto outcome = gateway_->serve(sent, origin_answer(step), failure_of(expect));
    EXPECT_EQ(expect["status"].get<int>(), outcome.status);
    if (outcome.headers.empty()) return;  // refused by the parser
    const Normaliser normaliser(policy_text_ + sent.head);
    EXPECT_EQ(normaliser.fields(fields_of(expect["headers"])), normaliser.fields(outcome.headers));
    if (expect["upstream"].is_object()) expect_upstream(expect["upstream"], outcome, normaliser);
    const bool bodiless = request.value("method", "") == "HEAD" || expect["status"] == 204;
    if (!bodiless && expect["body"].is_string()) {
      const bool is_json = expect.value("body_is", "") == "json";
      EXPECT_EQ(comparable_body(expect["body"].get<std::string>(), is_json),
                comparable_body(normaliser.text(outcome.body), is_json));
    }
  }

  std::string policy_text_;
  std::unique_ptr<TestGateway> gateway_;
};

TEST_P(GatewayCorpus, AnswersAsKongDid) {
  const std::filesystem::path directory = kCorpus / "corpus" / GetParam();
  policy_text_ = rendered(read_text(directory / "policy.yaml"));
  gateway_ = std::make_unique<TestGateway>(policy_text_);
  ASSERT_FALSE(HasFailure());
  if (json::parse(read_text(directory / "meta.json"))["profile"] == "trusted") {
    gateway_->trusted.addresses = match::CidrSet(std::array{*Cidr::parse("0.0.0.0/0"), *Cidr::parse("::/0")});
  }
  const std::set<std::string> excepted = exceptions();
  for (const json& kase : json::parse(read_text(directory / "cases.json"))) {
    const std::string name = GetParam() + "/" + kase["name"].get<std::string>();
    if (excepted.contains(name) || shows_the_machine(name)) continue;
    SCOPED_TRACE(name);
    for (const json& step : kase.contains("steps") ? kase["steps"] : json::array({kase})) check(step);
  }
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  return std::regex_replace(info.param, std::regex("[^A-Za-z0-9]"), "_");
}

INSTANTIATE_TEST_SUITE_P(All, GatewayCorpus,
                         ::testing::Values("router-hosts", "router-join", "router-methods-headers", "router-normalise",
                                           "router-nothing", "router-paths", "router-preserve-host", "router-priority",
                                           "router-protocols", "router-strip", "forwarded", "forwarded-trusted",
                                           "hop-by-hop", "errors-accept", "scoping", "acl", "key-auth", "jwt", "cors",
                                           "ip-restriction", "ip-restriction-trusted", "correlation-id",
                                           "request-termination", "auth-several", "basic-auth", "bot-detection",
                                           "hmac-auth", "ordering", "redirect", "request-transformer",
                                           "response-ratelimiting", "response-transformer", "tour-partner"),
                         test_name);

}  // namespace
}  // namespace sluice::gateway
