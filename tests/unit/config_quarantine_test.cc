// Partial acceptance: what is broken is left out with all that would not be the same without it; the rest is served.
#include "config_support.h"

namespace sluice::config {
namespace {

const std::string kHead = "_format_version: \"3.0\"\n";

LoadedPolicy partly(const std::string& text) {
  return load_policy(kHead + text, "p", policy::OnMistake::kQuarantine);
}

std::vector<std::string> route_names(const LoadedPolicy& loaded) {
  std::vector<std::string> names;
  if (loaded.policy) {
    for (const policy::Route& route : loaded.policy->routes) names.push_back(route.name.value_or("?"));
  }
  return names;
}

TEST(Quarantine, BrokenRoute_GoesAlone) {
  const LoadedPolicy loaded = partly(
      "services:\n- name: s\n  host: h\n  routes:\n  - {name: good, paths: [/a]}\n  - {name: bad, paths: [b]}\n");
  EXPECT_EQ(route_names(loaded), std::vector<std::string>{"good"});
  EXPECT_EQ(
      lines(loaded.quarantined),
      std::vector<std::string>{"p:7:25: route 'bad' (services[0].routes[1]): paths[0]: should start with: / (fixed "
                               "path) or ~/ (regex path); found \"b\""});
}

TEST(Quarantine, BrokenPlugin_TakesItsRouteWithIt) {
  const LoadedPolicy loaded = partly(
      "services:\n- name: s\n  host: h\n  routes:\n  - {name: open, paths: [/a]}\n"
      "  - {name: guarded, paths: [/b], plugins: [{name: key-auth, config: {kye_names: [x]}}]}\n");
  EXPECT_EQ(route_names(loaded), std::vector<std::string>{"open"});
  ASSERT_EQ(loaded.quarantined.size(), 1u);
  EXPECT_EQ(loaded.quarantined[0].hint, "with it goes services[0].routes[1]");
}

TEST(Quarantine, BrokenPluginAtTopLevel_TakesWhatItNames) {
  const LoadedPolicy loaded = partly(
      "services:\n- {name: s, host: h, routes: [{name: a, paths: [/a]}]}\n- {name: t, host: h, routes: [{name: b, "
      "paths: "
      "[/b]}]}\nplugins: [{name: key-auth, service: t, config: {zzz: 1}}]\n");
  EXPECT_EQ(route_names(loaded), std::vector<std::string>{"a"});
  EXPECT_EQ(loaded.policy->services.size(), 1u);
  EXPECT_TRUE(loaded.policy->plugins.empty());
}

TEST(Quarantine, BrokenPluginForAllRequests_RefusesTheFile) {
  EXPECT_FALSE(partly("services: [{name: s, host: h}]\nplugins: [{name: key-auth, config: {zzz: 1}}]\n").policy);
}

TEST(Quarantine, PluginOfWhatIsNotThere_RefusesTheFile) {
  const LoadedPolicy loaded = partly("services: [{name: s, host: h}]\nplugins: [{name: key-auth, service: ss}]\n");
  EXPECT_FALSE(loaded.policy);
  EXPECT_EQ(loaded.diagnostics.errors().size(), 1u);
}

TEST(Quarantine, WhatRefersToTheBroken_GoesToo) {
  const LoadedPolicy loaded = partly(
      "services:\n- {name: s, host: h, port: 99999}\n- {name: t, host: h}\nroutes:\n- {name: a, paths: [/a], service: "
      "s}\n"
      "- {name: b, paths: [/b], service: t}\nplugins: [{name: cors, route: a}]\n");
  EXPECT_EQ(route_names(loaded), std::vector<std::string>{"b"});
  EXPECT_TRUE(loaded.policy->plugins.empty());
}

TEST(Quarantine, ServiceOfABrokenUpstream_GoesToo) {
  const LoadedPolicy loaded = partly(
      "upstreams: [{name: u.example, slots: 1}]\nservices:\n- {name: s, host: u.example}\n- {name: t, url: "
      "'http://u.example/x'}\n- {name: v, host: h}\n");
  ASSERT_TRUE(loaded.policy);
  ASSERT_EQ(loaded.policy->services.size(), 1u);
  EXPECT_EQ(loaded.policy->services[0].name, "v");
}

TEST(Quarantine, UpstreamWhoseProbesCannotBeSent_GoesWithItsServices) {
  const LoadedPolicy loaded = partly(
      "upstreams: [{name: u.example, healthchecks: {active: {type: https, healthy: {interval: 1}}}}]\n"
      "services: [{name: s, host: u.example}, {name: t, host: h}]\n");
  ASSERT_TRUE(loaded.policy);
  EXPECT_EQ(loaded.policy->services.size(), 1u);
  EXPECT_EQ(loaded.quarantined.at(0).field, "healthchecks.active.type");
}

TEST(Quarantine, PluginWithAnUnusableTemplate_TakesItsRouteWithIt) {
  const LoadedPolicy loaded = partly(
      "services: [{name: s, host: h, routes: [{name: a, paths: [/a]}, {name: b, paths: [/b], plugins: "
      "[{name: request-transformer, config: {add: {headers: ['x:$(f())']}}}]}]}]\n");
  EXPECT_EQ(route_names(loaded), std::vector<std::string>{"a"});
}

TEST(Quarantine, WhatCompilingFound_IsAMistakeLikeOthers) {
  const std::string text = kHead +
                           "services:\n- name: s\n  host: h\n  routes:\n  - {name: a, paths: [/a]}\n"
                           "  - {name: b, paths: [/b]}\n";
  const Obstacle obstacles[] = {{{7, 5}, "paths", "too much"}};
  const LoadedPolicy refused = load_policy(text, "p", policy::OnMistake::kRefuse, obstacles);
  EXPECT_FALSE(refused.policy);
  EXPECT_EQ(lines(refused.diagnostics.errors()),
            std::vector<std::string>{"p:7:22: route 'b' (services[0].routes[1]): paths: too much"});
  const LoadedPolicy loaded = load_policy(text, "p", policy::OnMistake::kQuarantine, obstacles);
  EXPECT_EQ(route_names(loaded), std::vector<std::string>{"a"});
  EXPECT_EQ(lines(loaded.quarantined), lines(refused.diagnostics.errors()));
}

// It stands in the file once, but is two entities.
TEST(Quarantine, WhatCompilingFoundOfAnAlias_IsAboutEachOfItsPlaces) {
  const Obstacle obstacles[] = {{{5, 48}, "config", "too much"}};
  const LoadedPolicy loaded = load_policy(kHead +
                                              "services:\n- name: s\n  host: h\n"
                                              "  routes: [{name: a, paths: [/a], plugins: &x [{name: cors}]}, "
                                              "{name: b, paths: [/b], plugins: *x}, {name: c, paths: [/c]}]\n",
                                          "p", policy::OnMistake::kQuarantine, obstacles);
  EXPECT_EQ(route_names(loaded), (std::vector<std::string>{"c"}));
}

TEST(Quarantine, WhatCompilingFoundOfNoEntity_RefusesTheFile) {
  const Obstacle obstacles[] = {{{}, "", "no room"}};
  const LoadedPolicy loaded =
      load_policy(kHead + "services: [{name: s, host: h}]\n", "p", policy::OnMistake::kQuarantine, obstacles);
  EXPECT_FALSE(loaded.policy);
  EXPECT_EQ(lines(loaded.diagnostics.errors()), std::vector<std::string>{"p: no room"});
}

TEST(Quarantine, BrokenCredential_LeavesItsConsumer) {
  const LoadedPolicy loaded =
      partly("consumers: [{username: c, acls: [{group: g}], jwt_secrets: [{key: k, secret: s, algorithm: none}]}]\n");
  ASSERT_TRUE(loaded.policy);
  EXPECT_EQ(loaded.policy->consumers.at(0).acls.size(), 1u);
  EXPECT_TRUE(loaded.policy->consumers[0].jwt_secrets.empty());
}

// A plugin acl that denies a group lets in whom it does not know to be in it.
TEST(Quarantine, BrokenGroupOfAConsumer_TakesTheConsumer) {
  const char* const kAcl = "plugins: [{name: acl, config: {deny: ['911']}}]\n";
  for (const char* consumers : {"consumers: [{username: ann}, {username: mallory, acls: [{group: 911}]}]\n",
                                "consumers: [{username: ann}, {username: mallory}]\n"
                                "acls: [{group: 911, consumer: mallory}]\n"}) {
    const LoadedPolicy loaded = partly(std::string(consumers) + kAcl);
    ASSERT_TRUE(loaded.policy) << consumers;
    ASSERT_EQ(loaded.policy->consumers.size(), 1u) << consumers;
    EXPECT_EQ(loaded.policy->consumers[0].username, "ann");
  }
}

TEST(Quarantine, BrokenGroupOfNobodyKnown_RefusesTheFile) {
  EXPECT_FALSE(partly("consumers: [{username: ann}]\nacls: [{group: 911, consumer: {zzz: 1}}]\n").policy);
}

// They would be served without its plugins.
TEST(Quarantine, ConsumerGroupThatGoes_TakesItsMembers) {
  const std::string three = "consumers: [{username: alice}, {username: bob}, {username: carol}]\n";
  const std::string by_themselves =
      "consumers: [{username: alice, groups: [g]}, {username: bob, groups: [g]}, {username: carol}]\n";
  const std::string members = "consumer_groups: [{name: g, consumers: [alice, bob], plugins: [{name: rate-limiting, ";
  for (const std::string& text :
       {three + members + "config: {minuet: 5}}]}]\n", by_themselves + "consumer_groups: [{name: g, zzz: 1}]\n"}) {
    const LoadedPolicy loaded = partly(text);
    ASSERT_TRUE(loaded.policy) << text;
    ASSERT_EQ(loaded.policy->consumers.size(), 1u) << text;
    EXPECT_EQ(loaded.policy->consumers[0].username, "carol");
  }
}

TEST(Quarantine, BrokenMemberOfAGroup_LeavesTheGroupToTheOthers) {
  const LoadedPolicy loaded = partly(
      "consumers: [{username: alice}, {username: bob, zzz: 1}]\n"
      "consumer_groups: [{name: g, consumers: [alice, {username: bob}], plugins: [{name: rate-limiting, config: "
      "{minute: 5}}]}]\n");
  ASSERT_TRUE(loaded.policy);
  ASSERT_EQ(loaded.policy->consumers.size(), 1u);
  EXPECT_EQ(loaded.policy->consumers[0].username, "alice");
  EXPECT_EQ(loaded.policy->consumers[0].groups.size(), 1u);
  EXPECT_EQ(loaded.policy->plugins.size(), 1u);
  EXPECT_EQ(
      lines(loaded.quarantined),
      (std::vector<std::string>{"p:2:48: consumer 'bob' (consumers[1]): zzz: unknown field",
                                "p:3:48: consumer_group 'g' (consumer_groups[0]): consumers[1]: invalid reference "
                                "'consumers[1]: bob' (no such entry in 'consumers') (with it goes "
                                "consumer_groups[0].consumers[1])"}));
}

// Whoever is meant would be served without the group's plugins.
TEST(Quarantine, MemberWhoIsNotThere_RefusesTheFile) {
  for (const char* members : {"[alise]", "[5]", "alice"}) {
    EXPECT_FALSE(partly("consumers: [{username: alice}]\nconsumer_groups: [{name: g, consumers: " +
                        std::string(members) + "}]\n")
                     .policy)
        << members;
  }
}

TEST(Quarantine, BrokenPluginOfANameGivenTwice_TakesAllOfThatName) {
  const LoadedPolicy loaded = partly(
      "services: [{name: s, host: h, routes: [{name: r, paths: [/admin]}, {name: a, paths: [/a]}]}]\n"
      "routes: [{name: r, paths: [/b], service: s}]\n"
      "plugins: [{name: key-auth, route: r, config: {bogus: 1}}]\n");
  EXPECT_EQ(route_names(loaded), std::vector<std::string>{"a"});
}

TEST(Quarantine, SecondOfAName_GoesTheFirstStays) {
  const LoadedPolicy loaded = partly("services: [{name: s, host: first}, {name: s, host: second}]\n");
  ASSERT_TRUE(loaded.policy);
  ASSERT_EQ(loaded.policy->services.size(), 1u);
  EXPECT_EQ(loaded.policy->services[0].host, "first");
}

TEST(Quarantine, MistakeOfTheFileItself_RefusesIt) {
  EXPECT_FALSE(partly("_surprise: 1\nservices: [{name: s, host: h}]\n").policy);
  EXPECT_FALSE(partly("edge: {rules: [{name: r, zzz: 1}]}\nservices: [{name: s, host: h}]\n").policy);
}

TEST(Quarantine, WithoutIt_OneMistakeRefusesTheWhole) {
  EXPECT_FALSE(load_policy(kHead + "services: [{name: s, host: h}, {name: t}]\n", "p").policy);
}

}  // namespace
}  // namespace sluice::config
