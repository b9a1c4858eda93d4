#include "token/jws.h"

#include <algorithm>
#include <cstring>

#include "token/base64url.h"
#include "token/key.h"

namespace sluice::token {
namespace {

// The three parts of a compact token. Of more than two dots, those behind the second belong to the signature, which
// then is no base64.
struct Parts {
  std::string_view header, claims, signature;
};

std::optional<Parts> split(std::string_view token) {
  const size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

bool equals_lowered(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b; });
}

bool typ_is_accepted(const json::Value& header) {
  const auto typ = header.find("typ");
  if (!typ) return true;
  const auto text = typ->string();
  return text && (equals_lowered(*text, "jwt") || equals_lowered(*text, "at+jwt") ||
                  equals_lowered(*text, "application/at+jwt"));
}

size_t count_members(const json::Value& value) {
  size_t count = 0;
  for (auto i = value.begin(); i != value.end(); ++i) ++count;
  return count;
}

// Of the value and of all objects that it holds.
std::optional<DecodeError> check_members(const json::Value& value) {
  if (value.is(json::Kind::kObject)) {
    if (count_members(value) > Jws::kMaxMembers) return DecodeError::kTooLarge;
    if (value.has_duplicate_names()) return DecodeError::kJson;
  }
  for (const json::Value inner : value) {
    if (const auto error = check_members(inner)) return error;
  }
  return std::nullopt;
}

}  // namespace

// Fills one block of the arena with the decoded parts, then with their nodes.
class Decoder {
 public:
  Decoder(std::string_view token, Dialect dialect) : token_(token), dialect_(dialect) {}

  Result<Jws, DecodeError> decode(Arena& arena) {
    if (token_.size() > Jws::kMaxTokenBytes) return DecodeError::kTooLarge;
    const auto parts = split(token_);
    if (!parts) return DecodeError::kJson;
    if (!take_room(arena)) return DecodeError::kNoMemory;

    const auto header_size = append(parts->header);
    const auto claims_size = header_size ? append(parts->claims) : std::nullopt;
    if (!claims_size) return DecodeError::kJson;
    const auto signature_size = append(parts->signature);

    jws_.token_ = token_.data();
    jws_.token_size_ = static_cast<uint16_t>(token_.size());
    jws_.signing_input_size_ = static_cast<uint16_t>(parts->signature.data() - 1 - token_.data());
    jws_.claims_at_ = static_cast<uint16_t>(*header_size);
    jws_.signature_at_ = static_cast<uint16_t>(*header_size + *claims_size);
    jws_.signature_size_ = static_cast<uint16_t>(signature_size.value_or(0));
    jws_.nodes_at_ =
        static_cast<uint16_t>((used_ + alignof(json::Node) - 1) / alignof(json::Node) * alignof(json::Node));
    if (!parse_parts(*header_size, *claims_size)) return DecodeError::kJson;

    if (const auto error = check()) return *error;
    if (!signature_size) return DecodeError::kSignature;
    return jws_;
  }

 private:
  bool take_room(Arena& arena) {
    text_room_ = base64_room(token_.size()) + alignof(json::Node);
    node_room_ = std::min(json::nodes_room(token_.size()) + 1, Jws::kMaxNodes);
    block_ = static_cast<std::byte*>(arena.try_allocate(text_room_ + node_room_ * sizeof(json::Node), 8));
    jws_.block_ = block_;
    return block_ != nullptr;
  }

  std::optional<size_t> append(std::string_view part) {
    const Base64 form = dialect_ == Dialect::kStrict ? Base64::kUrl : Base64::kLaxUrl;
    const auto size = decode_base64(part, form, {block_ + used_, text_room_ - used_});
    used_ += size.value_or(0);
    return size;
  }

  bool parse_parts(size_t header_size, size_t claims_size) {
    auto* const text = reinterpret_cast<char*>(block_);
    const std::span<json::Node> nodes(reinterpret_cast<json::Node*>(block_ + jws_.nodes_at_), node_room_);
    const auto header_nodes = json::parse({text, header_size}, nodes);
    if (!header_nodes) return false;
    const auto claims_nodes = json::parse({text + header_size, claims_size}, nodes.subspan(*header_nodes));
    if (!claims_nodes) return false;
    jws_.header_nodes_ = static_cast<uint16_t>(*header_nodes);
    jws_.block_size_ = static_cast<uint32_t>(jws_.nodes_at_ + (*header_nodes + *claims_nodes) * sizeof(json::Node));
    return true;
  }

  // In Kong's order.
  std::optional<DecodeError> check() {
    const json::Value header = jws_.header();
    const json::Value claims = jws_.claims();
    if (dialect_ == Dialect::kStrict) {
      if (!header.is(json::Kind::kObject)) return DecodeError::kJson;
      for (const json::Value& part : {header, claims}) {
        if (const auto error = check_members(part)) return error;
      }
    }
    if (dialect_ == Dialect::kStrict && !typ_is_accepted(header)) return DecodeError::kTyp;
    const auto alg = header.find("alg");
    const auto algorithm = alg && alg->string() ? algorithm_named(*alg->string()) : std::nullopt;
    if (!algorithm) return DecodeError::kAlg;
    jws_.algorithm_ = *algorithm;
    if (dialect_ == Dialect::kStrict && header.find("crit")) return DecodeError::kCrit;
    return claims_are_accepted(claims) ? std::nullopt : std::optional(DecodeError::kClaims);
  }

  // Kong looks a claim up in a string or a list too, and finds none.
  bool claims_are_accepted(const json::Value& claims) const {
    if (claims.is(json::Kind::kObject)) return true;
    return dialect_ == Dialect::kKong && (claims.is(json::Kind::kString) || claims.is(json::Kind::kArray));
  }

  std::string_view token_;
  Dialect dialect_;
  std::byte* block_ = nullptr;
  size_t text_room_ = 0;
  size_t node_room_ = 0;
  size_t used_ = 0;
  Jws jws_;
};

Result<Jws, DecodeError> decode(std::string_view token, Dialect dialect, Arena& arena) {
  return Decoder(token, dialect).decode(arena);
}

Jws Jws::copy_to(std::span<std::byte> room) const {
  std::memmove(room.data(), block_, block_size_);
  std::memmove(room.data() + block_size_, token_, token_size_);
  Jws copy = *this;
  copy.block_ = room.data();
  copy.token_ = reinterpret_cast<const char*>(room.data() + block_size_);
  return copy;
}

std::optional<std::string_view> Jws::string_member(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->string() : std::nullopt;
}

}  // namespace sluice::token
