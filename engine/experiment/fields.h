#pragma once

#include "engine/experiment/field.h"

#include <functional>
#include <initializer_list>

namespace bitstill {

/// A group of fields as one experiment wants it: what differs from the group is said by key. Each call returns the changed group, and
/// throws std::out_of_range for a key that is not in it.
class Fields {
public:
    using Keys = std::initializer_list<std::string>;
    using Change = std::function<void(Field&)>;

    Fields(std::initializer_list<Field> fields) : m_fields(fields) { }

    /// Those of these keys, in the group's order.
    Fields only(Keys keys) const;
    Fields without(Keys keys) const;
    Fields with(const Field& field) const; ///< behind the others
    Fields withAfter(const std::string& key, const Field& field) const; ///< behind the one of this key
    /// Another default.
    Fields with(const std::string& key, const Value& initial) const;
    Fields changed(const std::string& key, const Change& change) const;
    Fields each(const Change& change) const;
    Fields live(const std::string& key) const;
    Fields fixed() const; ///< none is live
    Fields visibleWhen(const Field::Condition& condition) const; ///< all of them

    const Field& at(const std::string& key) const;
    operator const std::vector<Field>&() const { return m_fields; }

private:
    std::size_t placeOf(const std::string& key) const;

    std::vector<Field> m_fields;
};

/// The groups one behind the other: an experiment's table.
std::vector<Field> joinFields(std::initializer_list<Fields> groups);

} // namespace bitstill
