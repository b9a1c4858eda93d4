// A refused policy as Kong's POST /config tells it, with a line for each mistake beside it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "publish/publisher.h"

namespace sluice::control {

// flatten: `flattened_errors`, one object an entity, instead of `fields`.
nlohmann::json refusal_json(const PublishOutcome& outcome, bool flatten);

// "file:line:column: …", one a mistake or warning.
std::vector<std::string> error_lines(const PublishOutcome& outcome);
std::vector<std::string> warning_lines(const PublishOutcome& outcome);
// The same, one an entity in quarantine and reason.
std::vector<std::string> quarantine_lines(const PublishOutcome& outcome);

}  // namespace sluice::control
