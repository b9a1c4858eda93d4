// Tokens: what the strict reading accepts is what Kong's reading accepts, a copy says the same as the original, and no
// signature of a stranger holds.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/test_worker.h"
#include "token/jws.h"
#include "token/verified_memory.h"
#include "token/verify.h"

namespace {

using namespace sluice;
using token::json::Kind;
using token::json::Value;

void check(bool holds) {
  if (!holds) std::abort();
}

// Reads every byte of a value, so that a sanitizer sees one that is not there.
size_t walk(const Value& value, unsigned depth = 0) {
  check(depth <= token::json::kMaxDepth + 1);
  size_t sum = value.name().size();
  if (!value.is(Kind::kArray) && !value.is(Kind::kObject)) {
    for (const char c : value.text()) sum += static_cast<uint8_t>(c);
    value.number();
  }
  for (const Value inner : value) sum += walk(inner, depth + 1);
  return sum;
}

std::string bytes_of(const token::Jws& jws) {
  return {reinterpret_cast<const char*>(jws.signature().data()), jws.signature().size()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static test::TestWorker worker;
  static token::VerifiedMemory memory(worker.context, {.tokens = 64});
  static const token::Key key =
      token::Key::from_secret("a secret that nobody guesses", policy::JwsAlgorithm::kHs256).value();
  Arena arena(worker.blocks);
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto lax = token::decode(text, token::Dialect::kKong, arena);
  const auto strict = token::decode(text, token::Dialect::kStrict, arena);
  check(!strict || lax.ok());
  for (const auto* jws : {&lax, &strict}) {
    if (!*jws) continue;
    const token::Jws& original = **jws;
    check(original.token() == text);
    check(original.signing_input().size() < text.size());
    std::vector<std::byte> room(original.copy_size());
    const token::Jws copy = original.copy_to(room);
    check(copy.token() == text && bytes_of(copy) == bytes_of(original));
    check(walk(copy.header()) == walk(original.header()) && walk(copy.claims()) == walk(original.claims()));
    check(!token::verify(key, original.algorithm(), original.signing_input(), original.signature()));
  }
  check(memory.find(text, token::Dialect::kKong) == nullptr || lax.ok());
  // As if it had been verified: the memory takes any token that could be read.
  if (strict) {
    if (const auto* entry = memory.remember(*strict, token::Dialect::kStrict, key.fingerprint())) {
      check(memory.find(text, token::Dialect::kStrict) == entry);
      check(walk(entry->jws.claims()) == walk(strict->claims()));
    }
  }
  return 0;
}
