#include "gateway/plugins/acl.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/consumers.h"
#include "gateway/errors.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"

namespace sluice::gateway {

namespace {

// "a, b, c"; data() == nullptr: no room.
std::string_view list_of(Arena& arena, std::span<const std::string_view> groups) {
  constexpr std::string_view kSeparator = ", ";
  size_t size = 0;
  for (std::string_view group : groups) size += group.size() + kSeparator.size();
  const std::span<char> room = arena.try_array<char>(size + 1);
  if (room.empty()) return {};
  char* end = room.data();
  for (std::string_view group : groups) {
    if (end != room.data()) end = std::ranges::copy(kSeparator, end).out;
    end = std::ranges::copy(group, end).out;
  }
  return {room.data(), end};
}

class Acl final : public Plugin {
 public:
  explicit Acl(const policy::AclConfig& config)
      : denies_(!config.deny.empty()), tells_groups_(!config.hide_groups_header) {
    for (const std::string& group : denies_ ? config.deny : config.allow) groups_.push_back(group);
    std::ranges::sort(groups_);
  }

  http::Verdict access(Context& context) const override {
    const Consumer* const consumer = context.authentication.consumer;
    const bool in_no_group = consumer == nullptr || (!denies_ && consumer->groups.empty());
    if (in_no_group && is_anonymous(context)) {
      context.http.worker.count(Counter::kGatewayUnauthenticated);
      return answer_error(context.http, 401, "Unauthorized");
    }
    // A good credential may be no consumer's.
    if (consumer == nullptr || is_listed(*consumer) == denies_) {
      context.http.worker.count(Counter::kGatewayAclRefused);
      return answer_error(context.http, 403, "You cannot consume this service");
    }
    return continue_if(tell_groups(context, *consumer), context);
  }

 private:
  static bool is_anonymous(const Context& context) { return context.authentication.credential_id.empty(); }

  bool is_listed(const Consumer& consumer) const {
    return std::ranges::any_of(consumer.groups,
                               [this](std::string_view group) { return std::ranges::binary_search(groups_, group); });
  }

  // Also when there are none: what the client sent must not stay.
  bool tell_groups(Context& context, const Consumer& consumer) const {
    if (!tells_groups_) return true;
    const std::string_view list = list_of(context.http.arena, consumer.groups);
    return list.data() != nullptr && context.http.request.headers.set("X-Consumer-Groups", list);
  }

  std::vector<std::string_view> groups_;  // sorted; views of the policy
  bool denies_;                           // the groups are those that may not pass
  bool tells_groups_;
};

}  // namespace

MadePlugin make_plugin(const policy::AclConfig& config, const PluginEnvironment&) {
  return made<Acl>(config);
}

}  // namespace sluice::gateway
