// Key sets of issuers: whatever a document says, the keys that come of it are bounded and can be asked, and what was
// passed over is said in single lines.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "token/jwks.h"
#include "token/verify.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  const auto read = token::parse_jwks({reinterpret_cast<const char*>(data), size});
  if (!read) {
    check(!read.error().empty());
    return 0;
  }
  check(!read->keys.empty() && read->keys.size() <= token::kMaxJwksKeys);
  for (const std::string& line : read->passed_over) check(line.find('\n') == std::string::npos);
  constexpr std::array<std::byte, 64> kSignature{};
  for (const token::NamedKey& named : read->keys) {
    check(!token::verify(named.key, policy::JwsAlgorithm::kEs256, "a.b", kSignature));
  }
  return 0;
}
