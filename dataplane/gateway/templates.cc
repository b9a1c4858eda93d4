#include "gateway/templates.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "gateway/plugins/query.h"
#include "gateway/text.h"

namespace sluice::gateway {

namespace {

using policy::TemplateExpression;
using Kind = TemplateExpression::Kind;

// A value of Lua's, of those that templates can have.
struct Value {
  enum class Type : uint8_t { kNil, kFalse, kTrue, kNumber, kText };
  Type type = Type::kNil;
  std::string_view text = {};  // of a number or a text

  static Value of(bool is_true) { return {is_true ? Type::kTrue : Type::kFalse}; }
  static Value of(std::optional<std::string_view> text) { return text ? Value{Type::kText, *text} : Value(); }
  bool is_true() const { return type > Type::kFalse; }
  bool operator==(const Value&) const = default;
};

// Nothing: no room, or an operand is of the wrong type.
using Evaluated = std::optional<Value>;

std::optional<std::string_view> find_header(std::span<const http::Header> headers, std::string_view name) {
  const auto found = std::ranges::find_if(headers, [name](const auto& h) { return http::iequals(h.name, name); });
  return found == headers.end() ? std::nullopt : std::optional(found->value);
}

Value header(const TemplateInputs& inputs, std::string_view name) {
  const std::optional<std::string_view> value = find_header(inputs.headers, name);
  if (value || name.find('_') == std::string_view::npos) return Value::of(value);
  const std::span<char> dashed = inputs.arena.try_array<char>(name.size());
  std::ranges::replace_copy(name.substr(0, dashed.size()), dashed.begin(), '_', '-');
  return Value::of(find_header(inputs.headers, {dashed.data(), dashed.size()}));
}

Value argument(const TemplateInputs& inputs, std::string_view name) {
  const ArgumentValues found = find_argument(inputs.arena, inputs.query, name);
  if (found.count == 0) return {};
  return found.first ? Value::of(found.first) : Value::of(true);
}

Value capture(const TemplateInputs& inputs, const TemplateExpression& expression) {
  // As in Kong, a route whose regex has no group that took part has no captures, not even the whole match.
  if (inputs.captures.size() < 2) return {};
  const auto found = std::ranges::find_if(inputs.captures, [&expression](const Capture& c) {
    return expression.number ? c.number == *expression.number : c.name == expression.text;
  });
  return found == inputs.captures.end() ? Value() : Value::of(found->value);
}

Evaluated evaluate(const TemplateExpression& expression, const TemplateInputs& inputs);

// The first operand whose truth is `decisive`, else the last.
Evaluated choose(const TemplateExpression& expression, const TemplateInputs& inputs, bool decisive) {
  Evaluated value;
  for (const TemplateExpression& operand : expression.operands) {
    value = evaluate(operand, inputs);
    if (!value || value->is_true() == decisive) break;
  }
  return value;
}

Evaluated join(const TemplateExpression& expression, const TemplateInputs& inputs) {
  std::string_view joined = "";
  for (const TemplateExpression& operand : expression.operands) {
    const Evaluated value = evaluate(operand, inputs);
    if (!value || value->type < Value::Type::kNumber) return std::nullopt;
    joined = concat(inputs.arena, {joined, value->text});
    if (joined.data() == nullptr) return std::nullopt;
  }
  return Value::of(joined);
}

Evaluated are_equal(const TemplateExpression& expression, const TemplateInputs& inputs) {
  const Evaluated left = evaluate(expression.operands[0], inputs);
  const Evaluated right = evaluate(expression.operands[1], inputs);
  if (!left || !right) return std::nullopt;
  return Value::of((*left == *right) == (expression.kind == Kind::kEqual));
}

Evaluated evaluate(const TemplateExpression& expression, const TemplateInputs& inputs) {
  switch (expression.kind) {
    case Kind::kText:
      return Value{Value::Type::kText, expression.text};
    case Kind::kNumber:
      return Value{Value::Type::kNumber, expression.text};
    case Kind::kTrue:
    case Kind::kFalse:
      return Value::of(expression.kind == Kind::kTrue);
    case Kind::kNil:
      return Value();
    case Kind::kHeader:
      return header(inputs, expression.text);
    case Kind::kArgument:
      return argument(inputs, expression.text);
    case Kind::kCapture:
      return capture(inputs, expression);
    case Kind::kNot: {
      const Evaluated operand = evaluate(expression.operands[0], inputs);
      return operand ? Evaluated(Value::of(!operand->is_true())) : operand;
    }
    case Kind::kEqual:
    case Kind::kUnequal:
      return are_equal(expression, inputs);
    case Kind::kConcat:
      return join(expression, inputs);
    case Kind::kAnd:
    case Kind::kOr:
      return choose(expression, inputs, expression.kind == Kind::kOr);
  }
  return std::nullopt;
}

// data() == nullptr: it fails.
std::string_view text_of(const TemplateExpression& expression, const TemplateInputs& inputs) {
  const Evaluated value = evaluate(expression, inputs);
  if (!value) return {};
  if (value->type == Value::Type::kTrue) return "true";
  return value->is_true() ? value->text : "";
}

bool reads(const TemplateExpression& expression, Kind kind) {
  return expression.kind == kind || std::ranges::any_of(expression.operands, [kind](const TemplateExpression& operand) {
           return reads(operand, kind);
         });
}

}  // namespace

Result<Template, std::string> Template::compile(std::string_view text) {
  Result<policy::TemplateText, std::string> parts = policy::parse_template(text);
  if (!parts) return parts.take_error();
  return Template(std::move(parts).value());
}

bool Template::reads_headers() const {
  return std::ranges::any_of(parts_, [](const TemplateExpression& part) { return reads(part, Kind::kHeader); });
}

bool Template::reads_query() const {
  return std::ranges::any_of(parts_, [](const TemplateExpression& part) { return reads(part, Kind::kArgument); });
}

std::string_view Template::render(const TemplateInputs& inputs) const {
  if (parts_.empty()) return "";
  if (parts_.size() == 1) return text_of(parts_[0], inputs);
  const std::span<std::string_view> values = inputs.arena.try_array<std::string_view>(parts_.size());
  if (values.empty()) return {};
  size_t size = 0;
  for (size_t i = 0; i < parts_.size(); ++i) {
    values[i] = text_of(parts_[i], inputs);
    if (values[i].data() == nullptr) return {};
    size += values[i].size();
  }
  const std::span<char> room = inputs.arena.try_array<char>(size + 1);
  if (room.empty()) return {};
  char* end = room.data();
  for (std::string_view value : values) end = std::ranges::copy(value, end).out;
  return {room.data(), end};
}

}  // namespace sluice::gateway
