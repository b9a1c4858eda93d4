#include "sluice/policy/template_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::policy {

namespace {

using Kind = TemplateExpression::Kind;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

// Words of Lua that name no variable.
bool is_reserved(std::string_view name) {
  constexpr std::string_view kReserved[] = {"and",      "break",  "do",   "else",  "elseif", "end", "for",
                                            "function", "goto",   "if",   "in",    "local",  "not", "or",
                                            "repeat",   "return", "then", "until", "while"};
  return std::ranges::find(kReserved, name) != std::end(kReserved);
}

// "$(…)" with balanced parentheses: where it begins and how long it is; nothing without one.
struct Place {
  size_t at;
  size_t size;
};
std::optional<Place> find_expression(std::string_view text, size_t from) {
  for (size_t at = text.find("$(", from); at != std::string_view::npos; at = text.find("$(", at + 1)) {
    unsigned depth = 0;
    for (size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '(') ++depth;
      if (text[i] == ')' && --depth == 0) return Place{at, i + 1 - at};
    }
  }
  return std::nullopt;
}

// Reads one expression, the text between the parentheses. Each read_ returns nothing where there is none.
class Parser {
 public:
  explicit Parser(std::string_view text) : whole_(text), rest_(text) {}

  Result<TemplateExpression, std::string> parse() {
    std::optional<TemplateExpression> expression = read_or();
    if (expression && rest_.empty()) return *std::move(expression);
    return "$(" + std::string(whole_) +
           "): expected headers, query_params or uri_captures with a name, or a text, joined by and, or, not, '..', "
           "'==' and '~='";
  }

 private:
  using Maybe = std::optional<TemplateExpression>;
  // Evaluated on the stack of a worker.
  static constexpr unsigned kMostDepth = 16;

  Maybe read_or() {
    return read_joined(Kind::kOr, &Parser::read_and, [this] { return take_word("or"); });
  }
  Maybe read_and() {
    return read_joined(Kind::kAnd, &Parser::read_comparison, [this] { return take_word("and"); });
  }

  Maybe read_comparison() {
    Maybe left = read_concat();
    if (!left) return left;
    const bool equal = take("==");
    if (!equal && !take("~=")) return left;
    Maybe right = read_concat();
    if (!right) return right;
    TemplateExpression both{equal ? Kind::kEqual : Kind::kUnequal};
    both.operands.push_back(*std::move(left));
    both.operands.push_back(*std::move(right));
    return both;
  }

  Maybe read_concat() {
    return read_joined(Kind::kConcat, &Parser::read_not, [this] { return take(".."); });
  }

  Maybe read_not() {
    if (!take_word("not")) return read_term();
    Maybe operand = nested(&Parser::read_not);
    if (!operand) return operand;
    TemplateExpression negation{Kind::kNot};
    negation.operands.push_back(*std::move(operand));
    return negation;
  }

  // One or several of what `read` reads, with what `take_joint` takes between them.
  template <typename TakeJoint>
  Maybe read_joined(Kind kind, Maybe (Parser::*read)(), const TakeJoint& take_joint) {
    Maybe first = (this->*read)();
    if (!first || !take_joint()) return first;
    TemplateExpression all{kind};
    all.operands.push_back(*std::move(first));
    do {
      Maybe next = (this->*read)();
      if (!next) return next;
      all.operands.push_back(*std::move(next));
    } while (take_joint());
    return all;
  }

  Maybe nested(Maybe (Parser::*read)()) {
    if (depth_ == kMostDepth) return std::nullopt;
    ++depth_;
    Maybe inner = (this->*read)();
    --depth_;
    return inner;
  }

  Maybe read_term() {
    Maybe term = read_primary();
    skip_blanks();
    return term;
  }

  Maybe read_primary() {
    if (take("(")) {
      Maybe inner = nested(&Parser::read_or);
      return take(")") ? inner : std::nullopt;
    }
    if (std::optional<std::string> text = take_quoted()) return TemplateExpression{Kind::kText, *std::move(text)};
    const std::string_view name = take_name();
    if (name.empty() || is_reserved(name)) return std::nullopt;
    if (is_digit(name[0])) return number(name);
    if (name == "true") return TemplateExpression{Kind::kTrue};
    if (name == "false") return TemplateExpression{Kind::kFalse};
    skip_blanks();
    if ((!rest_.starts_with('.') || rest_.starts_with("..")) && !rest_.starts_with('[')) return TemplateExpression{};
    constexpr std::array<std::pair<std::string_view, Kind>, 4> kTables = {{{"headers", Kind::kHeader},
                                                                           {"query_params", Kind::kArgument},
                                                                           {"uri_captures", Kind::kCapture},
                                                                           {"shared", Kind::kNil}}};
    const auto* const table = std::ranges::find(kTables, name, [](const auto& entry) { return entry.first; });
    return table == kTables.end() ? std::nullopt : read_member(table->second);
  }

  // Digits that Lua would print as they are written.
  static Maybe number(std::string_view digits) {
    const bool plain = std::ranges::all_of(digits, is_digit) && digits.size() <= 14;
    if (!plain || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
    return TemplateExpression{Kind::kNumber, std::string(digits)};
  }

  // ".name", "['name']" or "[1]" behind the name of a table.
  Maybe read_member(Kind kind) {
    TemplateExpression member{kind};
    if (take(".")) {
      member.text = take_name();
      const bool named = !member.text.empty() && !is_digit(member.text[0]) && !is_reserved(member.text);
      return named ? Maybe(std::move(member)) : std::nullopt;
    }
    static_cast<void>(take("["));
    skip_blanks();
    if (std::optional<std::string> name = take_quoted()) {
      member.text = *std::move(name);
    } else if (const std::string_view digits = take_name(); kind == Kind::kCapture && is_index(digits)) {
      member.number = static_cast<unsigned>(std::stoul(std::string(digits)));
    } else {
      return std::nullopt;
    }
    return take("]") ? Maybe(std::move(member)) : std::nullopt;
  }

  static bool is_index(std::string_view text) {
    return !text.empty() && text.size() < 4 && std::ranges::all_of(text, is_digit);
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  bool take(std::string_view token) {
    skip_blanks();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string_view take_name() {
    skip_blanks();
    const std::string_view name(rest_.begin(), std::ranges::find_if_not(rest_, is_name_byte));
    rest_.remove_prefix(name.size());
    return name;
  }

  bool take_word(std::string_view word) {
    const std::string_view before = rest_;
    if (take_name() == word) return true;
    rest_ = before;
    return false;
  }

  // A text in quotes of either kind; nothing when there is none, or when it has an escape.
  std::optional<std::string> take_quoted() {
    skip_blanks();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return std::nullopt;
    const size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos || rest_.substr(0, end).find('\\') != std::string_view::npos) return std::nullopt;
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  const std::string_view whole_;
  std::string_view rest_;
  unsigned depth_ = 0;
};

}  // namespace

Result<TemplateText, std::string> parse_template(std::string_view text) {
  TemplateText result;
  size_t done = 0;
  const auto add_text = [&](size_t end) {
    if (end > done) result.push_back({Kind::kText, std::string(text.substr(done, end - done))});
  };
  while (const std::optional<Place> place = find_expression(text, done)) {
    add_text(place->at);
    Result<TemplateExpression, std::string> expression = Parser(text.substr(place->at + 2, place->size - 3)).parse();
    if (!expression) return expression.take_error();
    result.push_back(std::move(expression).value());
    done = place->at + place->size;
  }
  add_text(text.size());
  return result;
}

}  // namespace sluice::policy
