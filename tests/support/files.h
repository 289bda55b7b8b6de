#pragma once

#include <QTemporaryDir>
#include <filesystem>
#include <fstream>
#include <string>
#include <zlib.h>

/// A folder that goes away, and files in it.
class Folder {
public:
    std::filesystem::path path(const std::string& name = {}) const { return std::filesystem::path(m_dir.path().toStdString()) / name; }
    std::filesystem::path write(const std::string& name, const std::string& bytes) const
    {
        std::ofstream(path(name), std::ios::binary) << bytes;
        return path(name);
    }
    std::filesystem::path writeGz(const std::string& name, const std::string& bytes) const
    {
        const gzFile f = gzopen(path(name).c_str(), "wb");
        gzwrite(f, bytes.data(), static_cast<unsigned>(bytes.size()));
        gzclose(f);
        return path(name);
    }

private:
    QTemporaryDir m_dir;
};

/// What an engine call says when it fails; empty when it does not.
template <class Call> std::string messageOf(const Call& call)
{
    try {
        call();
        return {};
    } catch (const std::exception& e) {
        return e.what();
    }
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
