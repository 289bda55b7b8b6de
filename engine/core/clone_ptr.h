#pragma once

#include <memory>
#include <utility>

namespace bitstill {

/// Owns an object of a class hierarchy, or nothing, and copies it by its clone(): a member that may be copied like a value.
template <typename T> class ClonePtr {
public:
    ClonePtr() = default;
    ClonePtr(std::unique_ptr<T> object) : m_object(std::move(object)) { }
    ClonePtr(const ClonePtr& other) : m_object(other.m_object ? other.m_object->clone() : nullptr) { }
    ClonePtr(ClonePtr&&) noexcept = default;
    ClonePtr& operator=(ClonePtr other) noexcept
    {
        m_object = std::move(other.m_object);
        return *this;
    }

    explicit operator bool() const { return m_object != nullptr; }
    T* operator->() const { return m_object.get(); }
    T& operator*() const { return *m_object; }
    T* get() const { return m_object.get(); }

private:
    std::unique_ptr<T> m_object;
};

} // namespace bitstill
