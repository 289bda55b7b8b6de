#pragma once

/// Marks a free function with a hot loop: compiled for AVX-512, AVX2 and plain x86-64, chosen at load time.
/// Sanitizers cannot run the resolvers (they start before the sanitizer does), so there it means nothing.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define BITSTILL_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define BITSTILL_CLONES
#endif
