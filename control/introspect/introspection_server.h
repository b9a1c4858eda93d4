// IntrospectionServer: one authorization server, and what is being asked of it.
//
// Owned by the Introspector, on the event loop. What always holds:
//   1. At most kMostAtOnce questions are under way at a server; at most kMostWaiting wait behind them, in their order;
//      more are busy at once.
//   2. Whoever asks about the same token in the same terms meanwhile shares the question, kMostSharing at most, and
//      more are busy at once. They are woken newest first: those that came first may have left meanwhile.
//   3. Every question ends when its terms' timeout has passed since it was asked, be it under way or not.
// So a server that hangs costs who asks it its timeout, and nobody else anything.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "loop/transfers.h"
#include "sluice/introspection.h"
#include "sluice/ip_address.h"
#include "sluice/units.h"

namespace sluice::control {

struct IntrospectionTotals {
  uint64_t asked = 0;     // requests sent to the server
  uint64_t shared = 0;    // questions that another one's request answered as well
  uint64_t answered = 0;  // requests with an answer as RFC 7662 says
  uint64_t failed = 0;    // questions without
  uint64_t busy = 0;      // questions turned away
};

class IntrospectionServer {
 public:
  static constexpr size_t kMostAtOnce = 64;
  static constexpr size_t kMostWaiting = 1024;
  static constexpr size_t kMostSharing = 4096;

  // What the server shares with others; all of it outlives it.
  struct Environment {
    Transfers& transfers;
    IntrospectionBook& book;
    std::function<void(const WaitHandle&, Woken)> wake;
    std::optional<std::string> trusted_certificates;  // a PEM file
  };
  // The first of these terms; later ones have the same url.
  IntrospectionServer(const Environment& environment, const IntrospectionTerms& terms);
  ~IntrospectionServer();
  IntrospectionServer(const IntrospectionServer&) = delete;
  IntrospectionServer& operator=(const IntrospectionServer&) = delete;

  // `now` on any steady clock, as everywhere here.
  void ask(const IntrospectionQuestion& question, Instant now);
  // Where the host of the url is; empty: it has no address. Not needed where the host is a literal.
  void set_addresses(const std::vector<IpAddress>& addresses, Instant now);
  // Ends questions whose time is over.
  void poll(Instant now);

  const std::string& url() const { return url_; }
  // The url without what may be secret.
  const std::string& name() const { return name_; }
  // Of the url, in lower case; empty: a literal, whose address is known.
  const std::string& host_to_resolve() const { return host_to_resolve_; }
  Instant asked_at() const { return asked_at_; }
  bool idle() const { return questions_.empty(); }
  size_t under_way() const { return under_way_; }
  size_t waiting() const { return waiting_.size(); }
  const IntrospectionTotals& totals() const { return totals_; }
  // Why a question failed last, in words that show neither token nor credential; empty: none has.
  const std::string& last_error() const { return last_error_; }

 private:
  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListDeleter>;

  struct Question {
    std::shared_ptr<const IntrospectionTerms> terms;
    std::string token;
    std::string method;
    std::string path;
    Instant deadline{};
    std::vector<WaitHandle> waiting;  // oldest first
    // Once it is under way.
    CurlHandle easy;
    List headers;
    List addresses;
    std::string body;
    std::string answer;
  };
  struct KeyHash {
    size_t operator()(const IntrospectionKey& key) const { return key.words[0] ^ key.words[2]; }
  };
  using Questions = std::unordered_map<IntrospectionKey, std::unique_ptr<Question>, KeyHash>;

  void send_waiting(Instant now);
  void send(Questions::iterator asked, Instant now);
  void set_up(Question& question, Instant now) const;
  List headers_of(const Question& question) const;
  std::string body_of(const Question& question) const;
  void on_done(const IntrospectionKey& key, CURLcode result);
  std::string fault_of(const IntrospectionKey& key, const Question& question, CURLcode result) const;
  void finish(Questions::iterator question, Woken how);
  void fail(Questions::iterator question, std::string reason);

  const Environment env_;
  const std::string url_;
  std::string name_;
  std::string host_to_resolve_;
  std::string port_;
  std::optional<std::vector<IpAddress>> addresses_;  // none: not known yet
  Questions questions_;
  std::deque<IntrospectionKey> waiting_;  // those not under way, oldest first
  size_t under_way_ = 0;
  Instant now_{};  // the last that was told
  Instant asked_at_{};
  IntrospectionTotals totals_;
  std::string last_error_;
};

}  // namespace sluice::control
