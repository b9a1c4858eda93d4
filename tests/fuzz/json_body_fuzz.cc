// JSON bodies: what is taken for an object is one, and is one again after edits. A second reader agrees.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "gateway/plugins/json_object.h"
#include "support/test_worker.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  using Fault = gateway::JsonObject::Fault;
  static test::TestWorker worker;
  Arena arena(worker.blocks);
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  auto [fault, object] = gateway::JsonObject::parse(arena, text, 2);
  const bool is_json = fault == Fault::kNone || fault == Fault::kNotObject;
  // The other reader also wants UTF-8, which is no matter here, and takes a NUL for the end of the text.
  if (text.find(char{}) == text.npos && size < 1000 && nlohmann::json::accept(text)) check(is_json);
  if (fault != Fault::kNone) return 0;
  check(gateway::JsonObject::parse(arena, object.encode(), 0).fault == Fault::kNone);
  object.rename("a", "b");
  check(object.set("a", "[1]"));
  check(object.set("c", gateway::append_json(arena, object.find("c"), "\"v\"")));
  const auto again = gateway::JsonObject::parse(arena, object.encode(), 0);
  check(again.fault == Fault::kNone && again.object.find("a") == "[1]");
  return 0;
}
