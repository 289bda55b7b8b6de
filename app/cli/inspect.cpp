#include "app/cli/commands.h"
#include "app/cli/inspect_report.h"
#include "app/cli/language.h"

#include "engine/io/json_text.h"
#include "engine/models/open.h"
#include "engine/models/understand.h"

#include <algorithm>
#include <iomanip>
#include <iostream>

namespace bitstill::cli {

namespace {

using nlohmann::json;

/// In characters, of UTF-8.
std::size_t widthOf(const std::string& word)
{
    return static_cast<std::size_t>(std::ranges::count_if(word, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Columns as wide as what is in them; the last as it is. Numbers lean right.
void table(const std::vector<std::vector<std::string>>& rows, std::size_t numbersFrom)
{
    std::vector<std::size_t> widths;
    for (const auto& row : rows)
        for (std::size_t c = 0; c < row.size(); ++c) {
            widths.resize(std::max(widths.size(), row.size()), 0);
            widths[c] = std::max(widths[c], widthOf(row[c]));
        }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t c = 0; c < row.size(); ++c) {
            const std::string room(widths[c] - widthOf(row[c]), ' ');
            line += (c ? "  " : "") + (c >= numbersFrom ? room + row[c] : row[c] + room);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        std::cout << line << '\n';
    }
}

std::string number(const json& value) { return value.is_null() ? "?" : grouped(value.get<std::int64_t>()); }

std::string wordOf(const json& value, std::size_t longest = 60) { return printable(value.get<std::string>(), longest); }

std::string shapeWord(const json& shape)
{
    const bool known = !shape.is_null();
    return foreign::shapeText({.name = {}, .type = {}, .shape = known ? shape.get<Shape>() : Shape(), .shaped = known});
}

void printNodes(const json& report)
{
    std::vector<std::vector<std::string>> rows{{"node", "op", "output", "parameters", "MACs", "bytes"}};
    for (const json& node : report["nodes"]) {
        const std::string name = wordOf(node["name"]), domain = wordOf(node["domain"]);
        rows.push_back({name.empty() ? "#" + std::to_string(rows.size()) : name, (domain.empty() ? "" : domain + "::") + wordOf(node["op"]),
            node["output"].is_null() ? "" : shapeWord(node["output"]["shape"]), number(node["parameters"]), number(node["macs"]),
            number(node["bytes"])});
    }
    rows.push_back({"total", "", "", number(report["parameters"]), number(report["macs"]), number(report["bytes"])});
    table(rows, 3);
}

void printWeights(const json& report)
{
    std::vector<std::vector<std::string>> rows{{"weights", "type", "shape", "bytes", "lowest", "highest"}};
    for (const json& weight : report["weights"]) {
        const json& range = weight["range"];
        // What is infinite has no number in JSON.
        const auto end = [&](const char* which) {
            return range.is_null() || !range[which].is_number() ? std::string("?") : significant(range[which].get<double>(), 4);
        };
        const bool decoded = weight.value("decoded", true);
        rows.push_back({wordOf(weight["name"]), wordOf(weight["type"]) + (decoded ? "" : " (not decoded)"), shapeWord(weight["shape"]),
            number(weight["bytes"]), end("low"), end("high")});
    }
    table(rows, 3);
}

/// The first of them, a line each.
void printMetadata(const json& metadata)
{
    constexpr std::size_t kMost = 100;
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < std::min(kMost, metadata.size()); ++i)
        rows.push_back({wordOf(metadata[i]["key"]), wordOf(metadata[i]["type"]), wordOf(metadata[i]["value"], 100)});
    table(rows, 3);
    if (metadata.size() > kMost) std::cout << said(text("and %1 more keys", std::to_string(metadata.size() - kMost))) << '\n';
}

void printArrays(const ModelReport& report)
{
    const json& j = report.numbers;
    std::cout << wordOf(j["format"]) << '\n' << said(report.state) << "\n\n";
    if (!j["metadata"].empty()) {
        printMetadata(j["metadata"]);
        std::cout << '\n';
    }
    printWeights(j);
    std::cout << said(text("%1 values in %2 bytes", number(j["parameters"]), number(j["bytes"]))) << '\n';
}

void printValues(const char* title, const json& values)
{
    for (const json& value : values) {
        const std::string type = wordOf(value["type"]);
        std::cout << std::left << std::setw(8) << title << wordOf(value["name"], 100) << "  " << type << (type.empty() ? "" : " ")
                  << shapeWord(value["shape"]) << '\n';
    }
}

} // namespace

int inspect(const InspectArguments& a)
{
    const bool arrays = hasArraysAlone(a.model);
    const foreign::NetworkFile kind = arrays ? foreign::NetworkFile::none : foreign::networkFileOf(a.model);
    if (!arrays && kind == foreign::NetworkFile::none)
        throw WrongUse(text("%1: only .onnx, .tflite, .gguf, .safetensors, .npz and .npy files are read", printable(a.model)));
    const ModelReport report = arrays          ? arraysReport(a.model)
        : kind == foreign::NetworkFile::tflite ? tfliteReport(a.model)
                                               : onnxReport(a.model);
    if (a.json) {
        std::cout << jsonText(report.numbers, 2) << '\n';
        return 0;
    }
    if (arrays) {
        printArrays(report);
        return 0;
    }
    std::cout << printable(report.numbers["format"].get<std::string>()) << "\n" << said(report.state) << '\n';
    for (const Text& note : report.notes) std::cout << said(note) << '\n';
    std::cout << '\n';
    printValues("input", report.numbers["inputs"]);
    printValues("output", report.numbers["outputs"]);
    std::cout << '\n';
    printNodes(report.numbers);
    std::cout << '\n';
    printWeights(report.numbers);
    return 0;
}

} // namespace bitstill::cli
