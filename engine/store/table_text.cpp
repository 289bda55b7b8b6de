// A sweep's table as a file.

#include "engine/core/error.h"
#include "engine/core/order.h"
#include "engine/io/json_text.h"
#include "engine/store/sweep_table.h"

namespace bitstill {

using nlohmann::json;

namespace {

constexpr int kDigits = 5; ///< where a person reads

std::string readable(const DataCell& cell)
{
    if (!cell.number) return cell.words.english();
    return isWhole(*cell.number) ? shortest(*cell.number) : significant(*cell.number, kDigits);
}

std::string csvWord(const std::string& word) { return csvCell({.words = word, .number = std::nullopt}); }

std::string escaped(const std::string& word, std::string_view special, const std::string& before)
{
    std::string out;
    for (const char c : word) out += special.find(c) != std::string_view::npos ? before + c : std::string(1, c);
    return out;
}

std::string texWord(const std::string& word)
{
    std::string out;
    for (const char c : escaped(word, "&%$#_{}", "\\"))
        out += c == '~' ? std::string("\\textasciitilde{}") : c == '^' ? std::string("\\^{}") : std::string(1, c);
    return out;
}

template <class Word> std::string line(const std::vector<std::string>& words, const std::string& between, const Word& word)
{
    std::string whole;
    for (std::size_t i = 0; i < words.size(); ++i) whole += (i == 0 ? "" : between) + word(words[i]);
    return whole;
}

std::vector<std::string> readableWords(const std::vector<DataCell>& row)
{
    std::vector<std::string> words;
    for (const DataCell& cell : row) words.push_back(readable(cell));
    return words;
}

std::string csvOf(const SweepTable& table)
{
    std::string bytes = csvComment(table.note) + "\r\n" + line(table.columns, ",", csvWord) + "\r\n";
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) bytes += (i == 0 ? "" : ",") + csvCell(row[i]);
        bytes += "\r\n";
    }
    return bytes;
}

std::string markdownOf(const SweepTable& table)
{
    const auto word = [](const std::string& w) { return escaped(w, "|", "\\"); };
    std::string bytes = "| " + line(table.columns, " | ", word) + " |\n|";
    for (std::size_t i = 0; i < table.columns.size(); ++i) bytes += "---|";
    for (const auto& row : table.rows) bytes += "\n| " + line(readableWords(row), " | ", word) + " |";
    return bytes + "\n\n" + table.note + "\n";
}

std::string latexOf(const SweepTable& table)
{
    std::string bytes = "% " + table.note + "\n\\begin{tabular}{" + std::string(table.columns.size(), 'l') + "}\n\\hline\n"
        + line(table.columns, " & ", texWord) + " \\\\\n\\hline\n";
    for (const auto& row : table.rows) bytes += line(readableWords(row), " & ", texWord) + " \\\\\n";
    return bytes + "\\hline\n\\end{tabular}\n";
}

std::string jsonOf(const SweepTable& table)
{
    json rows = json::array();
    for (const auto& row : table.rows) {
        json object = json::object();
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string words = row[i].words.english();
            object[table.columns[i]] = row[i].number ? json(*row[i].number) : words.empty() ? json() : json(words);
        }
        rows.push_back(std::move(object));
    }
    return jsonText({{"note", table.note}, {"columns", table.columns}, {"rows", std::move(rows)}}, 1) + "\n";
}

} // namespace

const std::vector<std::string>& tableFormats()
{
    static const std::vector<std::string> all{"csv", "md", "tex", "json"};
    return all;
}

std::string tableBytes(const SweepTable& table, const std::string& format)
{
    if (format == "csv") return csvOf(table);
    if (format == "md") return markdownOf(table);
    if (format == "tex") return latexOf(table);
    if (format == "json") return jsonOf(table);
    throw Error(printable(format), text("\"%1\" is no format of tables", format), text("choose from %1", joined(tableFormats())));
}

} // namespace bitstill
