// Editing a request's body by the rules of request-transformer, as Kong does: the members of a JSON object, the fields
// of a form, the parts of a multipart form.
#pragma once

#include <cstdint>
#include <string_view>

#include "gateway/plugins/body_type.h"
#include "gateway/plugins/edit_rules.h"

namespace sluice::gateway {

struct EditedBody {
  enum class Outcome : uint8_t { kEdited, kUnchanged, kMalformed, kNoMemory };
  Outcome outcome = Outcome::kUnchanged;
  std::string_view bytes;  // of kEdited
};

// What a request says its body is.
struct DeclaredBody {
  BodyType type = BodyType::kOther;
  std::string_view content_type;
  std::string_view bytes;
};

// A JSON value that is no object is left as it is, and so is a body in which the rules find nothing to do. An empty
// body can be added to.
EditedBody edit_body(const DeclaredBody& body, const EditRules& rules, const TemplateInputs& inputs);

}  // namespace sluice::gateway
