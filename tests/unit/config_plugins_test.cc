// What Kong's schemas say of the configuration of a plugin, in its words: the answers of Kong 3.9.1's own code.
#include <algorithm>

#include "config/kong_report.h"
#include "config_support.h"

namespace sluice::config {
namespace {

struct PluginCase {
  const char* plugin;               // the rest of "- {name: "
  std::vector<const char*> errors;  // "field: message", or "message" of the whole; in the order of their bytes
};
void PrintTo(const PluginCase& c, std::ostream* out) {
  *out << c.plugin;
}

class PluginSchema : public ::testing::TestWithParam<PluginCase> {};

TEST_P(PluginSchema, SaysWhatKongSays) {
  const std::string text = std::string("_format_version: '3.0'\nplugins:\n- {name: ") + GetParam().plugin + "}\n";
  const KongReport report = kong_report(load_policy(text, "p").diagnostics.errors(), text);
  std::vector<std::string> said;
  for (const Json& entity : report.flattened_errors) {
    for (const Json& error : entity["errors"]) {
      const std::string field = error.value("field", "");
      said.push_back((field.empty() ? "" : field + ": ") + error["message"].get<std::string>());
    }
  }
  std::ranges::sort(said);
  EXPECT_EQ(said, std::vector<std::string>(GetParam().errors.begin(), GetParam().errors.end()));
}

const std::vector<PluginCase> kCases = {
    {"acl, config: {}",
     {"at least one of these fields must be non-empty: 'config.allow', 'config.deny'",
      "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'"}},
    {"acl",
     {"at least one of these fields must be non-empty: 'config.allow', 'config.deny'",
      "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'"}},
    {"acl, config: {allow: 5}", {"config.allow: expected an array"}},
    {"acl, config: {allow: [5]}", {"config.allow.1: expected a string"}},
    {"acl, config: {allow: [5, a], deny: [b]}",
     {"config.allow.1: expected a string",
      "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'"}},
    {"acl, config: {allow: []}",
     {"at least one of these fields must be non-empty: 'config.allow', 'config.deny'",
      "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'"}},
    {"acl, config: {allow: [], deny: [a]}", {}},
    {R"(acl, config: {allow: "x"})", {"config.allow: expected an array"}},
    {"acl, config: {allow: [a], hide_groups_header: null}", {"config.hide_groups_header: required field missing"}},
    {R"(acl, config: {allow: [""]})", {"config.allow.1: length must be at least 1"}},
    {R"(acl, config: {allow: [a], hide_groups_header: "yes"})", {"config.hide_groups_header: expected a boolean"}},
    {"acl, config: {whitelist: [a]}",
     {"at least one of these fields must be non-empty: 'config.allow', 'config.deny'",
      "config.whitelist: unknown field",
      "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'"}},
    {"jwt, config: {maximum_expiration: 60, claims_to_verify: [nbf]}",
     {"config.claims_to_verify: expected to contain: exp",
      "failed conditional validation given value of field 'config.maximum_expiration'"}},
    {"jwt, config: {maximum_expiration: 60, claims_to_verify: []}",
     {"config.claims_to_verify: expected to contain: exp",
      "failed conditional validation given value of field 'config.maximum_expiration'"}},
    {"jwt, config: {maximum_expiration: 31536001}",
     {"config.maximum_expiration: value should be between 0 and 31536000"}},
    {"jwt, config: {maximum_expiration: -1}", {"config.maximum_expiration: value should be between 0 and 31536000"}},
    {R"(jwt, config: {maximum_expiration: "60", claims_to_verify: [nbf]})",
     {"config.maximum_expiration: expected a number"}},
    {"jwt, config: {maximum_expiration: 60, claims_to_verify: [aud]}",
     {"config.claims_to_verify.1: expected one of: exp, nbf",
      "failed conditional validation given value of field 'config.maximum_expiration'"}},
    {"jwt, config: {uri_param_names: x}", {"config.uri_param_names: expected a set"}},
    {"jwt, config: {claims_to_verify: exp}", {"config.claims_to_verify: expected a set"}},
    {"jwt, config: {maximum_expiration: 60, claims_to_verify: exp}",
     {"config.claims_to_verify: expected a set",
      "failed conditional validation given value of field 'config.maximum_expiration'"}},
    {"jwt, config: {run_on_preflight: null, secret_is_base64: null, uri_param_names: null, key_claim_name: "
     "null}",
     {"config.run_on_preflight: required field missing", "config.secret_is_base64: required field missing"}},
    {"jwt, config: {anonymous: 5}", {"config.anonymous: expected a string"}},
    {R"(jwt, config: {anonymous: ""})", {"config.anonymous: length must be at least 1"}},
    {R"(jwt, config: {key_claim_name: ""})", {"config.key_claim_name: length must be at least 1"}},
    {"jwt, config: {maximum_expiration: 0.5, claims_to_verify: [exp]}", {}},
    {"jwt, config: {cookie_names: [null]}", {"config.cookie_names.1: required field missing"}},
    {"jwt, config: {cookie_names: [a, a]}", {}},
    {"jwt, config: {realm: 5}", {"config.realm: expected a string"}},
    {"jwt, config: {maximum_expiration: 0.5, claims_to_verify: [nbf]}",
     {"config.claims_to_verify: expected to contain: exp",
      "failed conditional validation given value of field 'config.maximum_expiration'"}},
    {"key-auth, config: {key_names: []}", {}},
    {R"(key-auth, config: {key_names: ["a b", ok, ""]})",
     {"config.key_names.1: bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'",
      "config.key_names.3: length must be at least 1"}},
    {"key-auth, config: {key_names: apikey}", {"config.key_names: expected an array"}},
    {"key-auth, config: {key_names: null}", {"config.key_names: required field missing"}},
    {"key-auth, config: {key_in_body: null, key_in_header: null, key_in_query: null, hide_credentials: "
     "null, run_on_preflight: null, anonymous: null, realm: null}",
     {"config.hide_credentials: required field missing", "config.key_in_body: required field missing",
      "config.key_in_header: required field missing", "config.key_in_query: required field missing",
      "config.run_on_preflight: required field missing"}},
    {"key-auth, config: {key_in_body: 1}", {"config.key_in_body: expected a boolean"}},
    {"key-auth, config: {key_names: {a: b}}", {"config.key_names: expected an array"}},
    {"key-auth, config: {key_names: [null, a]}", {"config.key_names.1: required field missing"}},
    {"basic-auth, config: {realm: null, hide_credentials: null}",
     {"config.hide_credentials: required field missing", "config.realm: required field missing"}},
    {R"(basic-auth, config: {realm: ""})", {"config.realm: length must be at least 1"}},
    {"basic-auth, config: {run_on_preflight: true}", {"config.run_on_preflight: unknown field"}},
    {"hmac-auth, config: {clock_skew: -1}", {"config.clock_skew: value must be greater than 0"}},
    {R"(hmac-auth, config: {clock_skew: "5"})", {"config.clock_skew: expected a number"}},
    {"hmac-auth, config: {algorithms: []}", {}},
    {"hmac-auth, config: {algorithms: hmac-sha1}", {"config.algorithms: expected an array"}},
    {"hmac-auth, config: {enforce_headers: [5]}", {"config.enforce_headers.1: expected a string"}},
    {"hmac-auth, config: {hide_credentials: null, validate_request_body: null, algorithms: null, "
     "enforce_headers: null, clock_skew: null}",
     {"config.hide_credentials: required field missing", "config.validate_request_body: required field missing"}},
    {"hmac-auth, config: {algorithms: [hmac-sha1, x, y]}",
     {"config.algorithms.2: expected one of: hmac-sha1, hmac-sha256, hmac-sha384, hmac-sha512",
      "config.algorithms.3: expected one of: hmac-sha1, hmac-sha256, hmac-sha384, hmac-sha512"}},
    {"hmac-auth, config: {clock_skew: 0.5}", {}},
    {"hmac-auth, config: {algorithms: [hmac-sha224]}",
     {"config.algorithms.1: expected one of: hmac-sha1, hmac-sha256, hmac-sha384, hmac-sha512"}},
    {"bot-detection, config: {allow: null, deny: null}", {}},
    {"bot-detection, config: {allow: [5]}", {"config.allow.1: expected a string"}},
    {R"(bot-detection, config: {allow: ["("], deny: ["[", ok, "*a"]})",
     {"config.allow.1: not a valid regex: (", "config.deny.1: not a valid regex: [",
      "config.deny.3: not a valid regex: *a"}},
    {R"(bot-detection, config: {allow: [""]})", {"config.allow.1: length must be at least 1"}},
    {"bot-detection, config: {whitelist: [a]}", {"config.whitelist: unknown field"}},
    {R"(bot-detection, config: {deny: ["(?<!x)y"]})", {}},
    {"cors, config: {methods: [get, GET, FOO]}",
     {"config.methods.1: expected one of: GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, TRACE, CONNECT",
      "config.methods.3: expected one of: GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, TRACE, CONNECT"}},
    {"cors, config: {methods: []}", {}},
    {"cors, config: {methods: null}", {}},
    {R"(cors, config: {max_age: "5"})", {"config.max_age: expected a number"}},
    {"cors, config: {max_age: -1}", {}},
    {"cors, config: {max_age: 1.5}", {}},
    {"cors, config: {max_age: 10000000000}", {}},
    {"cors, config: {origins: [5]}", {"config.origins.1: expected a string"}},
    {R"(cors, config: {origins: [""]})", {"config.origins.1: length must be at least 1"}},
    {R"(cors, config: {origins: ["*", "*x"]})", {"config.origins.2: '*x' is not a valid regex"}},
    {R"(cors, config: {origins: "*"})", {"config.origins: expected an array"}},
    {"cors, config: {credentials: null, private_network: null, preflight_continue: null}",
     {"config.credentials: required field missing", "config.preflight_continue: required field missing",
      "config.private_network: required field missing"}},
    {"cors, config: {headers: [5], exposed_headers: x}",
     {"config.exposed_headers: expected an array", "config.headers.1: expected a string"}},
    {"cors, config: {origins: []}", {}},
    {"ip-restriction, config: {}", {"at least one of these fields must be non-empty: 'config.allow', 'config.deny'"}},
    {R"(ip-restriction, config: {allow: ["10.0.0.0/33", "x", "1.2.3.4/8", "::1/129", "::1", "1.2.3"]})",
     {"config.allow.1: invalid ip or cidr range: '10.0.0.0/33'", "config.allow.2: invalid ip or cidr range: 'x'",
      "config.allow.4: invalid ip or cidr range: '::1/129'", "config.allow.6: invalid ip or cidr range: '1.2.3'"}},
    {"ip-restriction, config: {allow: 5}", {"config.allow: expected an array"}},
    {"ip-restriction, config: {allow: [5]}", {"config.allow.1: expected a string"}},
    {R"(ip-restriction, config: {allow: [1.2.3.4], status: "403"})", {"config.status: expected a number"}},
    {"ip-restriction, config: {allow: [1.2.3.4], status: 403.5}", {}},
    {"ip-restriction, config: {allow: [1.2.3.4], status: -1}", {}},
    {"ip-restriction, config: {allow: [1.2.3.4], status: 99999}", {}},
    {R"(ip-restriction, config: {allow: [1.2.3.4], message: ""})", {"config.message: length must be at least 1"}},
    {"ip-restriction, config: {allow: [], deny: []}",
     {"at least one of these fields must be non-empty: 'config.allow', 'config.deny'"}},
    {R"(ip-restriction, config: {allow: ["10.0.0.0/0", "::/0", "10.0.0.0/08", "010.0.0.1", "1.2.3.4/"]})",
     {"config.allow.3: invalid ip or cidr range: '10.0.0.0/08'",
      "config.allow.4: invalid ip or cidr range: '010.0.0.1'", "config.allow.5: invalid ip or cidr range: '1.2.3.4/'"}},
    {"ip-restriction, protocols: [foo], config: {allow: [1.2.3.4]}",
     {"protocols.1: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp"}},
    {"ip-restriction, config: {whitelist: [1.2.3.4]}",
     {"at least one of these fields must be non-empty: 'config.allow', 'config.deny'",
      "config.whitelist: unknown field"}},
    {R"(request-size-limiting, config: {allowed_payload_size: "5"})",
     {"config.allowed_payload_size: expected an integer"}},
    {"request-size-limiting, config: {allowed_payload_size: 1.5}",
     {"config.allowed_payload_size: expected an integer"}},
    {"request-size-limiting, config: {allowed_payload_size: -1}", {}},
    {"request-size-limiting, config: {allowed_payload_size: 5000000000, size_unit: bytes}", {}},
    {"request-size-limiting, config: {size_unit: gigabytes}",
     {"config.size_unit: expected one of: megabytes, kilobytes, bytes"}},
    {"request-size-limiting, config: {size_unit: null, require_content_length: null, allowed_payload_size: "
     "null}",
     {"config.require_content_length: required field missing", "config.size_unit: required field missing"}},
    {"request-size-limiting, config: {allowed_payload_size: 0}", {}},
    {"request-size-limiting, config: {allowed_payload_size: 5.0}", {}},
    {"redirect", {"config.location: required field missing"}},
    {R"(redirect, config: {location: "/x"})", {"config.location: missing host in url"}},
    {R"(redirect, config: {location: "//h/x"})", {"config.location: missing scheme in url"}},
    {R"(redirect, config: {location: "http:///x"})", {"config.location: missing host in url"}},
    {R"(redirect, config: {location: "http://:80/"})", {"config.location: missing host in url"}},
    {R"(redirect, config: {location: "http://u@/"})", {"config.location: missing host in url"}},
    {R"(redirect, config: {location: "foo://h"})", {}},
    {R"(redirect, config: {location: "mailto:a@b"})", {"config.location: missing host in url"}},
    {R"(redirect, config: {location: "http://h", status_code: 600})",
     {"config.status_code: value should be between 100 and 599"}},
    {R"(redirect, config: {location: "http://h", status_code: 99})",
     {"config.status_code: value should be between 100 and 599"}},
    {R"(redirect, config: {location: "http://h", status_code: "301"})", {"config.status_code: expected an integer"}},
    {"redirect, config: {location: null, status_code: null}",
     {"config.location: required field missing", "config.status_code: required field missing"}},
    {R"(redirect, config: {location: ""})", {"config.location: length must be at least 1"}},
    {"redirect, config: {location: 5}", {"config.location: expected a string"}},
    {R"(redirect, config: {location: "http://h", keep_incoming_path: "x"})",
     {"config.keep_incoming_path: expected a boolean"}},
    {R"(redirect, config: {location: "http://h /x"})", {}},
    {R"(redirect, config: {location: "h/x"})", {"config.location: missing host in url"}},
    {R"(redirect, config: {location: "h:80/x"})", {"config.location: missing host in url"}},
    {R"(redirect, config: {location: "http://h", status_code: 301.5})", {"config.status_code: expected an integer"}},
    {"request-termination, config: {message: a, body: b}",
     {"config: message cannot be used with content_type or body"}},
    {"request-termination, config: {message: a, content_type: b}",
     {"config: message cannot be used with content_type or body"}},
    {"request-termination, config: {content_type: b}", {"config: content_type requires a body"}},
    {"request-termination, config: {echo: true, content_type: b}", {"config: content_type requires a body"}},
    {"request-termination, config: {echo: true, body: b}", {"config: echo cannot be used with content_type and body"}},
    {"request-termination, config: {status_code: 600}", {"config.status_code: value should be between 100 and 599"}},
    {"request-termination, config: {status_code: 99, message: a, body: b}",
     {"config.status_code: value should be between 100 and 599"}},
    {R"(request-termination, config: {trigger: "a b"})",
     {"config.trigger: bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"}},
    {"request-termination, config: {status_code: null, echo: null}",
     {"config.echo: required field missing", "config.status_code: required field missing"}},
    {R"(request-termination, config: {trigger: ""})", {"config.trigger: length must be at least 1"}},
    {"request-termination, config: {message: a, content_type: b, body: c, echo: true}",
     {"config: message cannot be used with content_type or body"}},
    {R"(request-termination, config: {status_code: "200"})", {"config.status_code: expected an integer"}},
    {"request-termination, config: {foo: 1, message: a, body: b}", {"config.foo: unknown field"}},
    {"request-termination, config: {echo: true, message: x}", {}},
    {"request-termination, config: {message: 5}", {"config.message: expected a string"}},
    {"request-termination, config: {message: null, body: x}", {}},
    {"correlation-id, config: {generator: x}", {"config.generator: expected one of: uuid, uuid#counter, tracker"}},
    {"correlation-id, config: {generator: null, echo_downstream: null, header_name: null}",
     {"config.echo_downstream: required field missing", "config.generator: required field missing"}},
    {R"(correlation-id, config: {header_name: "X.Trace-Id"})", {}},
    {"opentelemetry, config: {traces_endpoint: 'http://c', header_type: zipkin}",
     {"config.header_type: expected one of: preserve, ignore, b3, b3-single, w3c, jaeger, ot, aws, gcp, datadog"}},
    {"opentelemetry, config: {traces_endpoint: 'http://c', header_type: null, propagation: null}", {}},
    {"opentelemetry, config: {traces_endpoint: 'http://c', propagation: {inject: [preserve, b3-single, datadog], "
     "extract: [aws, b3], clear: [x-a], default_format: ot}}",
     {}},
    {"opentelemetry, config: {traces_endpoint: 'http://c', propagation: {inject: [b3]}}",
     {"config.propagation.default_format: required field missing"}},
    {"opentelemetry, config: {traces_endpoint: 'http://c', propagation: {extract: [b3-single], default_format: w3c}}",
     {"config.propagation.extract.1: expected one of: b3, w3c, jaeger, ot, datadog, aws, gcp"}},
    {"opentelemetry, config: {traces_endpoint: 'http://c', propagation: {clear: ['a b'], default_format: w3c}}",
     {"config.propagation.clear.1: bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"}},
    {"opentelemetry, config: {traces_endpoint: 'http://c', connect_timeout: -1}",
     {"config.connect_timeout: value should be between 0 and 2147483646"}},
    {"rate-limiting, config: {second: 0.5, minute: 1.5}", {}},
    {"rate-limiting, config: {second: 1.5, hour: 1}",
     {"config: The limit for hour(1.0) cannot be lower than the limit for second(1.5)"}},
    {"rate-limiting, config: {second: 1, minute: null, fault_tolerant: null, hide_client_headers: null, sync_rate: "
     "null, limit_by: null, policy: null, error_code: null}",
     {"config.fault_tolerant: required field missing", "config.hide_client_headers: required field missing",
      "config.sync_rate: required field missing"}},
    {"rate-limiting, config: {second: 0}", {"config.second: value must be greater than 0"}},
    {"rate-limiting, config: {minute: x}", {"config.minute: expected a number"}},
    {"rate-limiting, config: {second: 10, minute: 0, hour: 5}", {"config.minute: value must be greater than 0"}},
    {"rate-limiting, config: {second: null}",
     {"at least one of these fields must be non-empty: 'config.second', 'config.minute', 'config.hour', 'config.day', "
      "'config.month', 'config.year'"}},
    {"response-ratelimiting, config: {limits: {a: {second: 0}}}",
     {"config.limits.second: value must be greater than 0"}},
    {"response-ratelimiting, config: {limits: {a: {minute: 5, hour: 1}}}",
     {"config.limits: the limit for hour(1.0) cannot be lower than the limit for minute(5.0)"}},
    {"response-ratelimiting, config: {limits: {a: {foo: 5}}}",
     {"at least one of these fields must be non-empty: 'second', 'minute', 'hour', 'day', 'month', 'year'",
      "config.limits.foo: unknown field"}},
    {"response-ratelimiting, config: {limits: {a: {minute: 1, foo: 5}, b: 5}}", {"config.limits.foo: unknown field"}},
    {"response-ratelimiting, config: {limits: {a: 5, b: {minute: 0}}}", {"config.limits: expected a record"}},
    {"response-ratelimiting, config: {limits: {a: null}}", {"config.limits: required field missing"}},
    {"response-ratelimiting, config: {limits: {'': {minute: 1}}}", {"config.limits: length must be at least 1"}},
    {"response-ratelimiting, config: {limits: {}}", {"config.limits: length must be at least 1"}},
    {"http-log, config: {http_endpoint: 'http://h', headers: {a: 1, b: 2}}", {"config.headers: expected a string"}},
    {"http-log, config: {http_endpoint: 'http://h', headers: {'a b': x}}",
     {"config.headers: bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"}},
    {"http-log, config: {http_endpoint: 'http://h', headers: {a: null}}", {"config.headers: required field missing"}},
    {"http-log, config: {http_endpoint: 'http://h', custom_fields_by_lua: {a: 1}}",
     {"config.custom_fields_by_lua: expected a string"}},
    {"http-log, config: {http_endpoint: 'http://h', custom_fields_by_lua: {a: ''}}",
     {"config.custom_fields_by_lua: length must be at least 1"}},
    {"opentelemetry, config: {traces_endpoint: 'http://h', resource_attributes: {a: 1, b: 2}}",
     {"config.resource_attributes: expected a string"}},
    {"request-transformer, config: {add: {querystring: ['a::b', 'c::', ':v', ''], headers: ['X-A::b', ':v', 'X-B']}}",
     {"config.add.headers.2: invalid value: :v", "config.add.headers.3: invalid value: X-B",
      "config.add.querystring.2: key 'c' has no value", "config.add.querystring.3: invalid value: :v",
      "config.add.querystring.4: length must be at least 1"}},
    {"request-transformer, config: {rename: {headers: ['X-A:b:c', 'X-A:', 'X A:b c', 'X-A::b']}}",
     {"config.rename.headers.1: 'b:c' is not a valid header", "config.rename.headers.2: '' is not a valid header",
      "config.rename.headers.3: 'X A' is not a valid header"}},
    {"response-transformer, config: {rename: {headers: ['X-A:b:c']}, add: {headers: ['X-A:b:c', ':v'], json: [':v']}}",
     {"config.add.headers.2: invalid value: :v", "config.add.json.1: invalid value: :v",
      "config.rename.headers.1: 'b:c' is not a valid header"}},
    {"request-transformer, config: {add: {querystring: ['a:$(foo bar)', 'b:$(headers.x and not shared.y)']}}",
     {"config.add.querystring.1: value '$(foo bar)' is not in supported format, error:$(foo bar): expected headers, "
      "query_params or uri_captures with a name, or a text, joined by and, or, not, '..', '==' and '~='"}},
    {"request-transformer, config: {rename: {body: ['a:$(']}, append: {headers: ['a:$(f())']}, replace: {uri: "
     "/$(headers.x:upper())}}",
     {"config.append.headers.1: value '$(f())' is not in supported format, error:$(f()): expected headers, "
      "query_params or uri_captures with a name, or a text, joined by and, or, not, '..', '==' and '~='",
      "config.replace.uri: value '/$(headers.x:upper())' is not in supported format, error:$(headers.x:upper()): "
      "expected headers, query_params or uri_captures with a name, or a text, joined by and, or, not, '..', '==' and "
      "'~='"}},
    {"rate-limiting, config: {minute: 1, error_code: 429.5}", {}},
    {"rate-limiting, config: {minute: 1, error_code: 99999}", {}},
    {"rate-limiting, config: {minute: 1, error_code: 0}", {"config.error_code: value must be greater than 0"}},
    {"http-log, config: {http_endpoint: 'http://h', queue: {max_retry_time: -5}}", {}},
    {"http-log, config: {http_endpoint: 'http://h', queue: {max_retry_time: 3000000}}", {}},
    {"response-ratelimiting, config: {limits: {a: {second: 0.5}}, fault_tolerant: null, block_on_first_violation: "
     "null, hide_client_headers: null, header_name: null}",
     {"config.block_on_first_violation: required field missing", "config.fault_tolerant: required field missing",
      "config.hide_client_headers: required field missing"}},
    {"proxy-cache, config: {strategy: memory, response_code: null, request_method: null, content_type: null, "
     "cache_control: null, memory: {dictionary_name: null}, cache_ttl: null, storage_ttl: null, ignore_uri_case: "
     "null, response_headers: null}",
     {"config.cache_control: required field missing", "config.content_type: required field missing",
      "config.memory.dictionary_name: required field missing", "config.request_method: required field missing",
      "config.response_code: required field missing"}},
    {"request-transformer, config: {http_method: null, remove: null, add: {body: null}, replace: {uri: null, headers: "
     "null}}",
     {"config.add.body: required field missing", "config.replace.headers: required field missing"}},
    {"response-transformer, config: {remove: null, add: {json: null, json_types: null}}",
     {"config.add.json: required field missing", "config.add.json_types: required field missing"}},
    {"syslog, config: {log_level: loud, facility: null}",
     {"config.facility: required field missing",
      "config.log_level: expected one of: debug, info, notice, warning, err, crit, alert, emerg"}},
    {"file-log, config: {path: /a, reopen: null}", {"config.reopen: required field missing"}},
    {"tcp-log, config: {host: h, port: 1, tls: null, timeout: null, tls_sni: null}",
     {"config.tls: required field missing"}},
    {"udp-log, config: {host: h, port: 1, custom_fields_by_lua: {a: return 1, b: \"return 'x'\", c: return nil, d: "
     "\"return kong.request.get_header('x-a')\"}}",
     {}},
    {R"(correlation-id, config: {header_name: ""})", {"config.header_name: length must be at least 1"}},
    {"correlation-id, config: {header_name: 5}", {"config.header_name: expected a string"}}};

INSTANTIATE_TEST_SUITE_P(Table, PluginSchema, ::testing::ValuesIn(kCases));

// A plugin that finds out who the consumer is runs before there is one: limited to one it would never run.
TEST(PluginScope, Introspection_IsLimitedToNoConsumerWhereverItStands) {
  const std::string plugin =
      "{name: oauth2-introspection, config: {introspection_url: 'http://as.example/', authorization_value: x}";
  const std::string head = "_format_version: '3.0'\nconsumer_groups: [{name: g}]\n";
  const std::string cases[] = {
      head + "consumers: [{username: c}]\nplugins:\n- " + plugin + ", consumer: c}\n",
      head + "consumers: [{username: c, plugins: [" + plugin + "}]}]\n",
      head + "consumers: [{username: c}]\nservices: [{name: s, host: h, plugins: [" + plugin + ", consumer: c}]}]\n",
      "_format_version: '3.0'\nconsumer_groups: [{name: g, plugins: [" + plugin + "}]}]\n",
      head + "plugins:\n- " + plugin + ", consumer_group: g}\n",
  };
  for (const std::string& text : cases) {
    const std::vector<std::string> found = mistakes(text);
    ASSERT_EQ(found.size(), 1u) << text;
    EXPECT_NE(found[0].find("value must be null"), std::string::npos) << found[0];
  }
  EXPECT_EQ(mistakes(head + "plugins:\n- " + plugin + ", consumer: null}\n"), std::vector<std::string>());
}

}  // namespace
}  // namespace sluice::config
