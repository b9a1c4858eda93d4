// What the tests of control/config share: loading a text, the mistakes as lines, files of the corpus.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/node_loader.h"
#include "config/policy_loader.h"

namespace sluice::config {

inline std::vector<std::string> lines(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> out;
  for (const Diagnostic& d : diagnostics) out.push_back(to_line("p", d));
  return out;
}

// The mistakes of a policy, as `sluice --check` prints them for a file named "p".
inline std::vector<std::string> mistakes(const std::string& text) {
  return lines(load_policy(text, "p").diagnostics.errors());
}

inline std::vector<std::string> node_mistakes(const std::string& text) {
  return lines(load_node(text).diagnostics.errors());
}

// The policy that `text` is; the test fails with its mistakes if it is none.
inline policy::Policy policy_of(const std::string& text) {
  LoadedPolicy loaded = load_policy(text, "p");
  for (const std::string& line : lines(loaded.diagnostics.errors())) ADD_FAILURE() << line;
  return loaded.policy.value_or(policy::Policy());
}

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline std::filesystem::path corpus_directory() {
  return SLUICE_KONG_CORPUS;
}

}  // namespace sluice::config
