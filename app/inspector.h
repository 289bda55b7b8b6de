#pragma once

#include "app/newest.h"
#include "engine/core/sample_shape.h"
#include "engine/experiment/figure.h"
#include "engine/experiment/spec.h"

#include <map>

namespace bitstill {

/// A data set or a network, looked at before any run: its figures, or why there are none.
struct Overview {
    std::vector<FigurePointer> figures{};
    Text summary{}; ///< of a network, in one line
    Text problem{};
    SampleShape shape{}; ///< of a data set
    std::size_t classes = 0;
};
using OverviewPointer = std::shared_ptr<const Overview>;

/// Looks at data sets and networks, each once, on other threads.
class Inspector : public QObject {
    Q_OBJECT
public:
    explicit Inspector(QObject* parent = nullptr);

    /// The data set of this spec; null while it is being read, changed() follows.
    OverviewPointer data(const Spec& spec);
    /// The network of this field. `reads`: a person's own data, without which nobody knows its shape, are read for it; otherwise it stays
    /// null for them until they have been.
    OverviewPointer network(const Spec& spec, const std::string& field, bool reads);
    /// A person's own files may have changed since, and what was wrong may have been mended.
    void readAgain(const Spec& spec);

Q_SIGNALS:
    void changed();

private:
    OverviewPointer known(const std::string& key) const;
    void keep(const std::string& key, OverviewPointer look);

    std::map<std::string, OverviewPointer> m_looks;
    std::string m_reading; ///< key of the data set under way
    std::map<std::string, std::unique_ptr<Newest>> m_networks; ///< by field
    std::map<std::string, std::string> m_building; ///< by field, key of the network under way
    Newest m_data;
};

} // namespace bitstill
