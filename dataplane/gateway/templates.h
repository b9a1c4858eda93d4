// Template: a text with $(…) expressions, as Kong's request-transformer has them, compiled once a policy.
//
// Kong evaluates Lua. Here an expression is one term, or several joined by `or`, of which the first that is there
// counts; none renders as nothing:
//   headers.name  headers['Name']        a header of the request ('_' also stands for '-')
//   query_params.name  query_params['n'] an argument, decoded; "true" where it has no value
//   uri_captures.name  uri_captures[1]   a group of the route's regex; [0] is all that it matched, if it has a group
//   'text'  "text"  12                   itself
//   name  shared.name  shared['n']       nothing, as an undefined variable of Lua; other plugins share nothing here
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "gateway/context.h"
#include "http/header_map.h"
#include "sluice/result.h"

namespace sluice::gateway {

// What templates read.
struct TemplateInputs {
  Arena& arena;
  std::span<const http::Header> headers;
  std::string_view query;
  std::span<const Capture> captures;
};

class Template {
 public:
  // The error says what in the text cannot be had.
  static Result<Template, std::string> compile(std::string_view text);

  // data() == nullptr: no room. The result lives in the template or in what the inputs live in.
  [[nodiscard]] std::string_view render(const TemplateInputs& inputs) const;

  // Whether any expression reads the request's headers, or its query.
  bool reads_headers() const { return reads(Source::kHeader); }
  bool reads_query() const { return reads(Source::kArgument); }

 private:
  enum class Source : uint8_t { kText, kHeader, kArgument, kCapture, kNothing };
  struct Term {
    Source source = Source::kNothing;
    std::string text;                // the text itself, or the name
    std::optional<unsigned> number;  // of a capture that is named by number
  };
  // A term, or the first of several; text outside of expressions is one term.
  using Piece = std::vector<Term>;
  friend class TemplateParser;

  bool reads(Source source) const;
  static std::optional<std::string_view> evaluate(const Term& term, const TemplateInputs& inputs);
  static std::string_view evaluate(const Piece& piece, const TemplateInputs& inputs);

  std::vector<Piece> pieces_;
};

}  // namespace sluice::gateway
