// AdminRequest and AdminResponse: what the control socket is asked and what it answers.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::control {

struct AdminRequest {
  std::string method;
  std::string path;   // decoded, without query
  std::string query;  // as sent
  std::string content_type;
  std::string body;

  bool reads() const { return method == "GET" || method == "HEAD"; }
  // The value of a query argument; none when it is absent.
  std::optional<std::string> argument(std::string_view name) const;
};

// Discarded: it is no JSON, or nested deeper than any policy may be. What is made of a value here (copies, text)
// recurses.
nlohmann::json parse_json(const std::string& text);

// `text` percent-encoded for a query.
std::string encode_argument(const std::string& text);

struct AdminResponse {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  std::string allow;  // the header of an answer to OPTIONS; empty: none
};

inline AdminResponse json_answer(int status, const nlohmann::json& body) {
  return {.status = status, .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

inline AdminResponse not_found() {
  return json_answer(404, {{"message", "Not found"}});
}

// Of a body that is no JSON, or no object.
inline AdminResponse no_json() {
  return json_answer(400, {{"message", "Cannot parse JSON body"}});
}

// Of an exception nothing is told: it may quote a secret.
inline AdminResponse unexpected_error() {
  return json_answer(500, {{"message", "An unexpected error occurred"}});
}

inline AdminResponse method_not_allowed() {
  return json_answer(405, {{"message", "Method not allowed"}});
}

}  // namespace sluice::control
