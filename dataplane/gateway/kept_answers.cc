#include "gateway/kept_answers.h"

#include "base/arena.h"
#include "gateway/plugins/cached_response.h"

namespace sluice::gateway {

std::optional<KeptAnswer> find_kept_answer(const cache::ResponseStore& store, std::string_view key, WallTime now) {
  const std::optional<cache::Key> parsed = cache::parse_key(key);
  if (!parsed) return std::nullopt;
  BlockPool blocks(4 * BlockPool::kLargest);
  Arena arena(blocks);
  const std::optional<std::string_view> bytes = store.find(*parsed, arena, cache::ResponseStore::Room::kAll);
  const std::optional<CachedResponse> cached = bytes ? decode_response(arena, *bytes) : std::nullopt;
  if (!cached || now.milliseconds() >= cached->kept_until_ms) return std::nullopt;
  KeptAnswer answer{.status = cached->status,
                    .stored_s = cached->stored_s,
                    .ttl_s = cached->ttl_s,
                    .headers = {},
                    .body = std::string(cached->body)};
  for (const http::Header& header : cached->headers.all()) answer.headers.emplace_back(header.name, header.value);
  return answer;
}

}  // namespace sluice::gateway
