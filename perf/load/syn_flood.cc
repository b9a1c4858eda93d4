// syn-flood: SYNs from addresses of nobody, at a rate, for a time. For perf/run --syn-flood, in a network namespace
// that the measurement has made: sources and target lie in 198.18.0.0/15, the network for benchmarks (RFC 2544 C.2.2).
//
//   syn-flood --interface IFACE --target ADDRESS --port N --mac MAC [--sources 198.19.0.0] [--rate 120000] [--seconds
//   10]
//
// Prints what it sent as a line of JSON.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <system_error>
#include <thread>

#include "base/random.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp_header.h"

namespace {

using namespace sluice;
using SteadyClock = std::chrono::steady_clock;

constexpr size_t kBurst = 32;
constexpr size_t kMostFrameBytes = 128;
constexpr uint32_t kSources = 1 << 16;  // addresses, each with any port

struct Flood {
  wire::MacAddress source_mac;
  wire::MacAddress target_mac;
  IpAddress first_source;
  IpAddress target;
  uint16_t port = 0;
};

struct Frame {
  std::array<std::byte, kMostFrameBytes> bytes;
  size_t size = 0;
};

// A SYN as Linux sends it, of a random source.
void fill(Frame& frame, const Flood& flood, Random& random) {
  const IpAddress source =
      IpAddress::v4(flood.first_source.v4_host_order() + static_cast<uint32_t>(random.below(kSources)));
  wire::TcpHeader tcp{.source_port = Port{static_cast<uint16_t>(1024 + random.below(64'512))},
                      .destination_port = Port{flood.port},
                      .seq = static_cast<uint32_t>(random.next()),
                      .flags = {.syn = true},
                      .window = 64'240};
  tcp.options.mss = 1460;
  tcp.options.window_scale = 7;
  tcp.options.sack_permitted = true;
  tcp.options.timestamps = {static_cast<uint32_t>(random.next()), 0};
  const size_t tcp_bytes = wire::tcp_header_bytes(tcp.options);
  const std::span<std::byte> out(frame.bytes);
  const auto ip_part = out.subspan(wire::EthernetHeader::kBytes);
  const auto tcp_part = ip_part.subspan(wire::Ipv4Header::kMinBytes, tcp_bytes);
  wire::emit_ethernet({.destination = flood.target_mac, .source = flood.source_mac, .type = wire::EtherType::kIpv4},
                      out);
  wire::emit_ipv4({.total_length = static_cast<uint16_t>(wire::Ipv4Header::kMinBytes + tcp_bytes),
                   .dont_fragment = true,
                   .source = source,
                   .destination = flood.target},
                  true, ip_part);
  wire::emit_tcp_header(tcp, tcp_part);
  auto sum = wire::pseudo_header_sum(source, flood.target, 6, static_cast<uint32_t>(tcp_bytes));
  sum.add(tcp_part);
  wire::store_u16(tcp_part.data() + wire::kTcpChecksumOffset, sum.checksum());
  frame.size = wire::EthernetHeader::kBytes + wire::Ipv4Header::kMinBytes + tcp_bytes;
}

int open_interface(const std::string& name) {
  const int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);  // protocol 0: receives nothing
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "AF_PACKET");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(if_nametoindex(name.c_str()));
  if (address.sll_ifindex == 0 || bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::system_error(errno, std::generic_category(), name);
  }
  return descriptor;
}

uint64_t send_burst(int descriptor, std::span<Frame> frames) {
  std::array<iovec, kBurst> parts;
  std::array<mmsghdr, kBurst> messages{};
  for (size_t i = 0; i < frames.size(); ++i) {
    parts[i] = {frames[i].bytes.data(), frames[i].size};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int sent = sendmmsg(descriptor, messages.data(), static_cast<unsigned>(frames.size()), 0);
  return sent < 0 ? 0 : static_cast<uint64_t>(sent);
}

void run(int descriptor, const Flood& flood, double rate, double seconds) {
  Random random(1);
  std::array<Frame, kBurst> frames;
  uint64_t sent = 0;
  const auto began = SteadyClock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(SteadyClock::now() - began).count(); };
  while (elapsed() < seconds) {
    const double ahead = static_cast<double>(sent) / rate - elapsed();
    if (ahead > 0) {
      std::this_thread::sleep_for(std::chrono::duration<double>(ahead));
      continue;
    }
    for (Frame& frame : frames) fill(frame, flood, random);
    sent += send_burst(descriptor, frames);
  }
  std::printf("{\"sent\": %lu, \"seconds\": %.3f}\n", sent, elapsed());
}

IpAddress benchmark_address(const std::string& text) {
  const auto address = IpAddress::parse(text);
  if (!address || !Cidr::parse("198.18.0.0/15")->contains(*address)) {
    throw CLI::ValidationError(text, "expected an address in 198.18.0.0/15");
  }
  return *address;
}

wire::MacAddress mac_address(const std::string& text) {
  wire::MacAddress mac;
  auto& b = mac.bytes;
  if (std::sscanf(text.c_str(), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6) {
    throw CLI::ValidationError(text, "expected a link address");
  }
  return mac;
}

}  // namespace

int main(int argc, char** argv) {
  std::string interface;
  std::string target;
  std::string mac;
  std::string sources = "198.19.0.0";
  double rate = 120'000;
  double seconds = 10;
  Flood flood;
  CLI::App app("A flood of SYNs in a network namespace of a measurement's own");
  app.add_option("--interface", interface, "towards the target")->required();
  app.add_option("--target", target, "the server's address")->required();
  app.add_option("--port", flood.port, "its TCP port")->required();
  app.add_option("--mac", mac, "its link address")->required();
  app.add_option("--sources", sources, "the first of 65,536 source addresses");
  app.add_option("--rate", rate, "SYNs a second")->check(CLI::Range(1.0, 1e6));
  app.add_option("--seconds", seconds, "how long")->check(CLI::Range(0.1, 60.0));
  try {
    app.parse(argc, argv);
    flood.target = benchmark_address(target);
    flood.first_source = benchmark_address(sources);
    benchmark_address(IpAddress::v4(flood.first_source.v4_host_order() + kSources - 1).to_string());
    flood.target_mac = mac_address(mac);
    flood.source_mac = {{0x02, 0, 0, 0, 0, 0xf1}};
    const int descriptor = open_interface(interface);
    run(descriptor, flood, rate, seconds);
    close(descriptor);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "syn-flood: %s\n", error.what());
    return 1;
  }
}
