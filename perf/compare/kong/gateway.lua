-- The work of kong-100-routes.json in nginx: verifies HS256 tokens (each once, as Sluice does), limits each consumer, edits
-- headers, finds the route and rewrites the path.
local ffi = require "ffi"
local cjson = require "cjson.safe"
local b64 = require "ngx.base64"
local lru = require "resty.lrucache"

ffi.cdef [[
typedef struct evp_md_st EVP_MD;
const EVP_MD *EVP_sha256(void);
unsigned char *HMAC(const EVP_MD *, const void *, int, const unsigned char *, size_t, unsigned char *, unsigned int *);
int CRYPTO_memcmp(const void *, const void *, size_t);
]]
local crypto = ffi.load("crypto")
local md = crypto.EVP_sha256()
local digest = ffi.new("unsigned char[32]")
local digest_length = ffi.new("unsigned int[1]")
local sub, find = string.sub, string.find

local credentials = { ["client-hs"] = { secret = "${SECRET}", consumer = "consumer-hs" } }
local routes = {}
for i = 0, 99 do
  credentials["client-" .. i] = { secret = "othersecret" .. i, consumer = "user" .. i }
  routes["svc" .. i] = "/v1"
end
local verified = lru.new(10000)
local limits = ngx.shared.limits
local RATE, BURST = 1e9, 1e9

local function verify(token)
  local first = find(token, ".", 1, true)
  local second = first and find(token, ".", first + 1, true)
  if not second then return nil end
  local header = cjson.decode(b64.decode_base64url(sub(token, 1, first - 1)) or "")
  local claims = cjson.decode(b64.decode_base64url(sub(token, first + 1, second - 1)) or "")
  local signature = b64.decode_base64url(sub(token, second + 1))
  if not header or not claims or not signature or #signature ~= 32 then return nil end
  local credential = credentials[claims.iss]
  if not credential or header.alg ~= "HS256" or type(claims.exp) ~= "number" then return nil end
  crypto.HMAC(md, credential.secret, #credential.secret, token, second - 1, digest, digest_length)
  if crypto.CRYPTO_memcmp(digest, signature, 32) ~= 0 then return nil end
  return { consumer = credential.consumer, exp = claims.exp }
end

local function take(consumer)
  local now = ngx.now()
  local tokens, last = limits:get(consumer), limits:get(consumer .. "t") or now
  tokens = math.min(BURST, (tokens or BURST) + (now - last) * RATE)
  if tokens < 1 then return false end
  limits:set(consumer, tokens - 1)
  limits:set(consumer .. "t", now)
  return true
end

local function deny(status, body)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.print(body)
  return ngx.exit(status)
end

local gateway = {}
function gateway.handle()
  local authorization = ngx.var.http_authorization
  if not authorization or sub(authorization, 1, 7) ~= "Bearer " then return deny(401, '{"message":"Unauthorized"}') end
  local token = sub(authorization, 8)
  local identity = verified:get(token)
  if not identity then
    identity = verify(token)
    if identity then verified:set(token, identity, 60) end
  end
  if not identity or identity.exp < ngx.now() then return deny(401, '{"message":"Unauthorized"}') end
  if not take(identity.consumer) then return deny(429, '{"message":"API rate limit exceeded"}') end
  local uri = ngx.var.uri
  local slash = find(uri, "/", 2, true)
  local route = slash and routes[sub(uri, 2, slash - 1)]
  if not route then return deny(404, '{"message":"no Route matched with those values"}') end
  ngx.req.set_header("X-Consumer", identity.consumer)
  ngx.req.set_header("X-Gateway", "nginx")
  ngx.req.clear_header("X-Internal")
  ngx.req.set_uri(route .. sub(uri, slash))
end
return gateway
