// Readers of arrays and of what runs write.

#include "tests/fuzz/fuzz.h"

#include "engine/core/error.h"
#include "engine/experiment/record.h"
#include "engine/io/arrays.h"
#include "engine/io/gguf.h"
#include "engine/io/json_text.h"
#include "engine/nn/model_file.h"
#include "engine/nn/zoo.h"
#include "tests/support/gguf_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace fuzz {

using namespace bitstill;

namespace {

std::string littleEndian(std::uint64_t n)
{
    std::string s;
    for (int i = 0; i < 8; ++i) s += static_cast<char>((n >> (8 * i)) & 255);
    return s;
}

std::string tensorFile(const std::string& header, const std::string& values) { return littleEndian(header.size()) + header + values; }

Graph smallNetwork() { return buildModel("mlp-3", {1, 1, 2}, 2); }

} // namespace

void safetensors(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    succeeds([&] {
        std::size_t values = 0;
        for (const auto& [name, array] : safetensorsFromBytes(bytes, "fuzz.safetensors")) values += bytesOf(array).size();
        require(values <= size, "tensors are no more than the file");
    });
}

std::vector<std::string> safetensorsSeeds()
{
    return {
        tensorFile(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}})",
            std::string(16, '\1')),
        tensorFile(
            R"({"__metadata__":{"k":"v"},"h":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},"s":{"dtype":"BF16","shape":[],"data_offsets":[4,6]}})",
            std::string(6, '\2')),
        tensorFile(
            R"({"e":{"dtype":"F64","shape":[0,3],"data_offsets":[0,0]},"u":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}   )", "abc"),
        tensorFile("{}", ""),
    };
}

void gguf(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    succeeds([&] {
        const GgufFile file(bytes, "fuzz.gguf");
        std::size_t shown = 0;
        for (const GgufFile::Value& value : file.metadata()) {
            require(printable(value.key + value.text, size * 8 + 64) == value.key + value.text, "metadata is printable");
            shown += value.text.size();
        }
        require(shown <= 64 * size, "what is shown is bounded");
        for (const GgufFile::Tensor& tensor : file.tensors()) {
            require(tensor.begin <= size && tensor.bytes <= size - tensor.begin, "tensors lie in the file");
            if (!tensor.kind || !tensor.kind->decode || tensor.bytes * 8 > 65536) continue;
            std::size_t values = 0;
            file.decode(tensor, [&](std::span<const float> piece) { values += piece.size(); });
            require(values == elements(tensor.shape), "a tensor has as many values as its shape");
        }
    });
}

std::vector<std::string> ggufSeeds()
{
    const auto block = [](std::size_t size) { return std::string(size, '\5'); };
    return {GgufBytes{{GgufBytes::text("general.name", "x"), GgufBytes::texts("list", {"a", "b"}), GgufBytes::f32("eps", 1)},
                {{"a", {32, 2}, 2, block(36)}, {"b", {256}, 12, block(144)}, {"c", {256}, 14, block(210)}, {"d", {3, 2}, 0, block(24)}}}
                .bytes(),
        GgufBytes{{GgufBytes::u32("general.alignment", 8)},
            {{"a", {64}, 40, block(36)}, {"b", {32}, 39, block(17)}, {"c", {32}, 6, block(22)}, {"d", {32}, 20, block(18)},
                {"e", {2}, 1, block(4)}},
            2, 8}
            .bytes()};
}

void npy(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    succeeds([&] { require(npyFromBytes(bytes, "fuzz.npy").size() <= size, "an array is no more than its file"); });
}

std::vector<std::string> npySeeds()
{
    const auto file = [](int version, std::string header, const std::string& values) {
        header += '\n';
        std::string size{static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
        if (version > 1) size += std::string(2, '\0');
        return std::string("\x93NUMPY") + static_cast<char>(version) + std::string(1, '\0') + size + header + values;
    };
    return {file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678"),
        file(2, "{'descr': '>f8', 'fortran_order': True, 'shape': (1, 2), }", "1234567812345678"),
        file(3, "{\"descr\": \"<f2\", 'shape': (), 'fortran_order': False}", "12"),
        file(1, "{'descr': '<i8', 'fortran_order': False, 'shape': (1L,)}", "12345678")};
}

void npz(const std::uint8_t* data, std::size_t size)
{
    const MemoryFile file(data, size);
    succeeds([&] {
        for (const auto& [name, array] : readNpz(file.path()))
            require(bytesOf(array).size() < 2000 * size, "arrays are what the file packs");
    });
}

std::vector<std::string> npzSeeds()
{
    // One stored member, a.npy.
    const std::string array = npySeeds()[0];
    const auto two = [](std::size_t n) { return std::string{static_cast<char>(n & 255), static_cast<char>(n >> 8)}; };
    const auto four = [&](std::size_t n) { return two(n & 65535) + two(n >> 16); };
    std::uint32_t crc = ~0u;
    for (const char c : array) {
        crc ^= static_cast<std::uint8_t>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    const std::string common = two(20) + two(0) + two(0) + four(0) + four(~crc) + four(array.size()) + four(array.size()) + two(5) + two(0);
    const std::string local = "PK\3\4" + common + "a.npy" + array;
    const std::string central = "PK\1\2" + two(20) + common + two(0) + two(0) + two(0) + four(0) + four(0) + "a.npy";
    return {local + central + "PK\5\6" + two(0) + two(0) + two(1) + two(1) + four(central.size()) + four(local.size()) + two(0)};
}

void model(const std::uint8_t* data, std::size_t size)
{
    static Graph network = smallNetwork();
    const MemoryFile file(data, size);
    if (!succeeds([&] { readModel(network, file.path()); })) return;
    for (const auto& [name, tensor] : network.state())
        for (const float v : *tensor) require(std::isfinite(v), "weights are finite");
}

std::vector<std::string> modelSeeds()
{
    const Graph network = smallNetwork();
    NamedArrays old;
    for (const auto& [name, tensor] : network.state()) old.emplace(name, Array::of(*tensor));
    return {
        modelBytes(modelTensors(network), {{"source", "fuzz"}}), safetensorsBytes(old, {{"source", "fuzz"}}), safetensorsBytes(old, {})};
}

void spec(const std::uint8_t* data, std::size_t size)
{
    const std::string document(reinterpret_cast<const char*>(data), size);
    succeeds([&] {
        const Spec read = specFromJson(document, "fuzz.json");
        for (const Problem& problem : validate(read)) {
            const std::string line = problem.sentence().english();
            require(printable(line, line.size()) == line, "a problem is one printable line");
        }
        if (validate(read).empty()) require(specFromJson(toJson(read).dump(), "again") == read, "a spec survives being written");
    });
}

std::vector<std::string> specSeeds()
{
    return {
        R"({"schema":1,"experiment":"before-after","seed":7,"fields":{"quant.bits":4,"data.set":"moons","train.learning_rate":0.1}})",
        R"({"experiment":"number-line","fields":{"quant.bits":4.0}})",
        R"({"experiment":"squeeze","seed":18446744073709551615,"fields":{"train.nesterov":true,"data.path":"/x","nothing":[1]}})",
        "[[[[[[[[]]]]]]]]",
    };
}

/// As the window reads what it kept of the last time.
void settings(const std::uint8_t* data, std::size_t size)
{
    const std::string document(reinterpret_cast<const char*>(data), size);
    succeeds([&] {
        const Spec read = specFromJson(document, "settings");
        if (validate(read).empty()) require(validate(withDefaults(read)).empty(), "what was valid is so with its defaults");
    });
}

void knobLog(const std::uint8_t* data, std::size_t size)
{
    const std::string document(reinterpret_cast<const char*>(data), size);
    const Spec replayed = defaultSpec("before-after");
    succeeds([&] {
        for (const KnobChange& knob : knobLogFrom(document, "fuzz.json", replayed)) {
            Spec changed = replayed;
            changed.values[knob.field] = knob.value;
            require(knob.step >= 0 && validate(changed).empty(), "a replayed change is one that the form would take");
        }
    });
}

std::vector<std::string> knobLogSeeds()
{
    return {
        R"({"knobs":[{"step":3,"field":"quant.bits","value":4,"moment":7},{"step":9,"field":"quant.scheme","value":"affine"}],"figures":[]})",
        R"({"outcome":"finished","knobs":[]})",
        R"({"knobs":[{"step":0,"field":"quant.bits","value":2.5e0},{"step":-1,"field":"model.name","value":null}]})",
    };
}

void json(const std::uint8_t* data, std::size_t size)
{
    const std::string document(reinterpret_cast<const char*>(data), size);
    succeeds([&] {
        const nlohmann::json read = parseJson(document, "fuzz.json");
        require(parseJson(jsonText(read), "again") == read, "a document survives being written");
    });
}

} // namespace fuzz
