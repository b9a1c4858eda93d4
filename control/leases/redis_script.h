// What Redis runs for us, each script as one command that nothing else comes between.
#pragma once

namespace sluice::control {

// KEYS: the counters. ARGV, five of each: most, owed, needed, wanted, seconds to live. Answers two of each: how many
// were leased, how many are counted now. Beyond what is needed, a lease takes at most a 32nd of what is left.
inline constexpr const char* kLeaseScript = R"(
local counted, dry = {}, false
for i, key in ipairs(KEYS) do
  local most, owed, needed = tonumber(ARGV[5*i-4]), tonumber(ARGV[5*i-3]), tonumber(ARGV[5*i-2])
  counted[i] = tonumber(redis.call('GET', key) or '0')
  if owed > 0 then counted[i] = redis.call('INCRBY', key, owed) end
  if needed > 0 and counted[i] >= most then dry = true end
end
local answer = {}
for i, key in ipairs(KEYS) do
  local most, owed = tonumber(ARGV[5*i-4]), tonumber(ARGV[5*i-3])
  local needed, wanted = tonumber(ARGV[5*i-2]), tonumber(ARGV[5*i-1])
  local left = math.max(0, most - counted[i])
  local leased = math.min(left, math.max(needed, math.min(wanted, math.floor(left / 32))))
  if dry then leased = 0 end
  if leased > 0 then counted[i] = redis.call('INCRBY', key, leased) end
  if owed + leased > 0 and redis.call('TTL', key) < 0 then redis.call('EXPIRE', key, ARGV[5*i]) end
  answer[2*i-1], answer[2*i] = leased, counted[i]
end
return answer
)";

// KEYS: a counter. ARGV: how many. A counter that is gone stays so.
inline constexpr const char* kGiveBackScript = R"(
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0} end
return {0, redis.call('DECRBY', KEYS[1], ARGV[1])}
)";

}  // namespace sluice::control
