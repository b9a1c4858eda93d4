// Resolver: keeps the addresses of the origins' names fresh, by c-ares on the event loop, over the kernel's network.
//
// Owned by control's main. Names are asked again when their TTL has passed; an answer that fails keeps the addresses
// known before and is tried again soon. Every change makes a new AddressBook; the old ones are its owner's to free.
//
// What always holds: a name is being asked, or exactly one timer runs for it; with that timer a name goes that nobody
// wants any more. Until then it is in every book, because those that wanted it may still be in use.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "loop/event_loop.h"
#include "sluice/ip_address.h"
#include "sluice/resolution.h"
#include "sluice/units.h"

struct ares_channeldata;
struct ares_addrinfo;

namespace sluice::control {

class Resolver {
 public:
  // Whose addresses are of use: the kinds of which the machine's ports have some themselves.
  enum class Families : uint8_t { kBoth, kIpv4, kIpv6 };
  // servers: empty for the system's. timeout: of one question to one server. on_change: a new book, after the first
  // answers to the names of want() were told to its own callback.
  Resolver(EventLoop& loop, const std::vector<IpAddress>& servers, Duration timeout, Families families,
           std::function<void(std::unique_ptr<const AddressBook>)> on_change);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Names (lower case, no literals) to be kept from now on, instead of those before, which are kept until `ready` has
  // been told. `ready` gets a book of all of them once each has an answer or has failed; at once when all are known.
  void want(const std::vector<std::string>& names, std::function<void(std::unique_ptr<const AddressBook>)> ready);

  uint64_t failures() const { return failures_; }

 private:
  struct Name {
    AddressBook::Addresses addresses;
    bool asking = false;
    bool answered = false;  // or failed, at least once
    bool wanted = true;
  };
  struct Question {
    Resolver* resolver;
    std::string name;
  };
  struct Waiting {
    std::set<std::string> unanswered;
    std::function<void(std::unique_ptr<const AddressBook>)> ready;
  };

  void ask(const std::string& name);
  void on_answer(const std::string& name, int status, const ares_addrinfo* result);
  void schedule(const std::string& name, Duration after);
  void tell_waiting();
  void want_only_latest();
  void on_socket(int descriptor, bool readable, bool writable);
  std::unique_ptr<const AddressBook> book() const;

  EventLoop& loop_;
  const Families families_;
  std::function<void(std::unique_ptr<const AddressBook>)> on_change_;
  ares_channeldata* channel_ = nullptr;
  std::map<std::string, Name> names_;
  std::vector<Waiting> waiting_;
  std::vector<std::string> latest_;  // names of the last want()
  std::map<int, std::unique_ptr<EventLoop::Watch>> watches_;
  uint64_t failures_ = 0;
};

}  // namespace sluice::control
