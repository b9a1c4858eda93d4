// A multipart form of an admin request: what is found of it is a part of the body. The first line is its Content-Type.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "admin/policy_body.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), input.size());
  const std::string_view body = input.substr(std::min(line + 1, input.size()));
  const auto field = sluice::control::multipart_field(input.substr(0, line), body, "config");
  if (!field) return 0;
  const bool within = field->data() >= body.data() && field->data() + field->size() <= body.data() + body.size();
  if (!within) std::abort();
  return 0;
}
