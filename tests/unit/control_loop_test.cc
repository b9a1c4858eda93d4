// The parts of control that wait: event loop, control socket, log writer, compiler thread, resolver.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "admin/http_server.h"
#include "dns_responder.h"
#include "logs/log_writer.h"
#include "loop/event_loop.h"
#include "publish/compiler.h"
#include "resolve/resolver.h"

namespace sluice::control {
namespace {

struct Folder {
  Folder() {
    char path[] = "/tmp/sluice-control-test-XXXXXX";
    EXPECT_NE(mkdtemp(path), nullptr);
    name = path;
  }
  ~Folder() { std::filesystem::remove_all(name); }
  std::string file(const std::string& leaf) const { return name + "/" + leaf; }
  std::string name;
};

TEST(EventLoop, WorkPostedByAnotherThread_RunsOnTheLoop) {
  EventLoop loop;
  std::thread::id ran_on;
  std::thread other([&] {
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      loop.stop();
    });
  });
  loop.run();
  other.join();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(EventLoop, OnceAfter_FiresOnce) {
  EventLoop loop;
  int fired = 0;
  loop.once_after(Duration::milliseconds(1), [&] { ++fired; });
  loop.once_after(Duration::milliseconds(5), [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(fired, 1);
}

TEST(EventLoop, WorkThatAddsOther_KeepsWhatItHolds) {
  EventLoop loop;
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  loop.once_after(Duration::milliseconds(1), [&loop, &watched, held = std::move(held)] {
    loop.once_after(Duration::milliseconds(1), [&loop] { loop.stop(); });
    EXPECT_FALSE(watched.expired());
  });
  loop.run();
  EXPECT_TRUE(watched.expired());
}

TEST(Compiler, Jobs_RunInOrder) {
  EventLoop loop;
  std::vector<int> order;
  Compiler compiler;
  for (int i = 0; i < 3; ++i) {
    compiler.submit([&, i] {
      order.push_back(i);
      if (i == 2) loop.post([&] { loop.stop(); });
    });
  }
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST(HttpServer, Socket_HasModeOwnerOnlyAndGoesWithTheServer) {
  Folder folder;
  EventLoop loop;
  std::string error;
  const std::string path = folder.file("control.sock");
  auto server = HttpServer::listen(loop, path, [](const AdminRequest&, Responder) {}, error);
  ASSERT_NE(server, nullptr) << error;
  struct stat found;
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  server.reset();
  EXPECT_NE(stat(path.c_str(), &found), 0);
}

TEST(HttpServer, SocketOfALiveProcess_IsNotTaken) {
  Folder folder;
  EventLoop loop;
  std::string error;
  const auto ignore = [](const AdminRequest&, Responder) {};
  auto first = HttpServer::listen(loop, folder.file("s"), ignore, error);
  EXPECT_EQ(HttpServer::listen(loop, folder.file("s"), ignore, error), nullptr);
  EXPECT_NE(error.find("another process"), std::string::npos);
}

TEST(HttpServer, FileThatIsNoSocket_IsLeftAlone) {
  Folder folder;
  EventLoop loop;
  std::ofstream(folder.file("s")) << "data";
  std::string error;
  EXPECT_EQ(HttpServer::listen(loop, folder.file("s"), [](const AdminRequest&, Responder) {}, error), nullptr);
  EXPECT_NE(error.find("not a socket"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(folder.file("s")));
}

// What the server answers to these bytes, read to the end.
std::string answer_to(EventLoop& loop, const std::string& path, const std::string& request) {
  std::string answer;
  std::thread client([&] {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const int to = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    // What is refused need not be read.
    send(to, request.data(), request.size(), MSG_NOSIGNAL);
    char bytes[4096];
    for (ssize_t n = 0; (n = read(to, bytes, sizeof bytes)) > 0;) answer.append(bytes, static_cast<size_t>(n));
    close(to);
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  client.join();
  return answer;
}

TEST(HttpServer, HandlerThatThrows_Is500AndSaysNothingOfWhatItSaw) {
  Folder folder;
  EventLoop loop;
  std::string error;
  const auto server = HttpServer::listen(
      loop, folder.file("s"), [](const AdminRequest&, Responder) { throw std::runtime_error("secret"); }, error);
  const std::string answer = answer_to(loop, folder.file("s"), "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_EQ(answer.find("secret"), std::string::npos);
}

TEST(HttpServer, EndlessHeadsAndBodies_AreRefused) {
  Folder folder;
  EventLoop loop;
  std::string error;
  const auto server =
      HttpServer::listen(loop, folder.file("s"), [](const AdminRequest&, Responder respond) { respond({}); }, error);
  const auto answer = [&](const std::string& head) {
    return answer_to(loop, folder.file("s"), "POST / HTTP/1.1\r\nConnection: close\r\n" + head + "\r\n").substr(0, 12);
  };
  EXPECT_EQ(answer("X: " + std::string(60'000, 'x') + "\r\nContent-Length: 0\r\n"), "HTTP/1.1 200");
  EXPECT_EQ(answer("X: " + std::string(70'000, 'x') + "\r\nContent-Length: 0\r\n"), "HTTP/1.1 400");
  EXPECT_EQ(answer("Content-Length: " + std::to_string(HttpServer::kMostBodyBytes + 1) + "\r\n"), "HTTP/1.1 413");
}

// A client of a TCP port of the loopback.
class Client {
 public:
  explicit Client(uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void ask() const {
    constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(send(socket_, kRequest.data(), kRequest.size(), MSG_NOSIGNAL), static_cast<ssize_t>(kRequest.size()));
  }
  // Whether an answer has come; one of those here is a single read.
  bool has_answer() const {
    char bytes[4096];
    return recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT) > 0;
  }
  bool answers() const {
    char bytes[4096];
    return recv(socket_, bytes, sizeof bytes, 0) > 0;
  }
  bool is_closed_by_the_server() const {
    char byte;
    return recv(socket_, &byte, 1, 0) == 0;
  }

 private:
  const int socket_;
};

// A port that nobody listens on just now.
uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(probe, reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(probe);
  return ntohs(address.sin_port);
}

TEST(HttpServer, SilentConnectionsOfAPort_AreClosed) {
  EventLoop loop;
  std::string error;
  const uint16_t port = free_port();
  const auto server = HttpServer::listen(
      loop, *IpAddress::parse("127.0.0.1"), Port{port}, policy::Secret("token"), Duration::milliseconds(100),
      [](const AdminRequest&, Responder respond) { respond({}); }, error);
  ASSERT_NE(server, nullptr) << error;
  std::thread clients([&] {
    const Client silent(port);
    const Client between_requests(port);
    between_requests.ask();
    EXPECT_TRUE(between_requests.answers());
    EXPECT_TRUE(silent.is_closed_by_the_server());
    EXPECT_TRUE(between_requests.is_closed_by_the_server());
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  clients.join();
}

TEST(HttpServer, ConnectionsBeyondWhatAPortMayHave_WaitForOthersToEnd) {
  EventLoop loop;
  std::string error;
  const uint16_t port = free_port();
  const auto server = HttpServer::listen(
      loop, *IpAddress::parse("127.0.0.1"), Port{port}, policy::Secret("token"), HttpServer::kMostSilence,
      [](const AdminRequest&, Responder respond) { respond({}); }, error);
  ASSERT_NE(server, nullptr) << error;
  HttpServer::Use full;
  std::thread clients([&] {
    std::vector<std::unique_ptr<Client>> those_inside;
    for (size_t i = 0; i < HttpServer::kMostConnections; ++i) {
      those_inside.push_back(std::make_unique<Client>(port));
      those_inside.back()->ask();
      EXPECT_TRUE(those_inside.back()->answers()) << i;  // 401: they show no token
    }
    const Client outside(port);
    outside.ask();
    // The loop has gone round when another one is answered.
    those_inside.front()->ask();
    EXPECT_TRUE(those_inside.front()->answers());
    EXPECT_FALSE(outside.has_answer());
    std::promise<void> looked;
    loop.post([&] {
      full = server->use();
      looked.set_value();
    });
    looked.get_future().wait();
    those_inside.front().reset();
    EXPECT_TRUE(outside.answers());
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  clients.join();
  EXPECT_EQ(full.connections, HttpServer::kMostConnections);
  EXPECT_EQ(full.times_full, 1u);
}

TEST(AdminRequest, Argument_IsDecoded) {
  AdminRequest request;
  request.query = "name=a%2Fb&empty=";
  EXPECT_EQ(request.argument("name"), "a/b");
  EXPECT_EQ(request.argument("empty"), "");
  EXPECT_EQ(request.argument("none"), std::nullopt);
}

// Gives a number of records, then none.
class Source final : public RecordSource {
 public:
  explicit Source(uint64_t records) : edge_(records), gateway_(records) {}
  bool try_take(EdgeRecord& record) override { return take(edge_, record.header.sequence); }
  bool try_take(GatewayRecord& record) override { return take(gateway_, record.header.sequence); }

 private:
  static bool take(uint64_t& left, uint64_t& sequence) {
    if (left == 0) return false;
    sequence = left--;
    return true;
  }
  uint64_t edge_;
  uint64_t gateway_;
};

size_t lines_in(const std::string& path) {
  std::ifstream file(path);
  size_t lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  return lines;
}

TEST(LogWriter, Stop_WritesWhatTheRingsStillHold) {
  Folder folder;
  Source source(1000);
  {
    LogWriter writer(folder.file("edge"), folder.file("gateway"), {&source});
    ASSERT_EQ(writer.start(), "");
  }
  EXPECT_EQ(lines_in(folder.file("edge")), 1000u);
  EXPECT_EQ(lines_in(folder.file("gateway")), 1000u);
}

TEST(LogWriter, LogThatIsOff_KeepsAndLosesNothing) {
  Folder folder;
  Source source(1000);
  {
    LogWriter writer("off", folder.file("gateway"), {&source});
    ASSERT_EQ(writer.start(), "");
    while (writer.records_written() < 1000) std::this_thread::yield();
    EXPECT_EQ(writer.records_lost(), 0u);
  }
  EXPECT_EQ(lines_in(folder.file("gateway")), 1000u);
  EXPECT_FALSE(std::filesystem::exists("off"));
}

TEST(LogWriter, FileThatCannotBeOpened_IsNamed) {
  LogWriter writer("/nonexistent/edge.log", "/nonexistent/gateway.log", {});
  EXPECT_NE(writer.start().find("/nonexistent/edge.log"), std::string::npos);
}

TEST(LogWriter, FullDisk_CountsWhatIsLost) {
  Source source(5);
  uint64_t lost = 0;
  {
    LogWriter writer("/dev/full", "/dev/full", {&source});
    ASSERT_EQ(writer.start(), "");
    while (writer.records_lost() < 10) std::this_thread::yield();
    lost = writer.records_lost();
  }
  EXPECT_EQ(lost, 10u);
}

TEST(Resolver, NameOfTheHostsFile_IsFound) {
  EventLoop loop;
  Resolver resolver(loop, {}, Duration::seconds(1), Resolver::Families::kBoth,
                    [](std::unique_ptr<const AddressBook>) {});
  std::unique_ptr<const AddressBook> book;
  resolver.want({"localhost"}, [&](std::unique_ptr<const AddressBook> b) {
    book = std::move(b);
    loop.stop();
  });
  if (book == nullptr) loop.run();
  EXPECT_FALSE(book->find("localhost").empty());
}

TEST(Resolver, NobodyToAsk_IsToldAfterItsTimeAndCounted) {
  EventLoop loop;
  // Nobody listens for DNS at this address of the loopback.
  Resolver resolver(loop, {*IpAddress::parse("127.0.0.254")}, Duration::milliseconds(50), Resolver::Families::kBoth,
                    [](std::unique_ptr<const AddressBook>) {});
  std::unique_ptr<const AddressBook> book;
  resolver.want({"origin.example"}, [&](std::unique_ptr<const AddressBook> b) {
    book = std::move(b);
    loop.stop();
  });
  if (book == nullptr) loop.run();
  EXPECT_TRUE(book->find("origin.example").empty());
  EXPECT_EQ(resolver.failures(), 1u);
}

// Between a name server and who wants names of it.
class ResolverTest : public ::testing::Test {
 protected:
  using Book = std::unique_ptr<const AddressBook>;

  void SetUp() override { ASSERT_TRUE(dns.good) << "no port 53: the tests run as root"; }

  // Waits until these names are ready.
  Book want(const std::vector<std::string>& names) {
    Book ready;
    resolver.want(names, [&](Book book) { ready = std::move(book); });
    run_until([&] { return ready != nullptr; });
    return ready;
  }
  void run_until(std::function<bool()> condition) {
    condition_ = std::move(condition);
    if (!condition_()) loop.run();
  }

  EventLoop loop;
  test::DnsResponder dns{loop};
  std::vector<Book> changes;
  Resolver resolver{loop, {dns.address}, Duration::seconds(60), Resolver::Families::kBoth, [this](Book book) {
                      changes.push_back(std::move(book));
                    }};

 private:
  std::function<bool()> condition_ = [] { return true; };
  const bool looking_ = (loop.every(Duration::milliseconds(5),
                                    [this] {
                                      if (condition_()) loop.stop();
                                    }),
                         true);
};

TEST_F(ResolverTest, NamesOfThePolicyBefore_AreInTheNextBookToo) {
  dns.know("a.example", 0x0a000001);
  dns.know("b.example", 0x0a000002);
  EXPECT_FALSE(want({"a.example"})->find("a.example").empty());
  const Book second = want({"b.example"});
  EXPECT_FALSE(second->find("b.example").empty());
  EXPECT_FALSE(second->find("a.example").empty());
}

TEST_F(ResolverTest, NamesInUse_AreAskedAgainWhileOthersAreWaitedFor) {
  dns.know("a.example", 0x0a000001);
  want({"a.example"});
  Book ready;
  resolver.want({"b.example"}, [&](Book book) { ready = std::move(book); });
  dns.know("a.example", 0x0a000009);
  run_until([&] { return !changes.empty(); });
  EXPECT_EQ(changes.back()->find("a.example"), AddressBook::Addresses{IpAddress::v4(0x0a000009)});
  EXPECT_EQ(ready, nullptr);
  dns.know("b.example", 0x0a000002);
  run_until([&] { return ready != nullptr; });
  EXPECT_FALSE(ready->find("a.example").empty());
}

TEST_F(ResolverTest, NameThatIsWantedAgain_IsAskedOnceATime) {
  dns.know("a.example", 0x0a000001);
  dns.know("b.example", 0x0a000002);
  want({"a.example"});
  want({"b.example"});
  want({"a.example"});
  const auto asked = [&](const char* name) { return std::ranges::count(dns.asked, name); };
  EXPECT_EQ(asked("a.example"), 1);
  run_until([&] { return asked("a.example") == 3; });
  EXPECT_EQ(asked("b.example"), 1) << "nobody wants it any more";
}

// An address that this machine has no way to would take every other turn.
TEST_F(ResolverTest, FamilyThatTheMachineHasNoAddressOf_IsNotAskedFor) {
  dns.know("a.example", 0x0a000001);
  Book ready;
  const auto ask = [&](Resolver::Families families) {
    Resolver of_family(loop, {dns.address}, Duration::seconds(60), families, [](Book) {});
    ready = nullptr;
    of_family.want({"a.example"}, [&](Book book) { ready = std::move(book); });
    run_until([&] { return ready != nullptr; });
  };
  ask(Resolver::Families::kIpv4);
  EXPECT_EQ(dns.asked.size(), 1u);
  EXPECT_EQ(dns.asked_others, 0u);
  ask(Resolver::Families::kIpv6);
  EXPECT_EQ(dns.asked.size(), 1u);
  EXPECT_EQ(dns.asked_others, 1u);
  EXPECT_TRUE(ready->find("a.example").empty());
}

TEST_F(ResolverTest, NameWithoutAnAnswer_IsInNoBook) {
  dns.know("a.example", 0x0a000001);
  Book first;
  resolver.want({"a.example"}, [&](Book book) { first = std::move(book); });
  resolver.want({"a.example", "b.example"}, [](Book) {});
  run_until([&] { return first != nullptr; });
  EXPECT_TRUE(first->contains("a.example"));
  EXPECT_FALSE(first->contains("b.example"));
}

TEST(Resolver, NoNames_AreReadyAtOnce) {
  EventLoop loop;
  Resolver resolver(loop, {}, Duration::seconds(1), Resolver::Families::kBoth,
                    [](std::unique_ptr<const AddressBook>) {});
  bool ready = false;
  resolver.want({}, [&](std::unique_ptr<const AddressBook>) { ready = true; });
  EXPECT_TRUE(ready);
}

}  // namespace
}  // namespace sluice::control
