// The vocabulary of field tables: what a policy type says about each of its fields, once.
//
// A described type has one static template
//     template <typename Self, typename V> static void fields(Self& s, V& visit) {
//       visit("key_names", s.key_names, {.help = "...", .text = TextKind::kHeaderName});
//     }
// A visitor that loads YAML, one that writes the canonical form, one that prints the schema and one that writes the
// documentation all walk the same table; Self is const for those that only read. Nothing here parses or prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::policy {

// Where something stands in its file; line and column count from 1, 0 means "not from a file".
struct Mark {
  uint32_t line = 0;
  uint32_t column = 0;
};

// What a string must look like.
enum class TextKind : uint8_t {
  kAny,
  kName,            // letters, digits, '.', '-', '_', '~' and any beyond ASCII
  kTag,             // printable, without ',' and '/'
  kHost,            // a host name or an IP address
  kHostPort,        // the same with an optional port
  kRouteHost,       // kHostPort, or a host name with one wildcard label first or last
  kSni,             // a host name with one wildcard first or last
  kUpstreamName,    // a host name, not an address
  kTarget,          // host:port, [v6]:port or host (port 8000)
  kPath,            // begins with '/', no empty segment, no invalid percent-encoding
  kRoutePath,       // kPath, normalised; or "~" and a regex
  kHeaderName,      // letters, digits, '-' and '_', as in Kong
  kRouteHeader,     // a header name that is not Host
  kTransform,       // a header name; what follows a colon is not looked at
  kTransformName,   // a header name, refused in the words of Kong's transformers
  kTemplate,        // $(…) in it is an expression that Sluice has (policy/template_text.h)
  kHeaderTemplate,  // the same, without control characters
  kHeaderValue,     // no control characters
  kMethod,          // upper-case letters
  kRegex,           // compiles under PCRE2
  kCorsOrigin,      // "*", an origin, or a regex
  kPublicKey,       // a PEM public key
  kToken,           // an RFC 9110 token
  kCertificate,     // a PEM certificate
  kPrivateKey,      // a PEM private key
  kVaultPrefix,     // lower-case letters, digits and '-', not the name of a kind of vault
  kVariablePrefix,  // a letter or '_', then also digits
  kInterface,       // a network interface of Linux: at most 15 characters, no '/', no blank
  kFilePath,        // absolute, or where it says so relative
  kLogFile,         // absolute, or "off", which needs no quotes here
};

// How a number stands for a Duration or for bytes.
enum class Unit : uint8_t {
  kNone,
  kMilliseconds,  // a number, as Kong's timeouts
  kSeconds,       // a number, fractions allowed, as Kong's health check intervals
  kDuration,      // text with a unit: 50us, 20ms, 60s, 5m, 1h
  kBytes,         // a number of bytes, or text with a unit: 64KiB, 1MiB
};

struct FieldInfo {
  std::string_view help;
  TextKind text = TextKind::kAny;   // of a string, of each in a list, of the names of pairs and maps
  TextKind value = TextKind::kAny;  // of the values of pairs and maps
  Unit unit = Unit::kNone;
  bool required = false;         // must be given: there is no default
  bool not_null = false;         // has a default, but an explicit null is a mistake
  bool set = false;              // of a list: Kong calls it a set
  bool not_empty = false;        // a list of at least one
  bool may_be_empty = false;     // a string of none, or the value of a pair; without it "" is an error, as in Kong
  bool map = false;              // of pairs: a map of Kong's and nothing else, whose order says nothing
  bool empty_is_null = false;    // an empty list is printed as null, as Kong prints a list that was not given
  bool own_defaults = false;     // a record that is given starts from its type's defaults, not from this field's
  bool empty_is_absent = false;  // printed only where it was given: Kong's open-source edition does not have it
  std::optional<int64_t> least = std::nullopt;  // inclusive, in the unit of the file
  std::optional<int64_t> most = std::nullopt;   // inclusive
  std::optional<int64_t> above = std::nullopt;  // exclusive
  std::string_view refusal =
      {};  // of an Unsupported field: what is said when it is not null, if not Kong's general words
  // An older way to write another field, that of this path: "redis.host" of "redis_host". Taken, never printed.
  std::string_view shorthand_of = {};
  std::string_view choices = {};  // of an enumeration: the texts that are taken here, if not all of them
  std::string_view unknown = {};  // of an enumeration: what is said of other texts, "{}" being the text
};

// Labels, which every entity may have.
inline constexpr FieldInfo kTags = {.help = "labels", .text = TextKind::kTag, .set = true, .empty_is_null = true};

// Receives what no single field can say: each described type may have `void check(Complaints&) const`. Before it,
// `void complete()` is called where a type has one, to derive values that follow from others.
class Complaints {
 public:
  virtual ~Complaints() = default;
  // `path`: the field inside the checked value, "header_name" or "add.body".
  // Empty: the value itself. Where that, or something in it, was complained of before, nothing more is said.
  virtual void field(std::string_view path, std::string message) = 0;
  // About the value as a whole.
  virtual void entity(std::string message) = 0;
  // What is no mistake, but not what the field promises: `field` of the value itself.
  virtual void warn(std::string_view field, std::string message) = 0;

  // How the file gave a field of the checked value, whether or not that could be taken: Kong's checks ask this.
  enum class Given : uint8_t {
    kNot,     // not at all, or as null
    kEmpty,   // as an empty list, map or string
    kFilled,  // as anything else
  };
  virtual Given given(std::string_view field) const = 0;
};

// Stands in a table for a field of Kong's that Sluice does not have yet: it must be null, so that nothing is lost
// silently.
struct Unsupported {};
inline constexpr Unsupported kUnsupported{};

// A described type whose elements a user thinks of as things of their own says what they are called:
// `static constexpr std::string_view kEntityType`. Diagnostics then name the element.
template <typename T>
concept EntityType = requires { T::kEntityType; };

// Enumerations are dense from 0; `names_of(E)`, found by argument-dependent lookup, returns the array of their texts.
template <typename E>
concept NamedEnum = requires(E e) { names_of(e); };

template <NamedEnum E>
constexpr std::string_view to_text(E value) {
  return names_of(value)[static_cast<size_t>(value)];
}

// "name: value" of a mapping whose order is kept, but for a field that is a `map`: headers to set, query arguments to
// add.
struct NamedValue {
  std::string name;
  std::string value;
  bool operator==(const NamedValue&) const = default;
};

// A mapping from a name to any of several values: the headers of a route.
struct NamedValues {
  std::string name;
  std::vector<std::string> values;
  bool operator==(const NamedValues&) const = default;
};

// An entry of a mapping from names that the user chooses to records.
template <typename T>
struct NamedRecord {
  std::string name;
  T record;
};

// A NamedValue in the one string "name:value" of Kong's transformers. Several colons are one; the value may hold
// others, or nothing.
struct ColonPair {
  std::string name;
  std::string value;
  std::string colons = ":";  // as the file has them

  std::string text() const { return name + colons + value; }
  bool operator==(const ColonPair&) const = default;
};

}  // namespace sluice::policy
