#include "engine/data/csv_columns.h"

#include "engine/core/error.h"
#include "engine/data/cell.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace bitstill {

namespace {

using Row = std::vector<std::string>;

std::string lowered(std::string text)
{
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

/// What people call the column of the class, the clearest first.
constexpr std::array kLabelNames{"label", "labels", "class", "classes", "target", "category", "species", "y"};

std::ptrdiff_t labelByName(const Row& names)
{
    for (const char* wanted : kLabelNames)
        for (std::size_t c = 0; c < names.size(); ++c)
            if (lowered(names[c]) == wanted) return static_cast<std::ptrdiff_t>(c);
    return -1;
}

/// The first records, enough to judge the columns by.
std::vector<Row> headOf(TextTable& table)
{
    constexpr std::size_t kRows = 200, kCells = 1'000'000;
    std::vector<Row> rows;
    Row cells;
    for (std::size_t read = 0; rows.size() < kRows && (rows.size() < 2 || read < kCells) && table.next(cells); read += cells.size())
        rows.push_back(cells);
    table.rewind();
    return rows;
}

/// How many of a column's cells in rows [first, end) are numbers, and how many words.
struct Tally {
    std::size_t numbers = 0, words = 0, fractions = 0;
    bool holdsNumbers() const { return numbers > 0 && numbers >= words; }
};

std::vector<Tally> tally(const std::vector<Row>& rows, std::size_t first, std::size_t columns, bool commaSeparates)
{
    std::vector<Tally> tallies(columns);
    for (std::size_t r = first; r < rows.size(); ++r)
        for (std::size_t c = 0; c < std::min(columns, rows[r].size()); ++c) {
            const Cell cell = readCell(rows[r][c], commaSeparates);
            tallies[c].numbers += cell.kind == Cell::Kind::Number;
            tallies[c].words += cell.kind == Cell::Kind::Word;
            tallies[c].fractions += cell.kind == Cell::Kind::Number && cell.value != std::floor(cell.value);
        }
    return tallies;
}

/// A first record is a header when it names the label or has a word above numbers.
bool isHeader(const std::vector<Row>& rows, bool commaSeparates)
{
    const Row& first = rows[0];
    if (labelByName(first) >= 0) return true;
    const std::vector<Tally> below = tally(rows, 1, first.size(), commaSeparates);
    bool allWords = true;
    for (std::size_t c = 0; c < first.size(); ++c) {
        const bool isWord = readCell(first[c], commaSeparates).kind == Cell::Kind::Word;
        if (isWord && below[c].holdsNumbers()) return true;
        allWords = allWords && (isWord || first[c].empty());
    }
    return allWords;
}

/// A column by its name (as it stands, then in any case), or by its number from 1.
std::size_t columnCalled(const CsvColumns& columns, const std::string& wanted, const std::string& table, const std::string& field)
{
    std::vector<std::size_t> exact, alike;
    for (std::size_t c = 0; c < columns.count(); ++c) {
        if (columns.names[c] == wanted) exact.push_back(c);
        if (lowered(columns.names[c]) == lowered(wanted)) alike.push_back(c);
    }
    const std::vector<std::size_t>& found = exact.empty() ? alike : exact;
    if (found.size() == 1) return found[0];
    if (found.size() > 1)
        throw Error("csv", text("%1 has %2 columns called \"%3\"", table, std::to_string(found.size()), wanted),
            text("give %1 the column's number, 1 to %2", field, std::to_string(columns.count())));
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
    if (error == std::errc{} && end == wanted.data() + wanted.size() && number >= 1 && number <= columns.count()) return number - 1;
    constexpr std::size_t kShown = 12;
    std::vector<std::string> shown(
        columns.names.begin(), columns.names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, columns.count())));
    if (columns.count() > kShown) shown.push_back("...");
    throw Error("csv", text("%1 has no column \"%2\"", table, wanted),
        text("give %1 one of %2, or a number from 1 to %3", field, joined(shown), std::to_string(columns.count())));
}

void chooseLabel(
    CsvColumns& columns, const std::vector<Tally>& tallies, const TextTable& table, const DatasetOptions& options, std::vector<Text>& notes)
{
    columns.label = columns.count() - 1;
    columns.labelIsNamed = true;
    if (!options.label.empty()) {
        columns.label = columnCalled(columns, options.label, table.name(), "data.label");
        return;
    }
    if (const std::ptrdiff_t named = columns.hasHeader ? labelByName(columns.names) : -1; named >= 0) {
        columns.label = static_cast<std::size_t>(named);
        return;
    }
    columns.labelIsNamed = false;
    // The only column of words can be nothing else.
    std::vector<std::size_t> words;
    for (std::size_t c = 0; c < columns.count(); ++c)
        if (columns.used[c] && !tallies[c].holdsNumbers() && tallies[c].words > 0) words.push_back(c);
    if (words.size() == 1) columns.label = words[0];
    while (columns.label > 0 && !columns.used[columns.label]) --columns.label;
    if (tallies[columns.label].holdsNumbers() && tallies[columns.label].fractions > 0)
        throw Error("csv",
            text("no column of %1 is called label, and the last, %2, holds measurements", table.name(), columns.names[columns.label]),
            text("set data.label to the name or number of the column with the classes"));
    notes.push_back(text("No column is called label; %1 is used. Set data.label if it is another.", columns.names[columns.label]));
}

void refuseWords(const CsvColumns& columns, const std::vector<Tally>& tallies, const std::vector<Row>& rows, const TextTable& table)
{
    constexpr std::size_t kShown = 12;
    std::vector<std::string> words;
    std::string example;
    std::size_t count = 0;
    for (std::size_t c = 0; c < columns.count(); ++c) {
        if (!columns.used[c] || tallies[c].words == 0 || tallies[c].holdsNumbers()) continue;
        if (++count <= kShown) words.push_back(columns.names[c]);
        for (std::size_t r = columns.hasHeader ? 1 : 0; r < rows.size() && example.empty(); ++r)
            if (c < rows[r].size() && readCell(rows[r][c], table.separator() == ',').kind == Cell::Kind::Word)
                example = rows[r][c].substr(0, 30);
    }
    if (count == 0) return;
    if (count > kShown) words.push_back("...");
    throw Error("csv", text("columns of %1 hold words, such as \"%2\", which is not a number: %3", table.name(), example, joined(words)),
        text("name them in data.leave_out, write them as numbers, or set data.label if one of them holds the classes"));
}

std::vector<std::string> listed(const std::string& names)
{
    std::vector<std::string> list;
    for (const std::string& name : split(names, ',')) {
        const std::size_t first = name.find_first_not_of(' ');
        if (first != std::string::npos) list.push_back(name.substr(first, name.find_last_not_of(' ') - first + 1));
    }
    return list;
}

} // namespace

std::size_t CsvColumns::measurements() const { return static_cast<std::size_t>(std::ranges::count(used, true)); }

CsvColumns CsvColumns::of(TextTable& table, const DatasetOptions& options, std::vector<Text>& notes)
{
    const std::vector<Row> rows = headOf(table);
    const bool commaSeparates = table.separator() == ',';
    if (rows.empty()) throw Error("csv", text("%1 is empty", table.name()), text("give it a header line and rows of numbers"));
    CsvColumns columns;
    std::size_t count = rows[0].size();
    // What stands behind the last separator of every row is no column.
    while (count > 1 && std::ranges::all_of(rows, [&](const Row& row) { return row.size() < count || row[count - 1].empty(); })) --count;
    if (count < 2)
        throw Error("csv", text("%1 has one column", table.name()),
            text("give it at least one number and a label, separated by commas, semicolons, tabs or bars"));
    columns.hasHeader = isHeader(rows, commaSeparates);
    for (std::size_t c = 0; c < count; ++c) {
        const bool named = columns.hasHeader && !rows[0][c].empty();
        columns.names.push_back(named ? printable(rows[0][c], 60) : "column " + std::to_string(c + 1));
    }
    if (!columns.hasHeader) notes.push_back(text("The first row is data: there is no header."));
    const std::vector<Tally> tallies = tally(rows, columns.hasHeader ? 1 : 0, count, commaSeparates);
    columns.used.assign(count, true);
    for (const std::string& name : listed(options.leaveOut))
        columns.used[columnCalled(columns, name, table.name(), "data.leave_out")] = false;
    chooseLabel(columns, tallies, table, options, notes);
    columns.used[columns.label] = false;
    refuseWords(columns, tallies, rows, table);
    if (columns.measurements() == 0)
        throw Error("csv", text("%1 has no column of measurements left", table.name()), text("leave out fewer columns"));
    return columns;
}

} // namespace bitstill
