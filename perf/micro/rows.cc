#include "micro/rows.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <random>
#include <span>

#include "token/base64url.h"

namespace sluice::micro {

namespace {

constexpr std::string_view kSecret = "peersecret0123456789abcdef0123456789abcdef";
constexpr std::string_view kDate = "Tue, 14 Nov 2023 22:13:20 GMT";  // the worlds' date
constexpr unsigned kRequests = 4096;                                 // different ones of a row, at most

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string hmac_sha256(std::string_view text) {
  unsigned char digest[32];
  HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, nullptr);
  return {reinterpret_cast<const char*>(digest), sizeof digest};
}

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  return out;
}

// A token that is good for as long as the worlds' date stands still. `subject` makes it one of many.
std::string bearer(unsigned subject) {
  const std::string claims = fmt::format(R"({{"iss":"client","sub":"user-{}","exp":1900000000}})", subject);
  const std::string text =
      token::encode_base64url(bytes(R"({"alg":"HS256","typ":"JWT"})")) + "." + token::encode_base64url(bytes(claims));
  return "Authorization: Bearer " + text + "." + token::encode_base64url(bytes(hmac_sha256(text))) + "\r\n";
}

std::string hmac_header() {
  const std::string signature = base64(hmac_sha256(fmt::format("date: {}\nGET /r HTTP/1.1", kDate)));
  return fmt::format(
      "Date: {}\r\nAuthorization: hmac username=\"alice\", algorithm=\"hmac-sha256\", "
      "headers=\"date request-line\", signature=\"{}\"\r\n",
      kDate, signature);
}

std::string request(std::string_view path, std::string_view host = "shop.example", std::string_view fields = "") {
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101\r\n"
      "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nAccept-Language: en-US,en;q=0.5\r\n{}\r\n",
      path, host, fields);
}

std::string service(std::string_view plugins) {
  return fmt::format(
      "_format_version: '3.0'\nservices:\n- name: s\n  url: http://198.18.1.1:9000/v1\n  plugins: [{}]\n", plugins);
}

// For each of `count` things a request, in random order; not more than kRequests.
template <typename Text>
std::vector<std::string> requests(unsigned count, Text&& text) {
  std::minstd_rand random(1);
  std::vector<std::string> all;
  for (unsigned i = 0; i < std::min(4 * count, kRequests); ++i) all.push_back(text(random() % count));
  return all;
}

// Routes that ask for what `match` says of each, and requests of random ones of them.
template <typename Match, typename Text>
Row routes(unsigned count, std::string_view kind, Match&& match, Text&& text) {
  std::string policy = service("") + "routes:\n";
  for (unsigned i = 0; i < count; ++i) policy += fmt::format("- {{name: r{}, service: s, {}}}\n", i, match(i));
  return {fmt::format("{} by {}", count, kind), policy, requests(count, text)};
}

Row by_path(unsigned count) {
  return routes(
      count, "path", [](unsigned i) { return fmt::format("paths: [/svc{}/items]", i); },
      [](unsigned i) { return request(fmt::format("/svc{}/items/7", i)); });
}

Row by_host(unsigned count) {
  return routes(
      count, "host and path",
      [](unsigned i) { return fmt::format("hosts: [shop{}.example], paths: [/items{}]", i, i % 10); },
      [](unsigned i) { return request(fmt::format("/items{}/7", i % 10), fmt::format("shop{}.example", i)); });
}

Row by_regex(unsigned count) {
  return routes(
      count, "regex", [](unsigned i) { return fmt::format("paths: ['~/svc{}/items/(?<id>[0-9]+)$']", i); },
      [](unsigned i) { return request(fmt::format("/svc{}/items/7", i)); });
}

Table route_table(const Scale& scale) {
  Table table{"Routes: requests to random ones of so many", "routes", 1, {}};
  table.rows.push_back({"(clients and origin alone)", "", {request("/svc0/items/7")}});
  for (unsigned count : {1u, 100u, scale.routes}) table.rows.push_back(by_path(count));
  for (unsigned count : {1u, 100u, scale.routes}) table.rows.push_back(by_host(count));
  for (unsigned count : {1u, 100u, scale.regexes}) table.rows.push_back(by_regex(count));
  return table;
}

Row with_consumers(unsigned count, std::string_view title, std::string_view plugins) {
  std::string policy = service(plugins) + "  routes: [{name: r, paths: [/r]}]\nconsumers:\n";
  for (unsigned i = 0; i < count; ++i) {
    policy += fmt::format("- {{username: user{0}, keyauth_credentials: [{{key: open-sesame-{0}}}]}}\n", i);
  }
  const auto ask = [](unsigned i) {
    return request("/r", "shop.example", fmt::format("apikey: open-sesame-{}\r\n", i));
  };
  return {fmt::format("{}: {}", title, count), policy, requests(count, ask)};
}

Table consumer_table(const Scale& scale) {
  Table table{"Consumers: requests of random ones of so many", "consumers", 0, {}};
  for (unsigned count : {1u, scale.consumers})
    table.rows.push_back(with_consumers(count, "key-auth", "{name: key-auth}"));
  for (unsigned count : {1u, scale.consumers}) {
    table.rows.push_back(
        with_consumers(count, "key-auth, rate-limiting",
                       "{name: key-auth}, {name: rate-limiting, config: {year: 4000000000, policy: local}}"));
  }
  return table;
}

// A plugin as it is measured: its settings, and what its requests have beside the common fields.
struct Case {
  std::string_view title;
  std::string_view plugins;
  std::vector<std::string> fields = {""};
  std::string_view answer = "HTTP/1.1 200";
};

std::vector<std::string> bearers(unsigned count) {
  std::vector<std::string> all;
  for (unsigned i = 0; i < count; ++i) all.push_back(bearer(i));
  return all;
}

std::vector<Case> authentication_cases(const Scale& scale) {
  const std::string basic = "Authorization: Basic " + base64("alice:wonderland") + "\r\n";
  return {
      {"jwt, token known", "{name: jwt, config: {claims_to_verify: [exp]}}", bearers(1)},
      {"jwt, token new", "{name: jwt, config: {claims_to_verify: [exp]}}", bearers(scale.tokens)},
      {"oauth2-introspection, token known",
       "{name: oauth2-introspection, config: {introspection_url: 'http://198.18.1.2/introspect', "
       "authorization_value: Basic eDp5}}",
       {"Authorization: Bearer open-sesame\r\n"}},
      {"key-auth", "{name: key-auth}", {"apikey: open-sesame\r\n"}},
      {"basic-auth", "{name: basic-auth}", {basic}},
      {"hmac-auth", "{name: hmac-auth}", {hmac_header()}},
      {"key-auth and acl", "{name: key-auth}, {name: acl, config: {allow: [people]}}", {"apikey: open-sesame\r\n"}},
  };
}

std::vector<Case> other_cases() {
  return {
      {"correlation-id", "{name: correlation-id, config: {header_name: x-id, generator: uuid}}"},
      {"bot-detection", "{name: bot-detection}"},
      {"cors", "{name: cors, config: {origins: ['https://shop.example']}}", {"Origin: https://shop.example\r\n"}},
      {"ip-restriction", "{name: ip-restriction, config: {allow: [198.18.0.0/24]}}"},
      {"request-size-limiting", "{name: request-size-limiting, config: {allowed_payload_size: 8}}"},
      {"rate-limiting", "{name: rate-limiting, config: {year: 4000000000, policy: local}}"},
      {"response-ratelimiting",
       "{name: response-ratelimiting, config: {limits: {video: {year: 4000000000}}, policy: local}}"},
      {"request-transformer",
       "{name: request-transformer, config: {add: {headers: ['X-Gateway:sluice']}, remove: {headers: [X-Internal]}}}"},
      {"response-transformer",
       "{name: response-transformer, config: {add: {headers: ['X-Gateway:sluice']}, remove: {headers: [X-Internal]}}}"},
      {"opentelemetry",
       "{name: opentelemetry, config: {traces_endpoint: 'http://198.18.1.2:4318/v1/traces', sampling_rate: 1}}"},
      {"prometheus", "{name: prometheus}"},
      {"http-log", "{name: http-log, config: {http_endpoint: 'http://198.18.1.2/log'}}"},
      {"file-log", "{name: file-log, config: {path: /dev/null}}"},
      {"udp-log", "{name: udp-log, config: {host: 198.18.1.2, port: 9999}}"},
      {"tcp-log", "{name: tcp-log, config: {host: 198.18.1.2, port: 9999}}"},
      {"syslog", "{name: syslog}"},
      {"proxy-cache, a hit", "{name: proxy-cache, config: {strategy: memory}}"},
      {"request-termination", "{name: request-termination, config: {status_code: 200, body: hello}}"},
      {"redirect", "{name: redirect, config: {location: 'https://shop.example/'}}", {""}, "HTTP/1.1 301"},
  };
}

Row alone(const Case& plugin) {
  const std::string consumers = fmt::format(
      "consumers:\n"
      "- username: alice\n"
      "  acls: [{{group: people}}]\n"
      "  keyauth_credentials: [{{key: open-sesame}}]\n"
      "  basicauth_credentials: [{{username: alice, password: wonderland}}]\n"
      "  hmacauth_credentials: [{{username: alice, secret: {0}}}]\n"
      "  jwt_secrets: [{{key: client, algorithm: HS256, secret: {0}}}]\n",
      kSecret);
  Row row{std::string(plugin.title),
          service(plugin.plugins) + "  routes: [{name: r, paths: [/r]}]\n" + consumers,
          {},
          plugin.answer};
  for (const std::string& fields : plugin.fields) row.requests.push_back(request("/r", "shop.example", fields));
  return row;
}

Table plugin_table(const Scale& scale) {
  Table table{"Plugins: each alone on top of the plain proxy", "plugin", 0, {alone({"(plain proxy)", ""})}};
  for (const Case& plugin : authentication_cases(scale)) table.rows.push_back(alone(plugin));
  for (const Case& plugin : other_cases()) table.rows.push_back(alone(plugin));
  return table;
}

}  // namespace

std::vector<Table> tables(const Scale& scale) {
  return {route_table(scale), consumer_table(scale), plugin_table(scale)};
}

}  // namespace sluice::micro
