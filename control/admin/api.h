// Api: what the control socket answers. Kong's admin API without a database (docs/kong.md lists it), and what sluicectl
// needs beside it: /check, /reload, /explain, /top.
//
// Lives on the event loop; answers that need the compiler thread, or would take the loop long to print, come later.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "admin/cache_api.h"
#include "admin/http_server.h"
#include "admin/worker_view.h"
#include "introspect/introspector.h"
#include "leases/lease_keeper.h"
#include "logs/log_writer.h"
#include "metrics/prometheus.h"
#include "publish/publisher.h"
#include "ship/shipper.h"

namespace sluice::control {

struct ApiEnvironment {
  Publisher& publisher;
  const Resolver& resolver;
  const LogWriter& logs;
  const Shipper& shipper;
  const LeaseKeeper& leases;
  const Introspector& introspector;
  std::vector<WorkerView> workers;
  double cycles_per_second;  // of the counter behind worker_busy_cycles_total
  std::string version;
  std::string node_id;  // a UUID of this process
  std::string hostname;
  std::string policy_file;  // what reload reads
  CacheView cache;
  upstream::HealthTable& health;  // what the policies are compiled with
  std::function<bool()> draining;
  std::function<HttpServer::Use()> admin_port;
};

class Api {
 public:
  explicit Api(ApiEnvironment environment) : env_(std::move(environment)), started_s_(now_s()) {}

  void serve(const AdminRequest& request, Responder respond);
  // Reads the policy file again and brings it into force; what /reload and SIGHUP do.
  void reload(Publisher::Done done);

 private:
  static double now_s();

  void reload_for(Responder respond);
  std::optional<AdminResponse> serve_own(const AdminRequest& request, const std::vector<std::string>& path) const;
  AdminResponse root() const;
  AdminResponse enabled_plugins() const;
  AdminResponse endpoints() const;
  AdminResponse ready() const;
  AdminResponse status() const;
  AdminResponse metrics() const;
  AdminResponse top() const;
  AdminResponse explain(const AdminRequest& request) const;
  void config(Responder respond) const;
  void load(const AdminRequest& request, bool check_only, Responder respond);
  void load_text(std::string text, const AdminRequest& request, bool check_only, Responder respond);
  void print_aside(std::function<AdminResponse()> print, Responder respond) const;

  ApiEnvironment env_;
  double started_s_;
};

}  // namespace sluice::control
