// The log lines: one JSON object a record. The schema is written in docs/operations.md; kLogSchemaVersion names it.
#pragma once

#include <string>

#include "sluice/log_record.h"

namespace sluice::control {

// Raised by one in its first part when a field changes its meaning or goes, in its second when one comes.
inline constexpr const char* kLogSchemaVersion = "1.0";

// Appends the line, its newline included. Bytes that are not UTF-8 are replaced, so a line is always valid JSON.
void append_json(std::string& out, const EdgeRecord& record);
void append_json(std::string& out, const GatewayRecord& record);

}  // namespace sluice::control
