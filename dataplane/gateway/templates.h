// Template: a text with $(…) expressions (policy/template_text.h), compiled once a policy and rendered for each
// request.
//
// headers.x_one also stands for X-One; an argument without a value is true; uri_captures[0] is all that the regex
// matched, if it has a group. What is there several times is its first value. nil and false render as nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/arena.h"
#include "gateway/context.h"
#include "http/header_map.h"
#include "sluice/policy/template_text.h"
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

  // data() == nullptr: no room, or what is joined by '..' is no text, on which Kong fails too. The result lives in the
  // template or in what the inputs live in.
  [[nodiscard]] std::string_view render(const TemplateInputs& inputs) const;

  // Whether any expression reads the request's headers, or its query.
  bool reads_headers() const;
  bool reads_query() const;

 private:
  explicit Template(policy::TemplateText parts) : parts_(std::move(parts)) {}

  policy::TemplateText parts_;
};

}  // namespace sluice::gateway
