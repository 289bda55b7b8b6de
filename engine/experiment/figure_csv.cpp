#include "engine/experiment/figure.h"

#include <charconv>
#include <cmath>

namespace bitstill {

namespace {

bool isNumber(const std::string& s)
{
    double value = 0;
    const auto end = std::from_chars(s.data(), s.data() + s.size(), value);
    return end.ec == std::errc() && end.ptr == s.data() + s.size();
}

/// Would a spreadsheet calculate instead of showing this? Signs of full width count in some languages.
bool looksLikeFormula(const std::string& s)
{
    const std::size_t first = s.find_first_not_of(' ');
    if (first == std::string::npos || isNumber(s)) return false;
    for (const char* sign : {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"})
        if (s.compare(first, std::char_traits<char>::length(sign), sign) == 0) return true;
    return false;
}

std::string inQuotes(const std::string& cell)
{
    if (cell.find_first_of(",;\"\n\r\t") == std::string::npos && !cell.starts_with(' ') && !cell.ends_with(' ')) return cell;
    std::string out = "\"";
    for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

} // namespace

std::string csvCell(const DataCell& cell)
{
    if (cell.number) return std::isnan(*cell.number) ? "nan" : shortest(*cell.number);
    const std::string words = cell.words.english();
    return inQuotes(looksLikeFormula(words) ? "'" + words : words);
}

std::string csvComment(const std::string& sentence)
{
    std::string line = "# " + sentence;
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    bool harmful = false;
    for (std::size_t comma = line.find(','); comma != std::string::npos; comma = line.find(',', comma + 1))
        harmful = harmful || looksLikeFormula(line.substr(comma + 1));
    return harmful ? inQuotes(line) : line;
}

std::string toCsv(const Figure& figure, const std::string& provenance)
{
    std::string out;
    for (const std::string& sentence : {figure.title.english(), figure.caption.english(), provenance}) out += csvComment(sentence) + '\n';
    for (const auto& row : rowsOf(figure)) {
        for (std::size_t i = 0; i < row.size(); ++i) out += (i ? "," : "") + csvCell(row[i]);
        out += '\n';
    }
    return out;
}

} // namespace bitstill
