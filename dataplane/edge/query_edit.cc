#include "edge/query_edit.h"

#include <algorithm>
#include <cstring>

#include "http/url.h"

namespace sluice::edge {
namespace {

std::string percent_encoded(std::string_view text) {
  constexpr size_t kPiece = 4096;
  BlockPool pool(BlockPool::kLargest);
  Arena arena(pool);
  std::string encoded;
  for (; !text.empty(); text.remove_prefix(std::min(kPiece, text.size()))) {
    encoded += http::percent_encode(arena, text.substr(0, kPiece));
    arena.clear();
  }
  return encoded;
}

std::string encoded(const policy::NamedValue& argument) {
  return percent_encoded(argument.name) + "=" + percent_encoded(argument.value);
}

// Puts arguments together with '&' between them, in room that suffices.
class Writer {
 public:
  explicit Writer(char* room) : start_(room), end_(room) {}

  void append(std::string_view argument) {
    if (end_ != start_) *end_++ = '&';
    if (!argument.empty()) std::memcpy(end_, argument.data(), argument.size());
    end_ += argument.size();
  }
  std::string_view text() const { return {start_, static_cast<size_t>(end_ - start_)}; }

 private:
  char* start_;
  char* end_;
};

// An argument as it stands in the query.
std::string_view as_sent(const http::QueryArgument& argument) {
  if (!argument.has_value) return argument.name;
  return {argument.name.data(), argument.name.size() + 1 + argument.value.size()};
}

}  // namespace

QueryEdit::QueryEdit(const policy::QueryRewrite& rewrite) : dropped_(rewrite.remove) {
  for (const policy::NamedValue& argument : rewrite.set) {
    dropped_.push_back(argument.name);
    appended_.push_back(encoded(argument));
  }
  for (const policy::NamedValue& argument : rewrite.add) appended_.push_back(encoded(argument));
}

bool QueryEdit::run(http::Request& request, Arena& arena) const {
  size_t room_bytes = request.query.size() + 1;
  for (const std::string& argument : appended_) room_bytes += argument.size() + 1;
  const std::span<char> room = arena.try_array<char>(room_bytes);
  if (room.empty()) return false;

  Writer writer(room.data());
  http::QueryReader reader(request.query);
  while (const auto argument = reader.next()) {
    const std::string_view name = http::percent_decode(arena, argument->name, http::Plus::kSpace);
    if (name.data() == nullptr) return false;
    if (std::find(dropped_.begin(), dropped_.end(), name) == dropped_.end()) writer.append(as_sent(*argument));
  }
  for (const std::string& argument : appended_) writer.append(argument);
  request.query = writer.text();
  request.has_query = !request.query.empty();
  return true;
}

}  // namespace sluice::edge
