#pragma once

#include <string>
#include <vector>

namespace bitstill::cli {

/// More than this of an error says nothing to a person, in bytes.
inline constexpr std::size_t kLongestLine = 2000;

struct RunArguments {
    std::string what; ///< experiment or SPEC.json
    std::vector<std::string> sets;
    std::string contrast;
    std::string out;
    std::string figures;
    std::string replay; ///< record.json whose knob log is repeated
    long long seed = -1;
    int threads = 0;
    bool json = false;
};

struct QuantizeArguments {
    std::string file;
    std::string tensor;
    int bits = 0; ///< 0: none, a format is given
    std::string format; ///< a number format instead of integer codes
    std::string scheme = "symmetric";
    int axis = -1;
    int group = 0;
    std::string observer = "min-max";
    std::string profile = "bitstill";
    std::string against; ///< another profile to compare the codes with
    std::string out;
    bool pack = false; ///< codes in as few bytes as they need, no output
    bool json = false;
};

struct BenchArguments {
    std::string what; ///< train or infer
    std::string model = "mlp-256-128";
    int batch = 128;
    int threads = 1;
    std::string precision = "float32";
    bool qat = false;
    bool lsq = false;
    bool taught = false;
    double seconds = 2;
    bool json = false;
};

/// Each prints its result and returns the exit status: 0 done, 1 failed, 2 wrong use. Error is caught by main.
int list(const std::string& what, const std::string& experiment);
int run(const RunArguments& arguments);
int quantize(const QuantizeArguments& arguments);
int bench(const BenchArguments& arguments);

/// A mistake in how the command was called: exit status 2.
struct WrongUse {
    std::string message;
};

} // namespace bitstill::cli
