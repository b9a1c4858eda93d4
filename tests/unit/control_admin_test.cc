// Kong's admin API without a database: lists in pages, nested lists, tags, schemas, refused writes; the memory guard.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "admin/cache_api.h"
#include "admin/entity_api.h"
#include "admin/form_entity.h"
#include "admin/schema_api.h"
#include "admin/upstream_health.h"
#include "config/lua_text.h"
#include "config/policy_loader.h"
#include "publish/memory_guard.h"
#include "upstream/health.h"

namespace sluice::control {
namespace {

using nlohmann::json;

constexpr const char* kPolicy = R"(
_format_version: "3.0"
services:
- name: one
  host: one.example
  tags: [red, round]
  routes:
  - {name: a, paths: [/a], tags: [red]}
  - {name: b, paths: [/b]}
  plugins: [{name: key-auth}]
- {name: two, host: two.example, tags: [round]}
consumers:
- username: ann
  keyauth_credentials: [{key: k, id: 12121212-0000-4000-8000-000000000001}, {key: ending, ttl: 2000000060}]
  groups: [gold]
consumer_groups: [{name: gold}]
upstreams: [{name: u.example, targets: [{target: 'x.example:80'}]}]
)";

class AdminApi : public ::testing::Test {
 protected:
  AdminApi() : policy_(*config::load_policy(kPolicy, "p").policy) {}

  AdminResponse ask(const std::string& method, const std::string& path, const std::string& query = {},
                    const std::string& body = {}, const std::string& type = "application/json") {
    std::vector<std::string> segments;
    std::istringstream in(path.substr(1));
    for (std::string part; std::getline(in, part, '/');) segments.push_back(part);
    AdminRequest request{.method = method, .path = path, .query = query, .content_type = {}, .body = body};
    if (!body.empty()) request.content_type = type;
    return EntityApi({policy_, nullptr, WallTime{1'000'000'000}, now_, "node", addresses_, health_})
        .serve(request, segments)
        .value_or(not_found());
  }
  json get(const std::string& path, const std::string& query = {}) { return json::parse(ask("GET", path, query).body); }
  std::vector<std::string> names(const json& answer) {
    std::vector<std::string> out;
    for (const json& entity : answer["data"]) out.push_back(entity.value("name", entity.value("id", "")));
    return out;
  }

  policy::Policy policy_;
  WallTime now_{2'000'000'000'000'000'000};
  AddressBook addresses_;
  upstream::HealthTable health_{16};
};

using Names = std::vector<std::string>;

TEST_F(AdminApi, Collection_ListsEntitiesWithAllTheirFields) {
  const json answer = get("/services");
  EXPECT_EQ(names(answer), (Names{"one", "two"}));
  EXPECT_EQ(answer["next"], nullptr);
  EXPECT_EQ(answer["data"][0]["created_at"], 1);
  EXPECT_EQ(answer["data"][0]["ca_certificates"], nullptr);
}

TEST_F(AdminApi, KeyThatEnds_IsShownWithWhatIsLeftOfItsTimeAndThenNoMore) {
  const json keys = get("/consumers/ann/key-auth")["data"];
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_FALSE(keys[0].contains("ttl"));
  EXPECT_EQ(keys[1]["ttl"], 60);
  const std::string path = "/key-auths/" + keys[1]["id"].get<std::string>();
  EXPECT_EQ(get(path)["key"], "ending");
  now_ = WallTime{2'000'000'060'000'000'000};
  EXPECT_EQ(ask("GET", path).status, 404);
  EXPECT_EQ(get("/key-auths")["data"].size(), 1u);
}

TEST_F(AdminApi, Entity_IsFoundByNameAndById) {
  const json by_name = get("/services/one");
  EXPECT_EQ(get("/services/" + by_name["id"].get<std::string>()), by_name);
  EXPECT_EQ(ask("GET", "/services/none").status, 404);
}

TEST_F(AdminApi, Nested_ListsWhatBelongsToTheParent) {
  EXPECT_EQ(names(get("/services/one/routes")), (Names{"a", "b"}));
  EXPECT_EQ(names(get("/services/two/routes")), Names{});
  EXPECT_EQ(names(get("/services/one/plugins")), Names{"key-auth"});
  EXPECT_EQ(names(get("/consumers/ann/key-auth"))[0], "12121212-0000-4000-8000-000000000001");
  EXPECT_EQ(names(get("/consumer_groups/gold/consumers")).size(), 1u);
  EXPECT_EQ(get("/upstreams/u.example/targets")["data"][0]["target"], "x.example:80");
  EXPECT_EQ(get("/routes/a/service")["name"], "one");
  EXPECT_EQ(get("/services/one/routes/b")["name"], "b");
  EXPECT_EQ(ask("GET", "/services/two/routes/b").status, 404);
  EXPECT_EQ(ask("GET", "/services/none/routes").status, 404);
  EXPECT_EQ(ask("GET", "/services/one/nonsense").status, 404);
}

// Of one upstream: another may have a target of the same name.
TEST_F(AdminApi, Target_IsFoundByHostAndPortAndById) {
  policy::Upstream other = policy_.upstreams[0];
  other.name = "v.example";
  other.id = policy::Uuid(std::array<uint8_t, 16>{1});
  other.targets[0].id = policy::Uuid(std::array<uint8_t, 16>{2});
  policy_.upstreams.push_back(other);
  for (const policy::Upstream& upstream : policy_.upstreams) {
    const std::string targets = "/upstreams/" + upstream.name + "/targets/";
    const json target = get(targets + "x.example:80");
    EXPECT_EQ(target["id"], upstream.targets[0].id.to_string());
    EXPECT_EQ(get(targets + upstream.targets[0].id.to_string()), target);
    EXPECT_EQ(ask("GET", targets + "x.example:81").status, 404);
    EXPECT_EQ(ask("PATCH", targets + "x.example:80").status, 405);
  }
}

TEST_F(AdminApi, KindsThatThereAreNoneOf_AreEmptyLists) {
  for (const char* path : {"/keys", "/key-sets"}) {
    EXPECT_EQ(get(path), (json{{"data", json::array()}, {"next", nullptr}})) << path;
    EXPECT_EQ(ask("GET", path + std::string("/one")).status, 404) << path;
    EXPECT_EQ(ask("POST", path).status, 405) << path;
  }
  EXPECT_EQ(json::parse(ask("POST", "/key-sets").body)["message"],
            "cannot create 'key_sets' entities when not using a database");
}

TEST_F(AdminApi, Pages_LeadThroughTheWholeList) {
  const json first = get("/services", "size=1");
  EXPECT_EQ(names(first), Names{"one"});
  const std::string offset = first["offset"];
  EXPECT_EQ(first["next"], "/services?offset=" + offset + "&size=1");
  const json second = get("/services", "size=1&offset=" + offset);
  EXPECT_EQ(names(second), Names{"two"});
  EXPECT_EQ(second["next"], nullptr);
  EXPECT_FALSE(second.contains("offset"));
}

TEST_F(AdminApi, Pages_RefuseWhatIsNoSizeAndNoOffset) {
  for (const char* query : {"size=0", "size=1001", "size=x", "offset=nonsense", "offset=c2VydmljZXN8eA"}) {
    const AdminResponse answer = ask("GET", "/services", query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_TRUE(json::parse(answer.body).contains("code")) << query;
  }
  // An offset of another list.
  const std::string offset = get("/services", "size=1")["offset"];
  EXPECT_EQ(ask("GET", "/routes", "offset=" + offset).status, 400);
}

TEST_F(AdminApi, Tags_AllOrAny) {
  EXPECT_EQ(names(get("/services", "tags=round")), (Names{"one", "two"}));
  EXPECT_EQ(names(get("/services", "tags=red,round")), Names{"one"});
  EXPECT_EQ(names(get("/services", "tags=red/none")), Names{"one"});
  EXPECT_EQ(names(get("/services", "tags=none")), Names{});
  EXPECT_EQ(get("/tags")["data"].size(), 4u);
  EXPECT_EQ(get("/tags/red")["data"].size(), 2u);
}

TEST_F(AdminApi, Writes_AreRefusedInKongsWords) {
  const auto message = [&](const char* method, const std::string& path) {
    const AdminResponse answer = ask(method, path, {}, R"({"host":"h"})");
    EXPECT_EQ(answer.status, 405) << answer.body;
    return json::parse(answer.body)["message"].get<std::string>();
  };
  EXPECT_EQ(message("POST", "/services"), "cannot create 'services' entities when not using a database");
  EXPECT_EQ(message("PATCH", "/services/one"), "cannot update 'services' entities by 'name' when not using a database");
  EXPECT_EQ(message("PUT", "/services/one"),
            "cannot create or update 'services' entities by 'name' when not using a database");
  EXPECT_EQ(message("DELETE", "/consumers/ann"),
            "cannot remove 'consumers' entities by 'username' when not using a database");
  EXPECT_EQ(message("DELETE", "/services/" + get("/services/one")["id"].get<std::string>()),
            "cannot remove 'services' entities when not using a database");
}

TEST_F(AdminApi, Writes_AreLookedAtBeforeTheyAreRefused) {
  EXPECT_EQ(ask("DELETE", "/services").status, 405);
  EXPECT_EQ(json::parse(ask("PUT", "/services").body), json({{"message", "Method not allowed"}}));
  EXPECT_EQ(json::parse(ask("POST", "/services/one").body), json({{"message", "Method not allowed"}}));
  EXPECT_EQ(ask("DELETE", "/services/none").status, 204);
  EXPECT_EQ(ask("DELETE", "/services/one/routes/none").status, 404);
  const AdminResponse missing = ask("PATCH", "/services/none");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(json::parse(missing.body), json({{"code", 6},
                                             {"name", "not found"},
                                             {"message", "could not find the entity with '{name=\"none\"}'"},
                                             {"fields", {{"name", "none"}}}}));
  EXPECT_EQ(json::parse(ask("PATCH", "/services/11111111-1111-4111-8111-111111111111").body)["message"],
            "could not find the entity with primary key '{id=\"11111111-1111-4111-8111-111111111111\"}'");
}

TEST_F(AdminApi, Writes_OfAnEntityThatIsWrong_AreRefusedForIt) {
  const auto refusal = [&](const char* method, const std::string& path, const std::string& body,
                           const std::string& type = "application/json") {
    const AdminResponse answer = ask(method, path, {}, body, type);
    const json told = json::parse(answer.body);
    return std::to_string(answer.status) + " " + told.value("message", "");
  };
  EXPECT_EQ(refusal("PATCH", "/services/one", R"({"port":"a"})"), "400 schema violation (port: expected an integer)");
  EXPECT_EQ(refusal("PATCH", "/services/one", R"({"host":null})"),
            "400 schema violation (host: required field missing)");
  EXPECT_EQ(refusal("PATCH", "/services/one", R"({"port":81})"),
            "405 cannot update 'services' entities by 'name' when not using a database");
  EXPECT_EQ(refusal("PUT", "/services/new", R"({"port":81})"), "400 schema violation (host: required field missing)");
  EXPECT_EQ(
      refusal("PUT", "/services/a%20b", R"({"host":"h"})"),
      "400 schema violation (name: invalid value 'a%20b': the only accepted ascii characters are alphanumerics or "
      "., -, _, and ~)");
  EXPECT_EQ(refusal("POST", "/services", ""), "400 schema violation (host: required field missing)");
  EXPECT_EQ(refusal("POST", "/services", "name=x", "application/x-www-form-urlencoded"),
            "400 schema violation (host: required field missing)");
  EXPECT_EQ(refusal("POST", "/services", "name=x&host=h&port=81&tags[]=a", "application/x-www-form-urlencoded"),
            "405 cannot create 'services' entities when not using a database");
  EXPECT_EQ(refusal("POST", "/services/one/routes", R"({"paths":["/x"],"strip_path":1})"),
            "400 schema violation (strip_path: expected a boolean)");
  EXPECT_EQ(refusal("POST", "/services/one/routes", R"({"paths":["/x"]})"),
            "405 cannot create 'routes' entities when not using a database");
  EXPECT_EQ(refusal("PATCH", "/plugins/" + get("/plugins")["data"][0]["id"].get<std::string>(),
                    "config.key_names[]=k&config.hide_credentials=maybe", "application/x-www-form-urlencoded"),
            "400 schema violation (config.hide_credentials: expected a boolean)");
  EXPECT_EQ(refusal("PATCH", "/upstreams/u.example", R"({"healthchecks":{"active":{"timeout":-1}}})"),
            "400 schema violation (healthchecks.active: {\n  timeout = \"value should be between 0 and 65535\"\n})");
  EXPECT_EQ(refusal("PATCH", "/upstreams/u.example", R"({"healthchecks":{"active":{"timeout":2}}})"),
            "405 cannot update 'upstreams' entities by 'name' when not using a database");
  EXPECT_EQ(refusal("POST", "/certificates", R"({"cert":"x","key":"y","snis":["a.example"]})").substr(0, 3), "400");
  EXPECT_EQ(refusal("POST", "/consumers/ann/key-auth", R"({"ttl":60})"),
            "405 cannot create 'keyauth_credentials' entities when not using a database");
  EXPECT_EQ(refusal("PUT", "/key-auths/some-key", R"({"consumer":{"username":"ann"}})"),
            "405 cannot create or update 'keyauth_credentials' entities by 'key' when not using a database");
}

TEST(FormEntity, Names_LeadIntoRecordsMapsAndLists) {
  const json fields = json::parse(R"([{"port":{"type":"integer"}},{"on":{"type":"boolean"}},{"name":{"type":"string"}},
      {"tags":{"type":"array","elements":{"type":"string"}}},{"sizes":{"type":"array","elements":{"type":"number"}}},
      {"headers":{"type":"map","values":{"type":"array","elements":{"type":"string"}}}},
      {"inner":{"type":"record","fields":[{"size":{"type":"number"}}]}}])");
  const auto entity = [&](const char* form) { return form_entity(form, fields); };
  EXPECT_EQ(entity("port=80&on=true&name=7"), (json{{"port", 80}, {"on", true}, {"name", "7"}}));
  EXPECT_EQ(entity("port=a&on=1"), (json{{"port", "a"}, {"on", "1"}}));
  EXPECT_EQ(entity("name=&tags="), (json{{"name", nullptr}, {"tags", nullptr}}));
  EXPECT_EQ(entity("tags=a"), (json{{"tags", {"a"}}}));
  EXPECT_EQ(entity("tags=a&tags=b"), (json{{"tags", {"a", "b"}}}));
  EXPECT_EQ(entity("tags[]=a&tags%5B%5D=b+c"), (json{{"tags", {"a", "b c"}}}));
  EXPECT_EQ(entity("sizes[2]=1.5&sizes[1]=2"), (json{{"sizes", {2, 1.5}}}));
  EXPECT_EQ(entity("inner.size=3"), (json{{"inner", {{"size", 3}}}}));
  EXPECT_EQ(entity("headers[X.A]=b&headers.c[]=d"), (json{{"headers", {{"X.A", {"b"}}, {"c", {"d"}}}}}));
  EXPECT_EQ(entity("a.b[c][1].d=1"), json::parse(R"({"a":{"b":{"c":[{"d":"1"}]}}})"));
  EXPECT_EQ(entity(".a=1&b.=2&=3&flag"), (json{{".a", "1"}, {"b.", "2"}, {"flag", true}}));
  EXPECT_EQ(entity("tags[99999]=x&name=a&name.b=c"), (json{{"tags", {{{"99999", "x"}}}}, {"name", "a"}}));
}

TEST(LuaText, Lines_HaveAMemberEach) {
  EXPECT_EQ(config::lua_lines(json::parse(R"({"a":{"b-c":"x"},"d":["y",null,"z"]})")),
            "{\n  a = {\n    [\"b-c\"] = \"x\"\n  },\n  d = {\n    \"y\",\n    [3] = \"z\"\n  }\n}");
}

std::string nested(size_t deep) {
  return R"({"name":)" + std::string(deep, '[') + std::string(deep, ']') + "}";
}

TEST_F(AdminApi, Writes_OfWhatIsNestedTooDeep_AreNotParsed) {
  const AdminResponse answer = ask("POST", "/services", {}, nested(100'000));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json::parse(answer.body)["message"], "Cannot parse JSON body");
}

TEST_F(AdminApi, Tags_RefuseWhatAsksForNone) {
  const auto message = [&](const char* query) {
    const AdminResponse answer = ask("GET", "/services", query);
    EXPECT_EQ(answer.status, 400) << query;
    return json::parse(answer.body)["message"].get<std::string>();
  };
  EXPECT_EQ(message("tags="), "invalid option (tags: cannot be null)");
  EXPECT_EQ(message("tags=a,b/c"), "invalid option (tags: invalid filter syntax)");
  EXPECT_EQ(message("tags=a,,b"), "invalid option (tags: invalid filter syntax)");
  EXPECT_EQ(message("tags=a,b,c,d,e,f"), "invalid option (tags: cannot query more than 5 tags)");
  EXPECT_EQ(names(get("/services", "tags=red,")), Names{"one"});
  EXPECT_EQ(message("size=x"), "size must be a number");
  EXPECT_EQ(message("size=1.5"), "size must be an integer between 1 and 1000");
}

TEST_F(AdminApi, Options_TellsTheMethods) {
  const AdminResponse answer = ask("OPTIONS", "/services");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.allow, "GET, HEAD, OPTIONS, POST");
}

json schema_answer(const std::string& path, const std::string& body, int status) {
  std::vector<std::string> segments;
  std::istringstream in(path.substr(1));
  for (std::string part; std::getline(in, part, '/');) segments.push_back(part);
  const AdminRequest request{
      .method = body.empty() ? "GET" : "POST", .path = path, .query = {}, .content_type = {}, .body = body};
  const AdminResponse answer = serve_schema(request, segments).value_or(not_found());
  EXPECT_EQ(answer.status, status) << path;
  return json::parse(answer.body);
}

TEST_F(AdminApi, KeptAnswers_AreShownAndForgotten) {
  std::set<std::string> keys = {"one", "two", "three"};
  const CacheView cache{
      .find = [&](const std::string& key) -> std::optional<KeptAnswer> {
        if (!keys.contains(key)) return std::nullopt;
        return KeptAnswer{
            .status = 200, .stored_s = 5, .ttl_s = 300, .headers = {{"A", "1"}, {"B", "1"}, {"B", "2"}}, .body = key};
      },
      .forget =
          [&](const std::optional<std::string>& key) {
            if (key) return keys.erase(*key) > 0;
            keys.clear();
            return true;
          },
  };
  const std::string plugin = policy_.plugins[0].id.to_string();
  const auto asked = [&](const std::string& method, const std::vector<std::string>& path) {
    AdminRequest request;
    request.method = method;
    return serve_cache(request, path, policy_, cache).value_or(AdminResponse{.status = 0, .body = {}, .allow = {}});
  };
  EXPECT_EQ(json::parse(asked("GET", {"proxy-cache", "one"}).body),
            json::parse(R"({"status":200,"headers":{"A":"1","B":["1","2"]},"body":"one","body_len":3,"timestamp":5,)"
                        R"("ttl":300,"version":1})"));
  EXPECT_EQ(asked("GET", {"proxy-cache", plugin, "caches", "one"}).body, asked("GET", {"proxy-cache", "one"}).body);
  EXPECT_EQ(asked("GET", {"proxy-cache", "none"}).status, 404);
  EXPECT_EQ(asked("GET", {"proxy-cache", "12121212-0000-4000-8000-000000000009", "caches", "one"}).status, 404);
  EXPECT_EQ(asked("GET", {"proxy-cache", plugin, "caches", "none"}).status, 404);
  EXPECT_EQ(asked("DELETE", {"proxy-cache", plugin, "caches", "one"}).status, 204);
  EXPECT_EQ(asked("DELETE", {"proxy-cache", plugin, "caches", "one"}).status, 404);
  EXPECT_EQ(asked("DELETE", {"proxy-cache", "two"}).status, 204);
  EXPECT_EQ(asked("GET", {"proxy-cache"}).status, 405);
  EXPECT_EQ(asked("PUT", {"proxy-cache", "three"}).status, 405);
  EXPECT_EQ(asked("GET", {"proxy-cache", plugin, "others", "three"}).status, 0);
  EXPECT_EQ(asked("DELETE", {"proxy-cache"}).status, 204);
  EXPECT_TRUE(keys.empty());
}

TEST(SchemaApi, Validate_AnswersAsKong) {
  EXPECT_EQ(schema_answer("/schemas/services/validate", R"({"name":"x","host":"h"})", 200)["message"],
            "schema validation successful");
  const json missing = schema_answer("/schemas/services/validate", R"({"name":"x"})", 400);
  EXPECT_EQ(missing, json({{"code", 2},
                           {"fields", {{"host", "required field missing"}}},
                           {"message", "schema violation (host: required field missing)"},
                           {"name", "schema violation"}}));
  const json plugin = schema_answer("/schemas/plugins/validate", R"({"name":"key-auth","config":{"zz":1}})", 400);
  EXPECT_EQ(plugin["fields"], json::parse(R"({"config":{"zz":"unknown field"}})"));
  EXPECT_EQ(plugin["message"], "schema violation (config.zz: unknown field)");
}

// What is said of the whole goes first, without a name; of what is nested the first level has a name.
TEST(SchemaApi, Message_IsPutTogetherAsKongs) {
  const auto message = [](const std::string& kind, const std::string& body) {
    return schema_answer("/schemas/" + kind + "/validate", body, 400)["message"].get<std::string>();
  };
  EXPECT_EQ(message("consumers", R"({"tags":[1]})"),
            "2 schema violations (at least one of these fields must be non-empty: 'custom_id', 'username'; "
            "tags.1: expected a string)");
  EXPECT_EQ(
      message("upstreams", R"({"name":"u","healthchecks":{"active":{"timeout":-1,"concurrency":0}}})"),
      "schema violation (healthchecks.active: {\n  concurrency = \"value should be between 1 and 2147483648\",\n  "
      "timeout = \"value should be between 0 and 65535\"\n})");
}

TEST(SchemaApi, Validate_OfAKeyNamedAsKongNamesMistakesOfAWhole_TellsOfIt) {
  const json answer = schema_answer("/schemas/consumers/validate", R"({"@entity":1})", 400);
  EXPECT_EQ(answer["fields"], json({{"@entity", "unknown field"}}));
}

TEST(SchemaApi, Validate_LooksAtTheOneEntityAlone) {
  schema_answer("/schemas/routes/validate",
                R"({"paths":["/a"],"service":{"id":"11111111-1111-4111-8111-111111111111"}})", 200);
}

TEST(SchemaApi, Validate_OfWhatIsNestedTooDeep_IsNotParsed) {
  EXPECT_EQ(schema_answer("/schemas/services/validate", nested(100'000), 400)["message"], "Cannot parse JSON body");
  EXPECT_EQ(schema_answer("/schemas/services/validate", nested(63), 400)["name"], "schema violation");
}

TEST(SchemaApi, UnknownNames_Are404InKongsWords) {
  EXPECT_EQ(schema_answer("/schemas/none", "", 404)["message"], "No entity named 'none'");
  EXPECT_EQ(schema_answer("/schemas/plugins/none", "", 404)["message"], "No plugin named 'none'");
  EXPECT_TRUE(schema_answer("/schemas/plugins/cors", "", 200)["fields"].is_array());
}

// An upstream of a healthy literal address, an unhealthy name of two addresses, a name that does not resolve and one
// that is not asked for.
class HealthPages : public ::testing::Test {
 protected:
  HealthPages() {
    upstream_.name = "u";
    for (const char* host : {"198.18.1.1", "Two.example", "gone.example", "rest.example"}) {
      policy::Target target;
      target.target = {host, Port{80}};
      upstream_.targets.push_back(target);
    }
    upstream_.targets[3].weight = 0;
    addresses_.set("two.example", {IpAddress::v4(0xC6120102), *IpAddress::parse("2001:db8::1")});
    addresses_.set("gone.example", {});
    for (const policy::Target& target : upstream_.targets) {
      health_.targets.push_back(
          {.target = &target, .watched = target.weight > 0, .healthy = &target != &upstream_.targets[1]});
    }
  }

  policy::Upstream upstream_;
  AddressBook addresses_;
  exchange::UpstreamHealth health_{&upstream_, {}};
};

TEST_F(HealthPages, EachTarget_IsToldWithItsAddresses) {
  const json targets = to_kong_json(health_, addresses_, WallTime{1'500'000'000})["data"];
  EXPECT_EQ(targets[0]["health"], "HEALTHY");
  EXPECT_EQ(targets[0]["data"]["dns"], "A");
  EXPECT_EQ(targets[0]["data"]["addresses"],
            (json::array({{{"ip", "198.18.1.1"}, {"port", 80}, {"weight", 100}, {"health", "HEALTHY"}}})));
  EXPECT_EQ(targets[0]["created_at"], 1);
  EXPECT_EQ(targets[1]["health"], "UNHEALTHY");
  EXPECT_EQ(targets[1]["data"]["addresses"].size(), 2u);
  EXPECT_EQ(targets[1]["data"]["addresses"][1]["ip"], "2001:db8::1");
  EXPECT_EQ(targets[1]["data"]["weight"], (json{{"total", 100}, {"available", 0}, {"unavailable", 100}}));
  EXPECT_EQ(targets[2]["health"], "DNS_ERROR");
  EXPECT_EQ(targets[2]["data"]["addresses"], json::array());
  EXPECT_EQ(targets[2]["data"]["weight"]["total"], 0);
  EXPECT_EQ(targets[3]["health"], "HEALTHCHECKS_OFF");
  EXPECT_EQ(targets[3]["data"]["dns"], "unknown");
}

TEST_F(HealthPages, Balancer_IsHealthyDownToItsThreshold) {
  json data = balancer_json(health_, addresses_)["data"];
  EXPECT_EQ(data["health"], "HEALTHY");
  EXPECT_EQ(data["details"]["weight"], (json{{"total", 200}, {"available", 100}, {"unavailable", 100}}));
  EXPECT_EQ(data["details"]["hosts"][1]["addresses"][0]["healthy"], false);
  upstream_.healthchecks.threshold = 51;
  data = balancer_json(health_, addresses_)["data"];
  EXPECT_EQ(data["balancer_health"], "UNHEALTHY");
  EXPECT_EQ(data["details"]["healthy"], false);
  for (exchange::TargetHealth& target : health_.targets) target.watched = false;
  EXPECT_EQ(balancer_json(health_, addresses_)["data"]["health"], "HEALTHCHECKS_OFF");
}

TEST_F(HealthPages, Metric_HasEachAddressAndTheNameThatHasNone) {
  policy::Policy policy;
  EXPECT_EQ(kong_health_text(policy, {health_}, addresses_), "");
  policy::Plugin plugin;
  plugin.config = policy::PrometheusConfig{.upstream_health_metrics = true};
  policy.plugins = {plugin};
  const std::string text = kong_health_text(policy, {health_}, addresses_);
  const auto told = [&text](const std::string& target, const std::string& address, const std::string& state) {
    return text.find("kong_upstream_target_health{upstream=\"u\",target=\"" + target + "\",address=\"" + address +
                     "\",state=\"" + state + "\",subsystem=\"http\"} 1") != std::string::npos;
  };
  EXPECT_TRUE(told("198.18.1.1:80", "198.18.1.1:80", "healthy")) << text;
  EXPECT_TRUE(told("Two.example:80", "198.18.1.2:80", "unhealthy"));
  EXPECT_TRUE(told("Two.example:80", "[2001:db8::1]:80", "unhealthy"));
  EXPECT_TRUE(told("gone.example:80", "", "dns_error"));
  EXPECT_EQ(text.find("rest.example"), std::string::npos);
}

TEST(SchemaApi, VaultsAndTheOlderPathOfPlugins) {
  const auto get = [](const std::vector<std::string>& path) {
    return serve_schema({.method = "GET", .path = {}, .query = {}, .content_type = {}, .body = {}}, path).value();
  };
  const json vault = json::parse(get({"schemas", "vaults", "env"}).body);
  EXPECT_EQ(vault["fields"][0]["config"]["fields"][0]["prefix"]["type"], "string");
  EXPECT_EQ(json::parse(get({"schemas", "vaults", "hcv"}).body)["message"], "No vault named 'hcv'");
  const json whole = json::parse(get({"schemas", "plugins", "key-auth"}).body);
  EXPECT_EQ(json::parse(get({"plugins", "schema", "key-auth"}).body), whole["fields"].back()["config"]);
  EXPECT_EQ(get({"plugins", "schema", "none"}).status, 404);
}

TEST(MemoryGuard, RefusesWhatDoesNotFitIntoTheMachineOrItsGroup) {
  constexpr size_t kText = 10 << 20;
  constexpr uint64_t kPlenty = uint64_t{64} << 30;
  EXPECT_EQ(memory_refusal(kText, {kPlenty, kPlenty}), "");
  EXPECT_NE(memory_refusal(kText, {100 << 20, kPlenty}), "");
  EXPECT_NE(memory_refusal(kText, {kPlenty, 100 << 20}), "");
  EXPECT_EQ(memory_refusal(1000, {0, 0}), "");
}

// A few lines of aliases stand for millions of values.
TEST(MemoryGuard, CountsValuesAsOftenAsTheyAreRepeated) {
  constexpr uint64_t kPlenty = uint64_t{64} << 30;
  EXPECT_EQ(memory_refusal_of_values(4'000'000, false, {kPlenty, kPlenty}), "");
  EXPECT_EQ(memory_refusal_of_values(4'000'000, false, {uint64_t{1} << 30, kPlenty}),
            "a policy of 4000000 values may need 5493 MiB of memory; 1024 MiB are left");
  EXPECT_EQ(memory_refusal_of_values(1000, false, {0, 0}), "");
  // What is read takes no memory any more.
  EXPECT_NE(memory_refusal_of_values(4'000'000, false, {uint64_t{4} << 30, kPlenty}), "");
  EXPECT_EQ(memory_refusal_of_values(4'000'000, true, {uint64_t{4} << 30, kPlenty}), "");
}

TEST(MemoryGuard, RegexesMayTakeHalfOfWhatIsLeft) {
  EXPECT_EQ(memory_of_regexes({uint64_t{8} << 30, uint64_t{2} << 30}), uint64_t{1} << 30);
  EXPECT_EQ(memory_of_regexes({0, 0}), uint64_t{64} << 20);
}

TEST(MemoryGuard, MachineHasMemoryLeft) {
  EXPECT_GT(read_memory().machine, 0u);
  EXPECT_EQ(memory_refusal(1000, read_memory()), "");
}

}  // namespace
}  // namespace sluice::control
