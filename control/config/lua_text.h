// A JSON value as Kong prints a Lua table in messages.
#pragma once

#include <string>

#include "config/described_json.h"

namespace sluice::config {

// {services={{host="required field missing"}}} of {"services": [{"host": "required field missing"}]}.
std::string lua_text(const Json& value);

// The same with a line for each member, two blanks further in than the table.
std::string lua_lines(const Json& value);

}  // namespace sluice::config
