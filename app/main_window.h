#pragma once

#include "app/run_controller.h"
#include "app/settings.h"
#include "widgets/theme.h"

#include <QMainWindow>

class QFrame;
class QLabel;
class QSplitter;

namespace bitstill {

class BottomBar;
class CardGrid;
class RightPanel;
class Sidebar;
class TopBar;

/// Builds the window and connects its parts; what happens is theirs.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(Settings settings, const Theme& theme, const QString& language);

    void openExperiment(const QString& id);
    /// Shows what is wrong when the file is no experiment; what was there stays.
    void openFile(const QString& file);
    RunController* controller() { return &m_controller; }
    const QString& experiment() const { return m_settings.experiment; }

Q_SIGNALS:
    /// The window should be made anew with these settings.
    void lookChanged(const bitstill::Settings& settings);

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void build(const Theme& theme, const QString& language);
    void connectParts();
    void showExperiment(const Spec& spec);
    Spec formSpec() const;
    void run();
    void runContrast(const QString& id);
    void fieldEdited(const QString& key);
    void chooseField(const QString& key, const Value& value);
    void showSnapshot();
    void updateState();
    void figureAsked(const FigurePointer& figure, const QString& what);
    void saveSpecAs();
    void showMessage(const QString& text);
    void remember();
    const std::vector<FigurePointer>& shownFigures() const;

    Settings m_settings;
    RunController m_controller;
    QSplitter* m_splitter = nullptr;
    Sidebar* m_sidebar = nullptr;
    TopBar* m_topBar = nullptr;
    BottomBar* m_bottomBar = nullptr;
    RightPanel* m_rightPanel = nullptr;
    CardGrid* m_grid = nullptr;
    QFrame* m_message = nullptr;
    QLabel* m_messageText = nullptr;
    QLabel* m_empty = nullptr;
    bool m_dark = false;
};

} // namespace bitstill
