// Listeners: the local endpoints that accept connections: LISTEN of RFC 9293 3.3.2.
//
// Owned by the Stack. Few, so a small array that is walked.
#pragma once

#include <algorithm>
#include <vector>

#include "sluice/ip_address.h"
#include "tcp/events.h"

namespace sluice::tcp {

class Listeners {
 public:
  // local.address may be unspecified: every address of ours. False when the endpoint is taken.
  [[nodiscard]] bool try_add(const Endpoint& local, AcceptHandler& handler) {
    if (exact(local) != nullptr) return false;
    listeners_.push_back({local, &handler});
    return true;
  }

  // The handler that is left behind, nullptr when nobody listened.
  AcceptHandler* remove(const Endpoint& local) {
    AcceptHandler* handler = exact(local);
    std::erase_if(listeners_, [&](const Listener& l) { return l.local == local; });
    return handler;
  }

  // Who takes a connection to `local`: the exact endpoint before one for every address. nullptr: nobody.
  AcceptHandler* find(const Endpoint& local) const {
    AcceptHandler* any = nullptr;
    for (const Listener& l : listeners_) {
      if (l.local == local) return l.handler;
      if (l.local.port == local.port && l.local.address.is_unspecified()) any = l.handler;
    }
    return any;
  }

 private:
  struct Listener {
    Endpoint local;
    AcceptHandler* handler;
  };

  AcceptHandler* exact(const Endpoint& local) const {
    const auto it =
        std::find_if(listeners_.begin(), listeners_.end(), [&](const Listener& l) { return l.local == local; });
    return it == listeners_.end() ? nullptr : it->handler;
  }

  std::vector<Listener> listeners_;
};

}  // namespace sluice::tcp
