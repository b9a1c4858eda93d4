#include "admin/kong_errors.h"

#include "config/lua_text.h"

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr int kInvalidDeclarativeConfiguration = 14;

std::vector<std::string> lines(const std::string& file, const std::vector<config::Diagnostic>& diagnostics) {
  std::vector<std::string> out;
  for (const config::Diagnostic& d : diagnostics) out.push_back(config::to_line(file, d));
  return out;
}

}  // namespace

json refusal_json(const PublishOutcome& outcome, bool flatten) {
  json fields = flatten ? outcome.report.file_fields : outcome.report.fields;
  if (!outcome.refusal.empty()) fields["error"] = outcome.refusal;
  json body = {{"code", kInvalidDeclarativeConfiguration},
               {"name", "invalid declarative configuration"},
               {"message", "declarative config is invalid: " + config::lua_text(fields)},
               {"fields", std::move(fields)},
               {"errors", error_lines(outcome)},
               {"warnings", warning_lines(outcome)}};
  if (flatten) body["flattened_errors"] = outcome.report.flattened_errors;
  return body;
}

std::vector<std::string> error_lines(const PublishOutcome& outcome) {
  std::vector<std::string> out = lines(outcome.file, outcome.diagnostics.errors());
  if (outcome.diagnostics.suppressed() > 0) {
    out.push_back(outcome.file + ": and " + std::to_string(outcome.diagnostics.suppressed()) + " more mistakes");
  }
  if (!outcome.refusal.empty()) out.push_back(outcome.refusal);
  return out;
}

std::vector<std::string> quarantine_lines(const PublishOutcome& outcome) {
  return lines(outcome.file, outcome.quarantined);
}

std::vector<std::string> warning_lines(const PublishOutcome& outcome) {
  return lines(outcome.file, outcome.diagnostics.warnings());
}

}  // namespace sluice::control
