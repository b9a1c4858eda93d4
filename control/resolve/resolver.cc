#include "resolve/resolver.h"

#include <ares.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::control {

namespace {

constexpr Duration kLeastTtl = Duration::seconds(1);
constexpr Duration kMostTtl = Duration::seconds(3600);
constexpr Duration kRetryAfter = Duration::seconds(5);
constexpr Duration kTimeoutTick = Duration::milliseconds(50);

IpAddress address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    return IpAddress::v4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  }
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, bytes.size());
  return IpAddress::v6(bytes);
}

int family_of(Resolver::Families families) {
  switch (families) {
    case Resolver::Families::kIpv4:
      return AF_INET;
    case Resolver::Families::kIpv6:
      return AF_INET6;
    case Resolver::Families::kBoth:
      break;
  }
  return AF_UNSPEC;
}

std::string servers_csv(const std::vector<IpAddress>& servers) {
  std::string csv;
  for (const IpAddress& server : servers) {
    if (!csv.empty()) csv += ',';
    csv += server.is_v4() ? server.to_string() : "[" + server.to_string() + "]";
  }
  return csv;
}

}  // namespace

Resolver::Resolver(EventLoop& loop, const std::vector<IpAddress>& servers, Duration timeout, Families families,
                   std::function<void(std::unique_ptr<const AddressBook>)> on_change)
    : loop_(loop), families_(families), on_change_(std::move(on_change)) {
  ares_library_init(ARES_LIB_INIT_ALL);
  ares_options options{};
  options.timeout = static_cast<int>(timeout.ms());
  options.tries = 2;
  options.sock_state_cb_data = this;
  options.sock_state_cb = [](void* self, ares_socket_t descriptor, int readable, int writable) {
    static_cast<Resolver*>(self)->on_socket(descriptor, readable != 0, writable != 0);
  };
  ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (!servers.empty()) ares_set_servers_csv(channel_, servers_csv(servers).c_str());
  loop_.every(kTimeoutTick, [this] { ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD); });
}

Resolver::~Resolver() {
  ares_destroy(channel_);
  ares_library_cleanup();
}

void Resolver::want(const std::vector<std::string>& names,
                    std::function<void(std::unique_ptr<const AddressBook>)> ready) {
  for (const std::string& text : names) names_[text].wanted = true;
  latest_ = names;
  std::set<std::string> unanswered;
  for (const std::string& text : names) {
    if (!names_[text].answered) unanswered.insert(text);
  }
  waiting_.push_back({unanswered, std::move(ready)});
  // Answers from a hosts file come before ask() returns.
  for (const std::string& text : unanswered) ask(text);
  tell_waiting();
}

void Resolver::ask(const std::string& text) {
  Name& name = names_[text];
  if (name.asking) return;
  name.asking = true;
  ares_addrinfo_hints hints{};
  hints.ai_family = family_of(families_);
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(
      channel_, text.c_str(), nullptr, &hints,
      [](void* data, int status, int, ares_addrinfo* result) {
        const std::unique_ptr<Question> question(static_cast<Question*>(data));
        if (status != ARES_EDESTRUCTION) question->resolver->on_answer(question->name, status, result);
        if (result != nullptr) ares_freeaddrinfo(result);
      },
      new Question{this, text});
}

void Resolver::on_answer(const std::string& text, int status, const ares_addrinfo* result) {
  const auto entry = names_.find(text);
  if (entry == names_.end()) return;
  Name& name = entry->second;
  name.asking = false;
  const bool first = !std::exchange(name.answered, true);
  for (Waiting& waiting : waiting_) waiting.unanswered.erase(text);
  AddressBook::Addresses addresses;
  int ttl_s = INT32_MAX;
  for (const ares_addrinfo_node* node = result == nullptr ? nullptr : result->nodes; node != nullptr;
       node = node->ai_next) {
    addresses.push_back(address_of(node->ai_addr));
    ttl_s = std::min(ttl_s, node->ai_ttl);
  }
  if (status != ARES_SUCCESS || addresses.empty()) {
    ++failures_;
    schedule(text, kRetryAfter);
  } else {
    std::ranges::sort(addresses);
    const bool changed = addresses != name.addresses;
    name.addresses = std::move(addresses);
    schedule(text, std::clamp(Duration::seconds(ttl_s), kLeastTtl, kMostTtl));
    if (changed && !first && name.wanted) on_change_(book());
  }
  tell_waiting();
}

void Resolver::schedule(const std::string& text, Duration after) {
  loop_.once_after(after, [this, text] {
    const auto entry = names_.find(text);
    if (entry == names_.end()) return;
    if (entry->second.wanted) {
      ask(text);
    } else {
      names_.erase(entry);
    }
  });
}

void Resolver::tell_waiting() {
  for (size_t i = 0; i < waiting_.size();) {
    if (!waiting_[i].unanswered.empty()) {
      ++i;
      continue;
    }
    auto ready = std::move(waiting_[i].ready);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    // While somebody waits, what was wanted before is in use.
    if (waiting_.empty()) want_only_latest();
    ready(book());
  }
}

void Resolver::want_only_latest() {
  for (auto& [text, name] : names_) name.wanted = false;
  for (const std::string& text : latest_) names_[text].wanted = true;
}

void Resolver::on_socket(int descriptor, bool readable, bool writable) {
  watches_.erase(descriptor);
  if (!readable && !writable) return;
  watches_[descriptor] = loop_.watch(descriptor, readable, writable, [this, descriptor](bool read, bool write) {
    ares_process_fd(channel_, read ? descriptor : ARES_SOCKET_BAD, write ? descriptor : ARES_SOCKET_BAD);
  });
}

std::unique_ptr<const AddressBook> Resolver::book() const {
  auto book = std::make_unique<AddressBook>();
  for (const auto& [text, name] : names_) {
    if (name.answered) book->set(text, name.addresses);
  }
  return book;
}

}  // namespace sluice::control
