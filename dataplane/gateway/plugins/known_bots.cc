#include "gateway/plugins/known_bots.h"

#include <span>
#include <string_view>

namespace sluice::gateway {

namespace {

// What crawlers call themselves: "Googlebot", "AhrefsBot/7.0", "Baiduspider", … A "bot" needs two bytes before it, the
// first not 'C' or the second not 'u': the agents of Cubot's telephones are browsers.
constexpr std::string_view kGeneral[] = {
    "[^C][^Uu][Bb]ot",
    "[Ss]crape",
    "(?i:spider|crawl)",
    "(?:[Aa]rchiver|[Ii]ndexer|[Bb]ot)[/ ]\\d",
};

// By these names alone.
constexpr std::string_view kNames[] = {
    "50\\.nu",
    "\\bYeti",
    "\\bjbot\\b",
    "^NING",
    "^Zao",
    "^vortex",
    "^voyager",
    "Aboundex",
    "Accoona-[A-z]+-Agent",
    "Apache-HttpClient",
    "AppEngine-Google",
    "Ask Jeeves",
    "BingPreview",
    "BlogBridge",
    "BoardReader",
    "BotSeer",
    "Checklinks",
    "Daumoa",
    "Flamingo_SearchEngine",
    "Genieo",
    "GomezAgent",
    "Google SketchUp",
    "Google-HTTP-Java-Client",
    "Google.*/\\+/web/snippet",
    "HiddenMarket",
    "HooWWWer",
    "HttpMonitor",
    "Icarus6j",
    "IconSurf",
    "IlTrovatore",
    "InfuzApp",
    "InternetArchive",
    "JNLP",
    "Kraken",
    "Kurzor",
    "LEIA",
    "LinkAider",
    "Llaut",
    "Mediapartners-Google",
    "Netvibes",
    "NewsGator",
    "Nutch",
    "Nymesis",
    "OOZBOT",
    "ObjectsSearch",
    "Orbiter",
    "PagePeeker",
    "PagesInventory",
    "PaxleFramework",
    "Pompos",
    "Python-urllib",
    "Read%20Later",
    "Reaper",
    "RedCarpet",
    "Retreiver",
    "Riddler",
    "Rival IQ",
    "SEOstats",
    "Scrapy",
    "Scrubby",
    "SimplePie",
    "SimpleRSS",
    "Simpy",
    "SiteCon",
    "Slurp",
    "Squrl Java",
    "TLSProber",
    "Thumbshots\\.ru",
    "URL2PNG",
    "Vagabondo",
    "WIRE",
    "WeSEE:[A-z]",
    "Web-sniffer",
    "WebThumb",
    "WhatWeb",
    "WinHTTP",
    "WordPress",
    "Wotbox",
    "Xenu(?:.s)? Link Sleuth",
    "Yahoo[a-z]*Seeker",
    "Yandex\\w",
    "YottaaMonitor",
    "Yowedo",
    "ZooShot",
    "ZyBorg",
    "[Cc]harlotte",
    "altavista",
    "archiver",
    "boitho.com-dc",
    "clumboot",
    "favicon",
    "findlinks",
    "gonzo1",
    "grub-client",
    "heritrix",
    "holmes",
    "htdig",
    "http%20client",
    "ichiro",
    "larbin",
    "lycos",
    "mogimogi",
    "mozDex",
    "netresearch",
    "scooter",
    "searchsight",
    "semanticdiscovery",
    "snappy",
    "www\\.almaden\\.ibm\\.com",
    "yacy",
};

// By these names with a version behind them: shorter words that others use too.
constexpr std::string_view kNamesWithVersion[] = {
    "008",
    "Altresium",
    "Argus",
    "BaiduMobaider",
    "DNSGroup",
    "DataparkSearch",
    "EDI",
    "Goodzer",
    "Grub",
    "INGRID",
    "LOOQ",
    "Infohelfer",
    "Peew",
    "PathDefender",
    "PostPost",
    "Steeler",
    "VSE",
    "WebCrunch",
    "WebZIP",
    "Y!J-BR[A-Z]",
    "envolk",
    "sproose",
    "wminer",
    "/Axtaris",
    "/fetchurl",
    "/Isara",
    "/ShopSalad",
    "/Tailsweep",
    "facebookexternalhit",
};

void append(std::string& pattern, std::span<const std::string_view> alternatives) {
  for (const std::string_view alternative : alternatives) {
    if (!pattern.empty() && !pattern.ends_with("(?:")) pattern += '|';
    pattern += alternative;
  }
}

}  // namespace

std::string known_bots() {
  std::string pattern;
  append(pattern, kGeneral);
  append(pattern, kNames);
  pattern += "|(?:";
  append(pattern, kNamesWithVersion);
  return pattern + ")[/ -]\\d";
}

}  // namespace sluice::gateway
