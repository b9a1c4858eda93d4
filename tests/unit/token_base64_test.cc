// Base64url as tokens use it: one text for each value, and what Kong reads besides.
#include "token/base64url.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace sluice::token {

struct Base64Case {
  std::string_view text;
  std::optional<std::string_view> url;  // what kUrl makes of it
  std::optional<std::string_view> lax_url;
  std::optional<std::string_view> lax_common;
};
void PrintTo(const Base64Case& c, std::ostream* out) {
  *out << '"' << c.text << '"';
}

std::optional<std::string> decoded(std::string_view text, Base64 form) {
  std::vector<std::byte> out(base64_room(text.size()));
  const auto size = decode_base64(text, form, out);
  if (!size) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(out.data()), *size);
}

class DecodeBase64 : public testing::TestWithParam<Base64Case> {};

TEST_P(DecodeBase64, UrlFormIsStrict) {
  EXPECT_EQ(decoded(GetParam().text, Base64::kUrl), GetParam().url);
}

TEST_P(DecodeBase64, LaxFormsReadWhatKongReads) {
  EXPECT_EQ(decoded(GetParam().text, Base64::kLaxUrl), GetParam().lax_url);
  EXPECT_EQ(decoded(GetParam().text, Base64::kLaxCommon), GetParam().lax_common);
}

TEST_P(DecodeBase64, EitherAlphabetIsReadWhereBothMayStand) {
  const auto& [text, url, lax_url, lax_common] = GetParam();
  EXPECT_EQ(decoded(text, Base64::kLaxEither), lax_url ? lax_url : lax_common);
}

INSTANTIATE_TEST_SUITE_P(Cases, DecodeBase64,
                         testing::ValuesIn(std::vector<Base64Case>{
                             {"", "", "", ""},
                             {"Zg", "f", "f", "f"},
                             {"Zm8", "fo", "fo", "fo"},
                             {"Zm9v", "foo", "foo", "foo"},
                             {"Zm9vYg", "foob", "foob", "foob"},
                             {"Zm9vYmFy", "foobar", "foobar", "foobar"},
                             {"-_-_", "\xfb\xff\xbf", "\xfb\xff\xbf", std::nullopt},
                             {"+/+/", std::nullopt, std::nullopt, "\xfb\xff\xbf"},
                             {"Zg==", std::nullopt, "f", "f"},
                             {"Zg=", std::nullopt, "f", "f"},
                             {"Zg==Zg", std::nullopt, "f", "f"},
                             {"=", std::nullopt, "", ""},
                             {"Z", std::nullopt, std::nullopt, std::nullopt},
                             {"Zm9vY", std::nullopt, std::nullopt, std::nullopt},
                             {"Zh", std::nullopt, "f", "f"},
                             {"Zm9", std::nullopt, "fo", "fo"},
                             {"Zm 9v", std::nullopt, std::nullopt, std::nullopt},
                             {"Zm9v\n", std::nullopt, std::nullopt, std::nullopt},
                             {"Zm.v", std::nullopt, std::nullopt, std::nullopt},
                             {"Zm\xc3\xa9", std::nullopt, std::nullopt, std::nullopt},
                             {std::string_view("Zm\0v", 4), std::nullopt, std::nullopt, std::nullopt},
                         }));

TEST(EncodeBase64, EveryLengthComesBack) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    const std::string encoded = encode_base64url(std::as_bytes(std::span(text)));
    EXPECT_EQ(decoded(encoded, Base64::kUrl), text) << "length " << i;
    text.push_back(static_cast<char>(i * 7));
  }
}

// RFC 7515 appendix C.
TEST(EncodeBase64, GivesTheExampleOfTheRfc) {
  const std::string_view bytes("\x03\xec\xff\xe0\xc1", 5);
  EXPECT_EQ(encode_base64url(std::as_bytes(std::span(bytes))), "A-z_4ME");
}

}  // namespace sluice::token
