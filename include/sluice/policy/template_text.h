// TemplateText: a text with $(…) expressions, as Kong's request-transformer has them, taken apart. The loader asks
// whether it can be had, the gateway evaluates the parts (gateway/templates.h).
//
// Kong evaluates Lua. Here an expression is made of these, with Lua's precedence and Lua's idea of what is true:
//   headers.name  headers['Name']            a header of the request
//   query_params.name  query_params['name']  an argument of the query
//   uri_captures.name  uri_captures[1]       a group of the route's regex
//   'text'  "text"  12  true  false  nil     itself
//   name  shared.name  shared['name']        nil, as an undefined variable; other plugins share nothing here
//   not a   a .. b   a == b   a ~= b   a and b   a or b   (a)
// Calls, as headers.x:upper() is one, escapes in texts and arithmetic are not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/result.h"

namespace sluice::policy {

struct TemplateExpression {
  enum class Kind : uint8_t {
    kText,
    kNumber,
    kTrue,
    kFalse,
    kNil,
    kHeader,
    kArgument,
    kCapture,
    kNot,    // of one operand
    kEqual,  // of two
    kUnequal,
    kConcat,  // of two or more, as are the rest
    kAnd,
    kOr,
  };

  Kind kind = Kind::kNil;
  std::string text = {};                          // a text, a number as it is written, or a name
  std::optional<unsigned> number = std::nullopt;  // of a capture that is named by number
  std::vector<TemplateExpression> operands = {};
};

// Its expressions in order; what stands between them is one of kind kText.
using TemplateText = std::vector<TemplateExpression>;

// The error says what in the text cannot be had.
Result<TemplateText, std::string> parse_template(std::string_view text);

}  // namespace sluice::policy
