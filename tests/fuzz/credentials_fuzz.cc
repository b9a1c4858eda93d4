// Authorization in the schemes Basic and hmac, and dates: what is found lies within what was sent.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/plugins/basic_credentials.h"
#include "gateway/plugins/hmac_signature.h"
#include "http/date.h"
#include "support/test_worker.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  static test::TestWorker worker;
  Arena arena(worker.blocks);
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto basic = gateway::parse_basic_credentials(arena, text)) {
    check(!basic->username.empty() && basic->username.find(':') == std::string_view::npos);
    check(basic->username.size() + basic->password.size() < size);
  }
  if (const auto hmac = gateway::parse_hmac_signature(text)) {
    for (std::string_view part : {hmac->username, hmac->algorithm, hmac->headers, hmac->signature}) {
      check(!part.empty());
      check(part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
    }
    size_t names = 0;
    for (gateway::SignedNames reader(hmac->headers); reader.next();) ++names;
    check(names <= hmac->headers.size() + 1);
  }
  if (const auto date_s = http::parse_date(text)) check(*date_s < 253402300800);  // the year 10000
  return 0;
}
