#include "gateway/templates.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/plugins/query.h"
#include "http/characters.h"

namespace sluice::gateway {

namespace {

constexpr http::CharacterSet kNameBytes = http::CharacterSet("_").with_alphanumeric();

std::optional<std::string_view> find_header(std::span<const http::Header> headers, std::string_view name) {
  const auto found = std::ranges::find_if(headers, [name](const auto& h) { return http::iequals(h.name, name); });
  return found == headers.end() ? std::nullopt : std::optional(found->value);
}

// "$(…)" with balanced parentheses: where it begins and how long it is; nothing without one.
struct Expression {
  size_t at;
  size_t size;
};
std::optional<Expression> find_expression(std::string_view text, size_t from) {
  for (size_t at = text.find("$(", from); at != std::string_view::npos; at = text.find("$(", at + 1)) {
    unsigned depth = 0;
    for (size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '(') ++depth;
      if (text[i] == ')' && --depth == 0) return Expression{at, i + 1 - at};
    }
  }
  return std::nullopt;
}

}  // namespace

// Reads one expression, the text between the parentheses.
class TemplateParser {
 public:
  using Source = Template::Source;
  using Term = Template::Term;
  using Piece = Template::Piece;

  explicit TemplateParser(std::string_view text) : whole_(text), rest_(text) {}

  Result<Piece, std::string> parse() {
    Piece piece;
    do {
      std::optional<Term> term = read_term();
      if (!term) return complaint();
      piece.push_back(std::move(*term));
      skip_blanks();
    } while (take_word("or"));
    if (!rest_.empty()) return complaint();
    return piece;
  }

 private:
  std::string complaint() const {
    return "$(" + std::string(whole_) +
           "): expected headers, query_params or uri_captures with a name, or a text, joined by 'or'";
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view take_name() {
    const auto end = std::ranges::find_if_not(rest_, [](char c) { return kNameBytes.contains(c); });
    const std::string_view name(rest_.begin(), end);
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
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return std::nullopt;
    const size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos || rest_.substr(0, end).find('\\') != std::string_view::npos) return std::nullopt;
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  std::optional<Term> read_term() {
    skip_blanks();
    if (std::optional<std::string> text = take_quoted()) return Term{Source::kText, std::move(*text), {}};
    const std::string_view name = take_name();
    if (name.empty()) return std::nullopt;
    if (http::is_digit(name[0])) return Term{Source::kText, std::string(name), {}};
    skip_blanks();
    if (!rest_.starts_with('.') && !rest_.starts_with('[')) return Term{};
    constexpr std::array<std::pair<std::string_view, Source>, 4> kTables = {{{"headers", Source::kHeader},
                                                                             {"query_params", Source::kArgument},
                                                                             {"uri_captures", Source::kCapture},
                                                                             {"shared", Source::kNothing}}};
    const auto* const table = std::ranges::find(kTables, name, [](const auto& entry) { return entry.first; });
    return table == kTables.end() ? std::nullopt : read_member(table->second);
  }

  // ".name", "['name']" or "[1]" behind the name of a table.
  std::optional<Term> read_member(Source source) {
    if (take('.')) {
      const std::string_view name = take_name();
      return name.empty() ? std::nullopt : std::optional(Term{source, std::string(name), {}});
    }
    take('[');
    skip_blanks();
    Term term{source, {}, {}};
    if (std::optional<std::string> name = take_quoted()) {
      term.text = std::move(*name);
    } else if (const std::string_view digits = take_name(); source == Source::kCapture && is_number(digits)) {
      term.number = static_cast<unsigned>(std::stoul(std::string(digits)));
    } else {
      return std::nullopt;
    }
    skip_blanks();
    return take(']') ? std::optional(std::move(term)) : std::nullopt;
  }

  static bool is_number(std::string_view text) {
    return !text.empty() && text.size() < 4 && std::ranges::all_of(text, http::is_digit);
  }

  std::string_view whole_;
  std::string_view rest_;
};

Result<Template, std::string> Template::compile(std::string_view text) {
  Template result;
  size_t done = 0;
  const auto add_text = [&](size_t end) {
    if (end > done) result.pieces_.push_back({Term{Source::kText, std::string(text.substr(done, end - done)), {}}});
  };
  while (const std::optional<Expression> expression = find_expression(text, done)) {
    add_text(expression->at);
    Result<Piece, std::string> piece = TemplateParser(text.substr(expression->at + 2, expression->size - 3)).parse();
    if (!piece) return piece.take_error();
    result.pieces_.push_back(std::move(piece).value());
    done = expression->at + expression->size;
  }
  add_text(text.size());
  return result;
}

bool Template::reads(Source source) const {
  return std::ranges::any_of(pieces_, [source](const Piece& piece) {
    return std::ranges::any_of(piece, [source](const Term& term) { return term.source == source; });
  });
}

std::optional<std::string_view> Template::evaluate(const Term& term, const TemplateInputs& inputs) {
  switch (term.source) {
    case Source::kText:
      return term.text;
    case Source::kHeader: {
      const std::optional<std::string_view> value = find_header(inputs.headers, term.text);
      if (value || term.text.find('_') == std::string::npos) return value;
      const std::span<char> dashed = inputs.arena.try_array<char>(term.text.size());
      std::ranges::replace_copy(std::string_view(term.text).substr(0, dashed.size()), dashed.begin(), '_', '-');
      return find_header(inputs.headers, {dashed.data(), dashed.size()});
    }
    case Source::kArgument: {
      const ArgumentValues found = find_argument(inputs.arena, inputs.query, term.text);
      return found.count == 0 ? std::nullopt : std::optional(found.first.value_or("true"));
    }
    case Source::kCapture: {
      // As in Kong, a route whose regex has no group that took part has no captures, not even the whole match.
      if (inputs.captures.size() < 2) return std::nullopt;
      const auto capture = std::ranges::find_if(inputs.captures, [&term](const Capture& c) {
        return term.number ? c.number == *term.number : c.name == term.text;
      });
      return capture == inputs.captures.end() ? std::nullopt : std::optional(capture->value);
    }
    case Source::kNothing:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string_view Template::evaluate(const Piece& piece, const TemplateInputs& inputs) {
  for (const Term& term : piece) {
    if (const std::optional<std::string_view> value = evaluate(term, inputs)) return *value;
  }
  return "";
}

std::string_view Template::render(const TemplateInputs& inputs) const {
  if (pieces_.empty()) return "";
  if (pieces_.size() == 1) return evaluate(pieces_[0], inputs);
  const std::span<std::string_view> values = inputs.arena.try_array<std::string_view>(pieces_.size());
  if (values.empty()) return {};
  size_t size = 0;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    values[i] = evaluate(pieces_[i], inputs);
    size += values[i].size();
  }
  const std::span<char> room = inputs.arena.try_array<char>(size + 1);
  if (room.empty()) return {};
  char* end = room.data();
  for (std::string_view value : values) end = std::ranges::copy(value, end).out;
  return {room.data(), end};
}

}  // namespace sluice::gateway
