// node.yaml: defaults, units and mistakes.
#include "config_support.h"

namespace sluice::config {
namespace {

const std::string kLeast = R"(
ports:
- {name: client, device: "net_af_packet0,iface=veth1", addresses: [198.18.0.1/24]}
listeners:
- {address: 198.18.0.1, port: 8000}
)";

policy::Node node_of(const std::string& text) {
  LoadedNode loaded = load_node(text);
  for (const std::string& line : lines(loaded.diagnostics.errors())) ADD_FAILURE() << line;
  return loaded.node.value_or(policy::Node());
}

TEST(NodeLoader, LeastFile_GetsDefaults) {
  const policy::Node node = node_of(kLeast);
  ASSERT_EQ(node.ports.size(), 1u);
  EXPECT_EQ(node.ports[0].addresses.at(0).address, IpAddress::v4(0xC6120001));
  EXPECT_EQ(node.ports[0].addresses.at(0).prefix.to_string(), "198.18.0.0/24");
  EXPECT_EQ(node.workers.idle, policy::Idle::kSleep);
  EXPECT_EQ(node.workers.max_sleep, Duration::microseconds(50));
  EXPECT_EQ(node.limits.replay_body_bytes, 65536u);
  EXPECT_EQ(node.control_socket, "/run/sluice/control.sock");
}

TEST(NodeLoader, LogThatIsOff_NeedsNoQuotes) {
  const policy::Node node = node_of(kLeast + "logs: {edge: off, gateway: \"off\"}\n");
  EXPECT_EQ(node.logs.edge, "off");
  EXPECT_EQ(node.logs.gateway, "off");
}

TEST(NodeLoader, LogThatIsNeitherOffNorAbsolute_IsAMistake) {
  const LoadedNode loaded = load_node(kLeast + "logs: {edge: edge.log, gateway: no}\n");
  EXPECT_EQ(lines(loaded.diagnostics.errors()),
            (std::vector<std::string>{"p:6:14: logs.edge: expected an absolute path, or off; found \"edge.log\"",
                                      "p:6:33: logs.gateway: expected a string (put it in quotes); found boolean no"}));
}

TEST(NodeLoader, UnitsAndLinkAddresses_AreRead) {
  const policy::Node node = node_of(R"(
ports:
- name: client
  device: "0000:03:00.0"
  addresses: [198.18.0.1/24, "2001:db8::1/64"]
  mac: 02:00:00:00:00:0a
  vlan: 5
routes: [{prefix: 0.0.0.0/0, via: 198.18.0.254}]
workers: {count: 2, cores: [1, 3], idle: spin}
memory: {size: 1GiB}
listeners: [{address: 0.0.0.0, port: 80, trusted_ips: [10.0.0.0/8], real_ip_recursive: yes}]
limits: {header_bytes: 16KiB, idle_timeout: 2m}
)");
  EXPECT_EQ(node.ports.at(0).mac->bytes, (std::array<uint8_t, 6>{2, 0, 0, 0, 0, 10}));
  EXPECT_EQ(node.memory.size_bytes, 1ull << 30);
  EXPECT_EQ(node.limits.header_bytes, 16384u);
  EXPECT_EQ(node.limits.idle_timeout, Duration::seconds(120));
  EXPECT_TRUE(node.listeners.at(0).real_ip_recursive);
}

TEST(NodeLoader, VlansAndIpv6_AreRead) {
  const policy::Node node = node_of(R"(
ports:
- name: trunk
  device: "0000:03:00.0"
  addresses: [198.18.0.1/24, "2001:db8::1/64"]
  ipv6: {router_advertisements: use}
  vlans:
  - {id: 12, addresses: [198.20.0.1/24, "2001:db8:12::1/64"], ipv6: {duplicate_address_detection: false}}
routes:
- {prefix: "::/0", via: "fe80::1", port: trunk, vlan: 12}
- {prefix: "2001:db8:f::/48", via: "2001:db8::fe"}
listeners: [{address: "2001:db8:12::1", port: 80}, {address: "::", port: 81}]
)");
  EXPECT_TRUE(node.ports.at(0).ipv6.uses_routers());
  const policy::NodeVlan& vlan = node.ports[0].vlans.at(0);
  EXPECT_EQ(vlan.id, 12);
  EXPECT_EQ(vlan.addresses.at(1).prefix.to_string(), "2001:db8:12::/64");
  EXPECT_FALSE(vlan.ipv6.duplicate_address_detection);
  EXPECT_EQ(node.routes.at(0).vlan, 12);
  EXPECT_EQ(node.listeners.at(0).address.to_string(), "2001:db8:12::1");
}

const std::string kSix = R"(
ports:
- {name: a, device: d, addresses: ["2001:db8::1/64"]}
- {name: b, device: e, addresses: [198.18.0.1/24]}
listeners: [{port: 80}]
)";

struct Mistake {
  const char* name;
  std::string text;
  std::vector<std::string> expected;
};

class NodeMistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(NodeMistakes, AreAllSaidWithTheirPlace) {
  EXPECT_EQ(node_mistakes(GetParam().text), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Table, NodeMistakes,
    ::testing::Values(
        Mistake{"Nothing", "{}", {"p:1:1: ports: required field missing", "p:1:1: listeners: required field missing"}},
        Mistake{"NotAMap", "- a\n", {"p:1:1: expected an object; found a list"}},
        Mistake{"UnknownField", kLeast + "worker: {}\n", {"p:6:1: worker: unknown field"}},
        Mistake{"RetriesOfTcp",  // the user timeout says when a connection is given up
                kLeast + "tcp: {retries: 10}\n",
                {"p:6:7: tcp.retries: unknown field"}},
        Mistake{"TimeWithoutUnit",
                kLeast + "limits: {idle_timeout: 60}\n",
                {"p:6:24: limits.idle_timeout: expected a time with its unit, such as 50us, 20ms, 60s, 5m, 1h; found "
                 "number "
                 "60"}},
        Mistake{"ListenerNowhere",
                kLeast + "- {address: 192.0.2.1, port: 80}\n",
                {"p:6:13: listener (listeners[1]): address: expected an address of a port, or 0.0.0.0 for all"}},
        Mistake{"ListenerTwice",
                kLeast + "- {address: 198.18.0.1, port: 8000}\n",
                {"p:6:31: listener (listeners[1]): port: another listener has this address and port"}},
        Mistake{"AddressesOfNoHost",
                "ports:\n- name: a\n  device: d\n  addresses:\n  - 127.0.0.1/8\n  - '::1/128'\n  - 224.0.0.1/24\n"
                "  - ff02::1/64\n  - 0.0.0.1/8\nlisteners: [{port: 80}]\n",
                {"p:5:5: port 'a' (ports[0]): addresses[0]: expected the address of one host on a network",
                 "p:6:5: port 'a' (ports[0]): addresses[1]: expected the address of one host on a network",
                 "p:7:5: port 'a' (ports[0]): addresses[2]: expected the address of one host on a network",
                 "p:8:5: port 'a' (ports[0]): addresses[3]: expected the address of one host on a network",
                 "p:9:5: port 'a' (ports[0]): addresses[4]: expected the address of one host on a network"}},
        Mistake{"AddressesOfANetwork",
                "ports:\n- name: a\n  device: d\n  addresses:\n  - 198.18.0.0/24\n  - 198.18.1.255/24\n"
                "  - '2001:db8::/64'\nlisteners: [{port: 80}]\n",
                {"p:5:5: port 'a' (ports[0]): addresses[0]: this is the address of the network, or of all hosts in it",
                 "p:6:5: port 'a' (ports[0]): addresses[1]: this is the address of the network, or of all hosts in it",
                 "p:7:5: port 'a' (ports[0]): addresses[2]: this is the address of the network, or of all hosts in "
                 "it"}},
        Mistake{"AddressesOfALinkOfTwoHosts",
                "ports:\n- {name: a, device: d, addresses: [198.18.0.0/31, 198.18.1.0/32, '2001:db8::/127']}\n"
                "listeners: [{port: 80}]\n",
                {}},
        Mistake{"RouteBeyondTheLinks",
                kLeast + "routes: [{prefix: 10.0.0.0/8, via: 10.1.1.1}]\n",
                {"p:6:36: route (routes[0]): via: expected an address on the link of a port"}},
        Mistake{"Ipv6RouteBeyondTheLinks",
                kSix + "routes: [{prefix: '::/0', via: '2001:db8:1::1'}]\n",
                {"p:6:32: route (routes[0]): via: expected an address on the link of a port"}},
        Mistake{"LinkLocalRouteWithoutItsPort",
                kSix + "routes: [{prefix: '::/0', via: 'fe80::1'}]\n",
                {"p:6:32: route (routes[0]): via: a link-local address needs the port beside it"}},
        Mistake{"LinkLocalRouteOnAPortWithoutIpv6",
                kSix + "routes: [{prefix: '::/0', via: 'fe80::1', port: b}]\n",
                {"p:6:32: route (routes[0]): via: expected an address on the link of this port"}},
        Mistake{"RouteThroughNoPort",
                kSix + "routes: [{prefix: '::/0', via: 'fe80::1', port: c}]\n",
                {"p:6:49: route (routes[0]): port: expected the name of a port, or of a port with this VLAN"}},
        Mistake{"RouteThroughNoVlan",
                kSix + "routes: [{prefix: '::/0', via: 'fe80::1', port: a, vlan: 3}]\n",
                {"p:6:49: route (routes[0]): port: expected the name of a port, or of a port with this VLAN"}},
        Mistake{"RouteOfMixedFamilies",
                kSix + "routes: [{prefix: '::/0', via: 198.18.0.9}]\n",
                {"p:6:32: route (routes[0]): via: expected an address of the same family as the prefix"}},
        Mistake{"RouteToOurselves",
                kSix + "routes: [{prefix: 10.0.0.0/8, via: 198.18.0.1}]\n",
                {"p:6:36: route (routes[0]): via: expected the address of another machine"}},
        Mistake{"Ipv6OverASmallMtu",
                "ports: [{name: a, device: d, addresses: ['2001:db8::1/64'], mtu: 1000}]\nlisteners: [{port: 80}]\n",
                {"p:1:42: port 'a' (ports[0]): addresses[0]: IPv6 needs an mtu of at least 1280"}},
        Mistake{"VlanTwice",
                "ports: [{name: a, device: d, addresses: [198.18.0.1/24], vlan: 5, vlans: [{id: 5, addresses: "
                "[198.19.0.1/24]}]}]\nlisteners: [{port: 80}]\n",
                {"p:1:80: port 'a' (ports[0]): vlans[0].id: the port has this VLAN already"}},
        Mistake{"ListenersForAllOfBothFamilies",
                kSix.substr(0, kSix.find("listeners")) + "listeners: [{address: '::', port: 80}, {port: 80}]\n",
                {"p:5:47: listener (listeners[1]): port: another listener has this address and port"}},
        Mistake{"CoresForOthers",
                kLeast + "workers: {count: 2, cores: [1]}\n",
                {"p:6:28: workers.cores: expected one core for each of the 2 workers"}},
        Mistake{"MulticastMac",
                "ports: [{name: a, device: d, addresses: [198.18.0.1/24], mac: '01:00:5e:00:00:01'}]\n"
                "listeners: [{port: 80}]\n",
                {"p:1:63: port 'a' (ports[0]): mac: expected the address of one station, not of a group; found "
                 "\"01:00:5e:00:00:01\""}},
        Mistake{"AddressWithoutPrefix",
                "ports: [{name: a, device: d, addresses: [198.18.0.1]}]\nlisteners: [{port: 80}]\n",
                {"p:1:42: port 'a' (ports[0]): addresses[0]: expected an address with its prefix length, such as "
                 "198.18.0.1/24; found \"198.18.0.1\""}}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace sluice::config
