#include "packet/packet_writer.h"

#include <algorithm>
#include <cstring>

namespace sluice {

void PacketWriter::write(std::string_view text) {
  while (ok_ && !text.empty()) {
    if (!current_) {
      current_ = packets_.try_allocate();
      if (!current_) {
        ok_ = false;
        return;
      }
    }
    const size_t n = std::min(text.size(), current_.tailroom());
    std::memcpy(current_.append(n).data(), text.data(), n);
    text.remove_prefix(n);
    if (current_.tailroom() == 0) hand_on();
  }
}

bool PacketWriter::finish() {
  if (current_) hand_on();
  return ok_;
}

void PacketWriter::hand_on() {
  if (!out_.try_push(Slice(std::move(current_)))) ok_ = false;
}

}  // namespace sluice
