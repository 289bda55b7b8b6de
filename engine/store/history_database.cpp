#include "engine/store/history_database.h"

#include "engine/core/overloads.h"

#include <sqlite3.h>

namespace bitstill {

namespace {

[[noreturn]] void fail(int code, const std::string& said, const std::string& where)
{
    switch (code & 0xff) {
    case SQLITE_FULL: throw DiskFull(where, text("the disk is full; nothing was changed"), text("free some space on the disk"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw Error(where, text("another program has been writing to the history for too long"), text("try again when it has ended"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        throw HistoryDamaged(
            where, text("the history's file is damaged"), text("`bitstill-cli history check --repair` saves what can be read"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        throw Error(where, text("the history cannot be opened for writing"), text("see whether the folder and its disk can be written"));
    case SQLITE_IOERR:
        throw Error(where, text("the disk refuses to read or write the history"), text("see whether the disk is full or failing"));
    case SQLITE_NOMEM: throw std::bad_alloc();
    default: throw Error(where, text("the history cannot do this: %1", said), text("update Bitstill"));
    }
}

void bind(sqlite3_stmt* statement, int at, const Cell& cell)
{
    std::visit(Overloads{[&](std::monostate) { sqlite3_bind_null(statement, at); },
                   [&](std::int64_t value) { sqlite3_bind_int64(statement, at, value); },
                   [&](double value) { sqlite3_bind_double(statement, at, value); },
                   [&](const std::string& value) {
                       sqlite3_bind_text64(statement, at, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
                   }},
        cell);
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement::Statement(sqlite3* database, const std::string& sql, const std::vector<Cell>& values, std::string where) :
    m_database(database), m_where(std::move(where))
{
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v2(database, sql.c_str(), -1, &made, nullptr);
    m_statement.reset(made);
    if (code != SQLITE_OK) fail(code, sqlite3_errmsg(database), m_where);
    for (std::size_t i = 0; i < values.size(); ++i) bind(made, static_cast<int>(i) + 1, values[i]);
}

bool Statement::step()
{
    const int code = sqlite3_step(m_statement.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE) fail(code, sqlite3_errmsg(m_database), m_where);
    return code == SQLITE_ROW;
}

bool Statement::isNull(int column) const { return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL; }
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(m_statement.get(), column); }
double Statement::real(int column) const { return sqlite3_column_double(m_statement.get(), column); }

std::string Statement::text(int column) const
{
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(m_statement.get(), column));
    return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(m_statement.get(), column))) : std::string();
}

Cell Statement::cell(int column) const
{
    switch (sqlite3_column_type(m_statement.get(), column)) {
    case SQLITE_INTEGER: return integer(column);
    case SQLITE_FLOAT: return real(column);
    case SQLITE_NULL: return std::monostate{};
    default: return text(column);
    }
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Database::Database(const std::filesystem::path& file) : m_where(file.string())
{
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
    m_database.reset(opened);
    if (code != SQLITE_OK) fail(code, opened ? sqlite3_errmsg(opened) : "", m_where);
    constexpr int kPatience = 20'000; // ms that others may write
    sqlite3_busy_timeout(opened, kPatience);
}

void Database::script(const char* sql)
{
    const int code = sqlite3_exec(m_database.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code, sqlite3_errmsg(m_database.get()), m_where);
}

Statement Database::query(const std::string& sql, const std::vector<Cell>& values) { return {m_database.get(), sql, values, m_where}; }

int Database::run(const std::string& sql, const std::vector<Cell>& values)
{
    Statement statement = query(sql, values);
    while (statement.step()) { } // a pragma may have rows
    return sqlite3_changes(m_database.get());
}

std::int64_t Database::number(const std::string& sql, const std::vector<Cell>& values)
{
    Statement statement = query(sql, values);
    return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::lastId() const { return sqlite3_last_insert_rowid(m_database.get()); }

Transaction::Transaction(Database& database) : m_database(database) { database.run("BEGIN IMMEDIATE"); }

Transaction::~Transaction()
{
    if (!m_open) return;
    try {
        m_database.run("ROLLBACK");
    } catch (const std::exception&) {
        return; // SQLite has undone it already, as it does when the disk is full
    }
}

void Transaction::commit()
{
    m_database.run("COMMIT");
    m_open = false;
}

} // namespace bitstill
