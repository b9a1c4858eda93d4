// What the logging plugins have in common.
#pragma once

#include "sluice/policy/field.h"

namespace sluice::policy {

// custom_fields_by_lua.
inline constexpr FieldInfo kLuaFields = {
    .help = "Lua, which Sluice does not run",
    .refusal =
        "Sluice runs no Lua: a header that request-transformer or response-transformer sets is in the record; "
        "other fields are added where the records are collected"};

}  // namespace sluice::policy
