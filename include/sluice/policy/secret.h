// Secret: a credential, or a text that may hold one: what Kong marks as referenceable. A stream shows it redacted, fmt
// refuses it, and it compares in constant time. One that came out of a vault remembers the reference that the policy
// said instead of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::policy {

class Secret {
 public:
  static constexpr std::string_view kRedacted = "***";

  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(std::string text, std::string reference) : text_(std::move(text)), reference_(std::move(reference)) {}

  // The secret itself. Every use is a place to look at in a review: never in a log, an error or a metric.
  std::string_view reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  // "{vault://…}"; empty where the policy says the secret itself.
  const std::string& reference() const { return reference_; }

  // The time depends on the length of `candidate` alone.
  bool equals(std::string_view candidate) const {
    uint8_t difference = candidate.size() != text_.size();
    for (size_t i = 0; i < candidate.size(); ++i) {
      const char own = text_.empty() ? '\0' : text_[i % text_.size()];
      difference = static_cast<uint8_t>(difference | (own ^ candidate[i]));
    }
    return difference == 0;
  }
  bool operator==(const Secret& other) const { return equals(other.text_); }

  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << kRedacted; }

 private:
  std::string text_;
  std::string reference_;
};

// "name: value" of a mapping whose order says nothing and whose values may be credentials: headers of those who are
// sent something.
struct NamedSecret {
  std::string name;
  Secret value;
  bool operator==(const NamedSecret&) const = default;
};

}  // namespace sluice::policy
