// sluicectl: asks a running Sluice over its control socket, and tells it what to do.
//
// Exit status: 0 done, 1 refused (the reason is on stderr), 2 Sluice cannot be reached or the command line is wrong.
#include <curl/curl.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using nlohmann::json;

constexpr int kRefused = 1;
constexpr int kUnreachable = 2;

struct Reply {
  long status = 0;
  std::string body;
  bool ok() const { return status >= 200 && status < 300; }
};

// One control socket, one request at a time.
class Client {
 public:
  explicit Client(std::string socket) : socket_(std::move(socket)), curl_(curl_easy_init()) {}
  ~Client() { curl_easy_cleanup(curl_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Reply get(const std::string& target) { return perform("GET", target, nullptr, nullptr); }
  Reply post(const std::string& target, const std::string& body, const char* content_type) {
    return perform("POST", target, &body, content_type);
  }

 private:
  Reply perform(const char* method, const std::string& target, const std::string* body, const char* content_type) {
    Reply reply;
    curl_easy_reset(curl_);
    curl_easy_setopt(curl_, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
    curl_easy_setopt(curl_, CURLOPT_URL, ("http://sluice" + target).c_str());
    curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &reply.body);
    curl_easy_setopt(
        curl_, CURLOPT_WRITEFUNCTION, +[](char* data, size_t size, size_t n, void* out) {
          static_cast<std::string*>(out)->append(data, size * n);
          return size * n;
        });
    curl_slist* headers = curl_slist_append(nullptr, "Expect:");
    if (body != nullptr) {
      headers = curl_slist_append(headers, fmt::format("Content-Type: {}", content_type).c_str());
      curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body->data());
      curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    }
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
    const CURLcode code = curl_easy_perform(curl_);
    curl_slist_free_all(headers);
    if (code != CURLE_OK) {
      fmt::print(stderr, "sluicectl: {}: {}\n", socket_, curl_easy_strerror(code));
      std::exit(kUnreachable);
    }
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &reply.status);
    return reply;
  }

  std::string socket_;
  CURL* curl_;
};

// Prints a refusal the way a compiler would: one line a mistake.
int refuse(const Reply& reply) {
  const json body = json::parse(reply.body, nullptr, false);
  if (body.is_object() && body.contains("errors")) {
    for (const json& error : body["errors"]) fmt::print(stderr, "{}\n", error.get<std::string>());
  } else if (body.is_object() && body.contains("message")) {
    fmt::print(stderr, "sluicectl: {}\n", body["message"].get<std::string>());
  } else {
    fmt::print(stderr, "sluicectl: status {}: {}\n", reply.status, reply.body);
  }
  return kRefused;
}

// Prints the body, JSON indented, on success.
int print(const Reply& reply) {
  if (!reply.ok()) return refuse(reply);
  const json body = json::parse(reply.body, nullptr, false);
  fmt::print("{}\n", body.is_discarded() ? reply.body : body.dump(2));
  return 0;
}

int print_text(const Reply& reply) {
  if (!reply.ok()) return refuse(reply);
  fmt::print("{}", reply.body);
  return 0;
}

// "-": what stands on stdin.
std::string read_file(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"), std::fclose);
  std::string text;
  std::array<char, 64 << 10> piece;
  for (size_t n = 1; file != nullptr && n > 0;) {
    n = std::fread(piece.data(), 1, piece.size(), file.get());
    text.append(piece.data(), n);
  }
  // Half a policy may be a policy, too.
  if (file == nullptr || std::ferror(file.get()) != 0) {
    fmt::print(stderr, "sluicectl: {}: cannot be read\n", path);
    std::exit(kUnreachable);
  }
  return text;
}

std::string escaped(const std::string& text) {
  char* out = curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  std::string result(out);
  curl_free(out);
  return result;
}

// Puts a file in force, or only checks it.
int send_policy(Client& client, const std::string& path, bool check_only) {
  // Files that it names stand beside it, and Sluice runs in another folder.
  const std::string name = path == "-" ? path : std::filesystem::absolute(path).string();
  const std::string target = fmt::format("/{}?entities=0&name={}", check_only ? "check" : "config", escaped(name));
  const Reply reply = client.post(target, read_file(path), "text/yaml");
  if (!reply.ok()) return refuse(reply);
  const json body = json::parse(reply.body, nullptr, false);
  if (body.is_object() && body.contains("warnings")) {
    for (const json& warning : body["warnings"]) fmt::print(stderr, "{}\n", warning.get<std::string>());
  }
  if (body.is_object() && body.contains("quarantined")) {
    for (const json& reason : body["quarantined"]) fmt::print(stderr, "{}: left out\n", reason.get<std::string>());
  }
  if (body.is_object()) {
    fmt::print("{} {}\n", check_only ? "good" : "in force", body.value("fingerprint", std::string()));
  }
  return 0;
}

// Prints a page of routes; `next` becomes the path of the page after it, empty after the last.
int print_routes(const Reply& reply, std::string& next) {
  next.clear();
  if (!reply.ok()) return refuse(reply);
  const json body = json::parse(reply.body, nullptr, false);
  if (body["next"].is_string()) next = body["next"];
  for (const json& route : body["data"]) {
    const auto list = [&](const char* field) {
      return route[field].is_null() ? std::string("*") : route[field].dump();
    };
    fmt::print("{}  {}  methods {}  hosts {}  paths {}\n", route.value("id", std::string()),
               route["name"].is_null() ? "-" : route["name"].get<std::string>(), list("methods"), list("hosts"),
               list("paths"));
  }
  return 0;
}

// One screen a second: what each worker did in that second.
int top(Client& client, unsigned turns) {
  std::map<int, json> before;
  for (unsigned turn = 0; turns == 0 || turn <= turns; ++turn) {
    if (turn > 0) std::this_thread::sleep_for(std::chrono::seconds(1));
    const Reply reply = client.get("/top");
    if (!reply.ok()) return refuse(reply);
    const json body = json::parse(reply.body, nullptr, false);
    if (turn > 0) {
      fmt::print("{:>6} {:>12} {:>12} {:>12} {:>12} {:>8} {:>10}\n", "worker", "requests/s", "packets in/s",
                 "packets out/s", "connections", "busy %", "busy us/req");
    }
    for (const json& now : body["workers"]) {
      const int worker = now["worker"];
      if (turn > 0) {
        const json& then = before[worker];
        const auto rate = [&](const char* field) { return now[field].get<double>() - then[field].get<double>(); };
        const double busy_s = rate("busy_seconds");
        const double requests = rate("requests");
        fmt::print("{:>6} {:>12.0f} {:>12.0f} {:>12.0f} {:>12} {:>8.1f} {:>10.2f}\n", worker, requests,
                   rate("packets_in"), rate("packets_out"), now["connections"].get<uint64_t>(), busy_s * 100,
                   requests > 0 ? busy_s * 1e6 / requests : 0.0);
      }
      before[worker] = now;
    }
    std::fflush(stdout);
  }
  return 0;
}

int list_routes(Client& client) {
  std::string path = "/routes?size=1000";
  int status = 0;
  while (!path.empty() && status == 0) {
    const Reply reply = client.get(path);
    status = print_routes(reply, path);
  }
  return status;
}

json explain_question(const std::string& method, const std::string& url, const std::vector<std::string>& headers,
                      const std::string& client) {
  json question = {{"method", method}, {"url", url}, {"headers", json::array()}};
  for (const std::string& header : headers) {
    const size_t colon = header.find(':');
    const size_t value = colon == std::string::npos ? std::string::npos : header.find_first_not_of(" \t", colon + 1);
    question["headers"].push_back({header.substr(0, colon), value == std::string::npos ? "" : header.substr(value)});
  }
  if (!client.empty()) question["client"] = client;
  return question;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Talks to a running Sluice over its control socket.", "sluicectl");
  std::string socket = "/run/sluice/control.sock";
  app.add_option("--socket", socket, "the control socket")->envname("SLUICE_CONTROL_SOCKET")->capture_default_str();
  app.require_subcommand(1);

  std::string file;
  app.add_subcommand("status", "what is running, on which policy");
  app.add_subcommand("check", "check a policy file without putting it in force")->add_option("file", file)->required();
  app.add_subcommand("load", "put a policy file in force on all workers")->add_option("file", file)->required();
  app.add_subcommand("reload", "read the policy file of the start again and put it in force");
  app.add_subcommand("metrics", "counters and latencies as Prometheus text");
  app.add_subcommand("routes", "the routes in force, a line each");

  unsigned turns = 0;
  app.add_subcommand("top", "live figures of each worker")->add_option("--turns", turns, "end after so many seconds");

  std::string method, url, client_address;
  std::vector<std::string> headers;
  CLI::App* explain = app.add_subcommand("explain", "what would happen to a request, and why");
  explain->add_option("method", method)->required();
  explain->add_option("url", url)->required();
  explain->add_option("-H,--header", headers, "a header, 'Name: value'")->allow_extra_args(false);
  explain->add_option("--client", client_address, "the client's address");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUnreachable;
  }

  Client client(socket);
  const std::string command = app.get_subcommands().front()->get_name();
  if (command == "status") return print(client.get("/status"));
  if (command == "check") return send_policy(client, file, true);
  if (command == "load") return send_policy(client, file, false);
  if (command == "reload") return print(client.post("/reload", "", "text/plain"));
  if (command == "metrics") return print_text(client.get("/metrics"));
  if (command == "routes") return list_routes(client);
  if (command == "top") return top(client, turns);
  return print_text(
      client.post("/explain", explain_question(method, url, headers, client_address).dump(), "application/json"));
}
