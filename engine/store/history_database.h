#pragma once

#include "engine/core/error.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace bitstill {

/// The history's file is damaged: what can be read is brought into a new one by History::repair().
class HistoryDamaged : public Error {
public:
    using Error::Error;
};

/// There is no room for what was to be written, nor, perhaps, for saying that something goes.
class DiskFull : public Error {
public:
    using Error::Error;
};

/// What stands for a ? in a statement; monostate is NULL.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

/// One statement of SQL with its values, at work. Every call throws Error for what SQLite refuses: another program that
/// writes and does not end, DiskFull, HistoryDamaged for a file that is no database or a broken one.
class Statement {
public:
    Statement(sqlite3* database, const std::string& sql, const std::vector<Cell>& values, std::string where);

    /// To the next row; false when there is none.
    bool step();
    bool isNull(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    Cell cell(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    sqlite3* m_database;
    std::string m_where;
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

/// A connection to an SQLite file, for one thread. Errors as Statement.
class Database {
public:
    /// Opens the file, or makes an empty one where there is none.
    explicit Database(const std::filesystem::path& file);

    /// Several statements without values.
    void script(const char* sql);
    Statement query(const std::string& sql, const std::vector<Cell>& values = {});
    /// A statement without rows; how many rows it changed.
    int run(const std::string& sql, const std::vector<Cell>& values = {});
    /// The first column of the first row; 0 where there is none.
    std::int64_t number(const std::string& sql, const std::vector<Cell>& values = {});
    std::int64_t lastId() const;

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::string m_where;
    std::unique_ptr<sqlite3, Close> m_database;
};

/// All of what is done while it lives, or nothing: without commit() it is undone. From its beginning on it is the only one that writes.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& m_database;
    bool m_open = true;
};

} // namespace bitstill
