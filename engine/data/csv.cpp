#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/core/text.h"
#include "engine/data/readers.h"
#include "engine/io/files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>

namespace bitstill {

namespace {

/// Cells of one line; "a, ""b""" may be quoted (RFC 4180). Quoted line breaks are not for tables of numbers.
std::vector<std::string> cellsOf(const std::string& line, char separator)
{
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
            cells.back() += line[++i];
        else if (c == '"')
            quoted = !quoted;
        else if (c == separator && !quoted)
            cells.emplace_back();
        else if (c != '\r')
            cells.back() += c;
    }
    return cells;
}

char separatorOf(const std::string& header)
{
    char best = ',';
    for (const char c : {',', ';', '\t', '|'})
        if (std::count(header.begin(), header.end(), c) > std::count(header.begin(), header.end(), best)) best = c;
    return best;
}

std::string trimmed(const std::string& s)
{
    const std::size_t first = s.find_first_not_of(" \t");
    return first == std::string::npos ? "" : s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

struct Rows {
    std::size_t columns = 0;
    std::vector<float> values;
    std::vector<std::string> labels;
};

Rows readRows(const std::string& text, const std::string& name)
{
    std::vector<std::string> lines = split(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text, '\n');
    if (lines.empty()) throw Error("csv", name + " is empty", "give it a header line and rows of numbers");
    const char separator = separatorOf(lines[0]);
    const std::vector<std::string> header = cellsOf(lines[0], separator);
    if (header.size() < 2) throw Error("csv", name + " has one column", "give it at least one number and a label, separated by commas");
    std::size_t labelColumn = header.size() - 1;
    for (std::size_t c = 0; c < header.size(); ++c)
        if (trimmed(header[c]) == "label") labelColumn = c;
    Rows rows;
    rows.columns = header.size() - 1;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (trimmed(lines[i]).empty() || lines[i] == "\r") continue;
        const std::string row = "row " + std::to_string(i + 1) + " of " + name;
        const std::vector<std::string> cells = cellsOf(lines[i], separator);
        if (cells.size() != header.size())
            throw Error("csv", row + " has " + std::to_string(cells.size()) + " columns, the header has " + std::to_string(header.size()),
                "fix the row or choose another file");
        for (std::size_t c = 0; c < cells.size(); ++c) {
            const std::string cell = trimmed(cells[c]);
            if (c == labelColumn) {
                if (cell.empty()) throw Error("csv", row + " has no label", "fill in column " + header[c]);
                rows.labels.push_back(cell);
                continue;
            }
            float value = 0;
            const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
            if (error != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value))
                throw Error("csv", row + ", column " + trimmed(header[c]) + ": \"" + cell.substr(0, 30) + "\" is not a number",
                    "write numbers with a point, or name the label column label");
            rows.values.push_back(value);
        }
    }
    return rows;
}

void normalizeColumns(Dataset& data)
{
    const std::size_t columns = data.shape.size(), n = data.train.count();
    for (std::size_t c = 0; c < columns; ++c) {
        double sum = 0, squares = 0;
        for (std::size_t r = 0; r < n; ++r) sum += static_cast<double>(data.train.values[r * columns + c]);
        const double mean = sum / static_cast<double>(n);
        for (std::size_t r = 0; r < n; ++r) squares += std::pow(static_cast<double>(data.train.values[r * columns + c]) - mean, 2);
        const double deviation = std::sqrt(squares / static_cast<double>(n));
        const double scale = deviation > 0 ? 1 / deviation : 0;
        for (Samples* s : {&data.train, &data.test})
            for (std::size_t r = 0; r < s->count(); ++r) {
                float& v = s->values[r * columns + c];
                v = static_cast<float>((static_cast<double>(v) - mean) * scale);
            }
    }
}

} // namespace

Dataset readCsv(const DatasetOptions& options)
{
    const std::string name = options.path.filename().string();
    const Rows rows = readRows(readFile(options.path, 1'000'000'000), name);
    std::map<std::string, std::int32_t> classes;
    for (const std::string& label : rows.labels) classes.emplace(label, 0);
    if (classes.size() > 1000)
        throw Error("csv", name + " has " + std::to_string(classes.size()) + " different labels, at most 1,000 are classes",
            "name the label column label");
    Dataset data;
    data.shape = {1, 1, static_cast<int>(rows.columns)};
    for (auto& [label, index] : classes) {
        index = static_cast<std::int32_t>(data.classes.size());
        data.classes.push_back(label);
    }
    std::vector<std::uint32_t> order(rows.labels.size());
    std::iota(order.begin(), order.end(), 0u);
    Rng(options.seed, "data").shuffle(order);
    for (std::size_t i = 0; i < order.size(); ++i) {
        Samples& part = i < order.size() / 5 ? data.test : data.train;
        const auto first = rows.values.begin() + static_cast<std::ptrdiff_t>(order[i] * rows.columns);
        part.values.insert(part.values.end(), first, first + static_cast<std::ptrdiff_t>(rows.columns));
        part.labels.push_back(classes.at(rows.labels[order[i]]));
    }
    if (data.train.count() > 0) normalizeColumns(data);
    return data;
}

} // namespace bitstill
