// Owners of OpenSSL's objects, for the sources of this room.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

namespace sluice::token::openssl {

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

template <typename T, auto kFree>
using Owner = std::unique_ptr<T, Deleter<kFree>>;

using PublicKey = Owner<EVP_PKEY, EVP_PKEY_free>;
using PublicKeyContext = Owner<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owner<EVP_MD_CTX, EVP_MD_CTX_free>;
using Bignum = Owner<BIGNUM, BN_free>;
using MemoryBio = Owner<BIO, BIO_free>;
using ParamBuilder = Owner<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = Owner<OSSL_PARAM, OSSL_PARAM_free>;

}  // namespace sluice::token::openssl
