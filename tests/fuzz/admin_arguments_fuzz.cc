// The query of an admin request: a page that it makes is bounded, and the link to it leads there again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "admin/paging.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice::control;
  AdminRequest request;
  request.query.assign(reinterpret_cast<const char*>(data), size);
  // libevent ends a text where its first NUL stands.
  request.query.resize(std::min(request.query.size(), request.query.find('\0')));
  const Page page = read_page(request, "routes");
  if (!page.error.empty()) {
    check(page.error.contains("message"));
    return 0;
  }
  check(page.size >= 1 && page.size <= Page::kMostSize);
  const std::string link = next_link(request, "/routes", offset_text("routes", page.from));
  check(link.starts_with("/routes?"));
  request.query = link.substr(link.find('?') + 1);
  const Page again = read_page(request, "routes");
  check(again.error.empty() && again.from == page.from && again.size == page.size);
  return 0;
}
