// Token introspection (RFC 7662): how what an authorization server says of a token comes to the workers of one machine.
//
// A worker that does not know a token asks at its desk (sluice/question.h); control asks the server, hands the answer
// to the book, which is the machine's memory of answers, and wakes who waits. What always holds: a token is in the
// request that brought it, in the question and in what is sent to the server, and nowhere else. The memory knows its
// digest.
//
// Contract between gateway/, which asks and remembers, worker/, which carries, and control/introspect, which asks
// servers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/units.h"
#include "sluice/wait_handle.h"

namespace sluice {

// What the questions of one plugin have in common.
struct IntrospectionTerms {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"; with the gateway's own credential at the server
  std::string token_type_hint;       // empty: none
  Duration timeout{};                // from asking to the whole answer
  Duration keepalive{};              // how long a connection may rest
  Duration ttl{};                    // how long an answer is remembered; 0: as long as there is room
  bool tell_request = false;         // path and method of the request go along
  std::vector<std::string> claims;   // of the answer, those to remember
};

// Of terms and token, and of path and method where these are told: keyed with what only the policy knows.
struct IntrospectionKey {
  std::array<uint64_t, 4> words{};
  bool operator==(const IntrospectionKey&) const = default;
};

struct IntrospectionQuestion {
  // A longer token, with path and method where they go along, is not asked about.
  static constexpr size_t kMostBytes = 8192;

  std::shared_ptr<const IntrospectionTerms> terms;
  IntrospectionKey key;
  WaitHandle waiting;

  // method, path: empty where they do not go along. REQUIRES: all of them fit.
  void set(std::string_view token, std::string_view method, std::string_view path) {
    char* end = text_.data();
    for (const std::string_view part : {token, method, path}) end += part.copy(end, part.size());
    token_bytes_ = static_cast<uint16_t>(token.size());
    method_bytes_ = static_cast<uint16_t>(method.size());
    path_bytes_ = static_cast<uint16_t>(path.size());
  }
  std::string_view token() const { return {text_.data(), token_bytes_}; }
  std::string_view method() const { return {text_.data() + token_bytes_, method_bytes_}; }
  std::string_view path() const { return {text_.data() + token_bytes_ + method_bytes_, path_bytes_}; }

 private:
  uint16_t token_bytes_ = 0;
  uint16_t method_bytes_ = 0;
  uint16_t path_bytes_ = 0;
  std::array<char, kMostBytes> text_{};
};

// The memory of answers, as control fills it. One control thread; any number of workers read meanwhile.
class IntrospectionBook {
 public:
  // Remembers what a server answered, in its own words. False: that is no answer to an introspection request, or too
  // long a one; nothing is remembered.
  [[nodiscard]] virtual bool keep(const IntrospectionTerms& terms, const IntrospectionKey& key, std::string_view answer,
                                  WallTime now) = 0;

 protected:
  ~IntrospectionBook() = default;
};

}  // namespace sluice
