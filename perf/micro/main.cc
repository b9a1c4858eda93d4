// perf/run --micro: cycles a request without NIC, TCP and kernel: streams in memory under the whole exchange server.
//
// All rows of a table are served in turn, again and again, so that what else the machine does meets all of them alike;
// each row's figure is the median of its runs. Prints Markdown.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "micro/rows.h"

namespace {

using namespace sluice::micro;

struct Options {
  unsigned runs = 7;
  unsigned requests = 20'000;  // of a row, each run
  std::string only;            // rows whose title has this
};

struct Measured {
  std::unique_ptr<World> world;
  std::vector<double> runs;  // cycles a request

  double median() {
    std::nth_element(runs.begin(), runs.begin() + static_cast<ptrdiff_t>(runs.size() / 2), runs.end());
    return runs[runs.size() / 2];
  }
};

int complain(const std::string& error) {
  fmt::print(stderr, "micro: {}\n", error);
  return 1;
}

// Serves all rows in turn. The first run warms up. Returns what went wrong.
std::string run(std::vector<Measured>& rows, const Options& options) {
  const unsigned rounds = std::max(1u, options.requests / kConnections);
  for (unsigned i = 0; i <= options.runs; ++i) {
    for (Measured& row : rows) {
      const auto cycles = static_cast<double>(row.world->serve(rounds));
      if (!row.world->failure().empty()) return row.world->failure();
      if (i > 0) row.runs.push_back(cycles / rounds / kConnections);
    }
  }
  return {};
}

void print(const Table& table, std::vector<Measured>& rows, double cycles_per_second) {
  fmt::print("\n### {}\n\n| {} | cycles a request | ns | more than \"{}\" |\n|---|---|---|---|\n", table.title,
             table.columns, table.rows[table.baseline].title);
  const double baseline = rows[table.baseline].median();
  for (size_t i = 0; i < rows.size(); ++i) {
    const double cycles = rows[i].median();
    fmt::print("| {} | {:.0f} | {:.0f} | {} |\n", table.rows[i].title, cycles, cycles / cycles_per_second * 1e9,
               i == table.baseline ? "" : fmt::format("{:+.0f}", cycles - baseline));
  }
  std::fflush(stdout);
}

std::string measure(Table table, const Options& options, const sluice::worker::TscClock& tsc) {
  if (!options.only.empty()) {
    std::erase_if(table.rows, [&](const Row& row) { return row.title.find(options.only) == std::string::npos; });
    if (table.rows.empty()) return {};
    table.baseline = 0;
  }
  std::vector<Measured> rows;
  for (const Row& row : table.rows) {
    auto world = World::make(row, tsc);
    if (!world) return world.error();
    rows.push_back({std::move(world).value(), {}});
  }
  if (std::string error = run(rows, options); !error.empty()) return error;
  print(table, rows, tsc.cycles_per_second());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Cycles a request, from streams in memory.", "micro");
  Options options;
  app.add_option("--runs", options.runs, "of each row, alternating; the median is told")->check(CLI::PositiveNumber);
  app.add_option("--requests", options.requests, "of each run");
  app.add_option("--only", options.only, "rows whose title has this");
  CLI11_PARSE(app, argc, argv);

  const auto tsc = sluice::worker::TscClock::calibrate();
  fmt::print("Medians of {} alternating runs of {} requests on {} connections; TSC at {:.3f} GHz.\n", options.runs,
             options.requests, kConnections, tsc.cycles_per_second() / 1e9);
  for (Table& table : tables({})) {
    if (std::string error = measure(std::move(table), options, tsc); !error.empty()) return complain(error);
  }
  return 0;
}
