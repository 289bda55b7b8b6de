#pragma once

#include <QDialog>
#include <QStringList>

class QPushButton;
class QTextBrowser;
class QUrl;

namespace bitstill {

/// The pages of docs/, beside the window, in its language where there is such a page. Links lead to the other pages and to lessons.
class DocsWindow : public QDialog {
    Q_OBJECT
public:
    /// The one that is open, or a new one at its first page.
    static void open(QWidget* parent, const QString& language);

private:
    DocsWindow(QWidget* parent, const QString& language);
    void follow(const QUrl& link);
    void visit(const QString& page);
    void back();
    void display(const QString& page);

    QString m_language;
    QStringList m_visited; ///< the last is shown: "docs/index"
    QPushButton *m_contents, *m_back;
    QTextBrowser* m_page;
};

} // namespace bitstill
