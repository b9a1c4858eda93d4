// Stage::explain: runs the rules one by one and says what each has changed. Control side only.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "edge/answers.h"
#include "edge/stage.h"

namespace sluice::edge {
namespace {

// A request as it stood at one moment.
struct Picture {
  explicit Picture(const http::Request& r)
      : method(r.method), path(r.path), query(r.query), host(r.authority), has_query(r.has_query) {
    for (const http::Header& h : r.headers.all()) headers.emplace_back(h.name, h.value);
  }

  std::string target() const { return path + (has_query ? "?" + query : ""); }

  std::string method, path, query, host;
  bool has_query;
  std::vector<std::pair<std::string, std::string>> headers;
};

using Header = std::pair<std::string, std::string>;

bool has(const std::vector<Header>& headers, const Header& header) {
  return std::find(headers.begin(), headers.end(), header) != headers.end();
}

bool has_name(const std::vector<Header>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& h) { return http::iequals(h.first, name); });
}

// The differences between two pictures, a line each.
void add_changes(const Picture& before, const Picture& after, std::vector<std::string>& lines) {
  const auto changed = [&](const char* what, const std::string& from, const std::string& to) {
    if (from != to) lines.push_back("  " + std::string(what) + ": " + from + " -> " + to);
  };
  for (const Header& h : before.headers) {
    if (!has_name(after.headers, h.first)) lines.push_back("  strips " + h.first);
  }
  for (const Header& h : after.headers) {
    if (!has(before.headers, h) && !http::iequals(h.first, "host"))
      lines.push_back("  sets " + h.first + ": " + h.second);
  }
  changed("method", before.method, after.method);
  changed("target", before.target(), after.target());
  changed("host", before.host, after.host);
}

void add_answer(const http::Answer& answer, std::vector<std::string>& lines) {
  lines.push_back("  answers " + std::to_string(answer.head.status) + " " + std::string(answer.head.reason));
  for (const http::Header& h : answer.head.headers.all()) {
    lines.push_back("    " + std::string(h.name) + ": " + std::string(h.value));
  }
}

}  // namespace

std::vector<std::string> Stage::explain(Context& context) const {
  std::vector<std::string> lines;
  http::RequestContext& http = context.http;
  const Picture arrived(http.request);
  strip(http, edge_only_);
  const Picture stripped(http.request);
  if (stripped.headers.size() != arrived.headers.size()) {
    lines.push_back("schema:");
    add_changes(arrived, stripped, lines);
  }
  if (reads_path_ && normalise(context) != http::Verdict::kContinue) {
    lines.push_back("path: cannot be normalised");
    add_answer(http.answer, lines);
    return lines;
  }
  std::optional<RuleIndex::Selection> selection;
  for (size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    if (!selection) selection = index_.select(context);
    if (!selection) {
      lines.push_back("there is no memory for rule '" + std::string(rule.name()) + "' and those behind it");
      refuse_for_memory(context, "edge.select");
      add_answer(http.answer, lines);
      break;
    }
    Groups groups;
    const std::string heading = "rule '" + std::string(rule.name()) + "': ";
    const Matcher::Fit fit = !selection->prefix_holds(i) ? Matcher::Fit{match::Outcome::kNone, "path_prefix"}
                             : !selection->hosts_hold(i) ? Matcher::Fit{match::Outcome::kNone, "hosts"}
                                                         : rule.fit(context, groups);
    if (fit.outcome == match::Outcome::kNone) {
      lines.push_back(heading + "does not match (" + fit.field + ")");
      continue;
    }
    if (fit.outcome == match::Outcome::kGivenUp) {
      lines.push_back(heading + "takes too much work to match (" + fit.field + ")");
      refuse_for_match(context, "edge.match");
      add_answer(http.answer, lines);
      break;
    }
    lines.push_back(heading + "matches");
    const Picture before(http.request);
    const bool had_token = context.token != nullptr;
    const http::Verdict verdict = rule.apply(context, groups);
    if (!had_token && context.token != nullptr) {
      lines.push_back("  verifies the token: " + std::string(http.token.algorithm));
    }
    add_changes(before, Picture(http.request), lines);
    if (verdict == http::Verdict::kAnswer) {
      add_answer(http.answer, lines);
      break;
    }
    if (rule.moves_the_request()) selection.reset();
  }
  context.token = nullptr;
  return lines;
}

}  // namespace sluice::edge
