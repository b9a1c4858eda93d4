// Multipart forms: whatever is taken apart can be put together again, and means the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/plugins/argument_list.h"
#include "gateway/plugins/multipart_body.h"
#include "support/test_worker.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// The first line is the Content-Type, the rest the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  static test::TestWorker worker;
  Arena arena(worker.blocks);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = text.find('\n');
  const std::string_view type = text.substr(0, line);
  const std::string_view body = line == std::string_view::npos ? std::string_view() : text.substr(line + 1);

  if (auto form = gateway::MultipartBody::parse(arena, type, body, 1)) {
    const size_t a = form->count("a");
    const auto again = gateway::MultipartBody::parse(arena, type, form->encode(), 1);
    check(again && again->count("a") == a && again->find("a") == form->find("a"));
    form->remove("a");
    check(form->add("a", "v"));
    check(form->count("a") == 1 && form->find("a") == "v");
    check(!form->encode().empty());
  }
  if (auto list = gateway::ArgumentList::parse(arena, body, 1)) {
    list->remove("a");
    list->add("a", "v");
    const auto again = gateway::ArgumentList::parse(arena, list->encode(), 0);
    check(again && again->contains("a") && again->encode() == list->encode());
  }
  return 0;
}
