// The reassembler under any sequence of pieces, held against a model that keeps every piece: a datagram comes out whole
// only when its pieces fit together without an overlap, with just their bytes; no packet is lost.
//
// The input is a list of steps of five bytes: which datagram, where the piece begins and how long it is in units of 8
// bytes, whether more follow and how ragged its end is, and how much time passes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "base/byte_reader.h"
#include "net/reassembler.h"
#include "support/bytes.h"
#include "support/test_worker.h"

namespace {

using namespace sluice;

constexpr uint32_t kPackets = 256;

// What each piece came behind.
const test::Bytes kHeader = test::from_text("a header of 20 bytes");

void check(bool holds) {
  if (!holds) std::abort();
}

struct NoEvents : net::ReassemblyEvents {
  void on_reassembly_timeout(net::Datagram first) override {
    first.restore_header();
    const auto bytes = std::as_const(first.payload).bytes();
    check(bytes.size() > kHeader.size() && std::equal(kHeader.begin(), kHeader.end(), bytes.begin()));
  }
};

// Every byte that was ever sent for a datagram, by its place.
using Model = std::map<size_t, std::byte>;

struct Session {
  test::TestWorker worker{1, kPackets};
  NoEvents events;
  net::Reassembler reassembler{worker.context, *worker.packets, events};
  std::map<uint8_t, Model> sent;

  void step(ByteReader& input) {
    const uint8_t id = input.u8() & 0x0f;
    const auto offset = static_cast<uint16_t>(input.u8() * 8);
    const uint8_t shape = input.u8();
    const uint8_t units = input.u8();
    const uint8_t pause = input.u8();
    const bool more = (shape & 1) != 0;
    test::Bytes bytes(units * size_t{8} + (more ? 0 : shape >> 5));
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::byte>(offset + i + (shape & 2));  // two versions of each byte
      sent[id][offset + i] = bytes[i];
    }
    const net::FragmentKey key{.identification = id};
    auto whole = reassembler.add(key, {.offset = offset, .more = more, .header = kHeader, .bytes = bytes});
    if (whole) {
      const auto payload = whole->payload.bytes();
      check(payload.size() <= PacketPool::kDataRoom);
      for (size_t i = 0; i < payload.size(); ++i) {
        const auto version = static_cast<uint8_t>(static_cast<uint8_t>(payload[i]) - static_cast<uint8_t>(i));
        check(sent[id].contains(i) && (version == 0 || version == 2));
      }
      sent.erase(id);
    }
    if (pause > 250) worker.advance(Duration::seconds(pause - 240));
    check(reassembler.size() <= net::Reassembler::kCapacity);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader input(std::as_bytes(std::span(data, size)));
  Session session;
  while (input.left() > 0) session.step(input);
  session.worker.advance(Duration::seconds(61));
  check(session.reassembler.size() == 0);
  check(session.worker.packets->available() == kPackets);
  return 0;
}
