// What the logging plugins have in common: custom_fields_by_lua, of which Sluice, which runs no Lua, takes constants
// and headers of the request.
#pragma once

#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/lua_expression.h"

namespace sluice::policy {

// By the names of the fields: what parse_lua_expression() takes.
using CustomFields = std::vector<NamedValue>;

inline constexpr FieldInfo kCustomFields = {
    .help = "fields of the record, each `return` and a constant or kong.request.get_header(\"…\"); nil takes one away",
    .map = true,
    .empty_is_null = true};

inline void check_custom_fields(const CustomFields& fields, Complaints& complaints) {
  for (const NamedValue& field : fields) {
    if (parse_lua_expression(field.value)) continue;
    complaints.field("custom_fields_by_lua",
                     "'" + field.name +
                         "' is more than `return` and a constant or kong.request.get_header(\"…\"): "
                         "Sluice runs no Lua; a header "
                         "that request-transformer or response-transformer sets is in the "
                         "record, other fields are added where the records are collected");
  }
}

}  // namespace sluice::policy
