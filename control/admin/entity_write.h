// What an entity would be after a write, so that one that is wrong can be told so though nothing is ever written.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "admin/admin_message.h"
#include "sluice/policy/uuid.h"

namespace sluice::control {

// What Kong's paths name an entity of the kind by, beside its id.
std::string_view naming_field(std::string_view plural);

// What is written, and where.
struct EntityWrite {
  std::string_view plural;
  std::string_view parent_field;                         // empty: the path names no parent
  policy::Uuid parent;                                   // its id
  std::optional<std::string> key;                        // the name or id in the path
  std::optional<nlohmann::json> present = std::nullopt;  // of PATCH: the entity as it is
};

// What Kong answers to what is wrong with it (400). None: nothing is, or the body is not one that is looked at.
std::optional<AdminResponse> refuse_entity(const AdminRequest& request, const EntityWrite& write);

}  // namespace sluice::control
