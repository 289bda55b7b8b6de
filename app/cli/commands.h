#pragma once

#include "engine/core/error.h"

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
    std::string figureSize; ///< screen, column, two-columns, slide or "120x80mm"
    std::string dpi;
    std::string theme; ///< light or dark
    bool outlines = false;
    bool csv = false;
    bool history = false; ///< kept there too
    std::string store; ///< in this one
    std::string replay; ///< record.json whose knob log is repeated
    std::string branch; ///< RECORD@MARK, instead of `what`
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

struct ExportArguments {
    std::string what; ///< folder of a run, a file in it, a .safetensors with `model` and `data`, or an .onnx or .tflite
    std::string network; ///< of the run's networks; empty: its first
    std::string model;
    std::string data;
    std::string target; ///< empty: any
    std::string precision; ///< float32, int8, int4 or run; empty: int8 where something is said about rounding
    std::vector<std::string> bits; ///< "4", "conv1=4": of weights, instead of 8
    int calibration = 0; ///< samples; 0: as the run, or 512
    std::string calibrate; ///< of an .onnx or .tflite: a file with inputs that its activations are observed on
    bool perChannel = false; ///< of an .onnx or .tflite: a scale for each output channel
    std::string cut; ///< of an .onnx or .tflite: the node behind which it ends; empty: its own end
    std::vector<std::string> verify; ///< a number of test samples, and "onnxruntime" to ask that too
    std::string out;
    int threads = 0;
    bool json = false;

    std::size_t samples(std::size_t fallback) const; ///< of `verify`; throws WrongUse for a word that is no number
    bool asksRuntime() const;
};

struct InspectArguments {
    std::string model; ///< .onnx or .tflite, or arrays alone
    bool json = false;
};

struct InferArguments {
    std::string model; ///< .onnx or .tflite
    std::string input; ///< .npz, .npy or .safetensors
    std::string out;
    std::string precision; ///< float32 or int8; empty: int8 where something is said about rounding
    std::string calibrate; ///< inputs that activations are observed on; empty: `input`
    bool perChannel = false;
    std::vector<std::string> bits; ///< as ExportArguments'
    std::string cut; ///< as ExportArguments'
    int threads = 0;

    bool rounds() const { return precision == "int8" || saysHow(); }
    bool saysHow() const { return !calibrate.empty() || perChannel || !bits.empty(); }
};

/// Each prints its result and returns the exit status: 0 done, 1 failed, 2 wrong use. Error is caught by main.
int list(const std::string& what, const std::string& experiment);
int run(const RunArguments& arguments);
int quantize(const QuantizeArguments& arguments);
int bench(const BenchArguments& arguments);
int exportModel(const ExportArguments& arguments);
int inspect(const InspectArguments& arguments);
int infer(const InferArguments& arguments);

/// A mistake in how the command was called, or several, one a line: exit status 2.
struct WrongUse {
    WrongUse(Text sentence) : lines{std::move(sentence)} { }
    WrongUse(const std::vector<Problem>& problems)
    {
        for (const Problem& p : problems) lines.push_back(p.field.empty() ? p.sentence() : Text("%1: %2", {p.field, p.sentence()}));
    }

    std::vector<Text> lines;
};

} // namespace bitstill::cli
