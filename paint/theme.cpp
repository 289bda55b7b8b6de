#include "paint/theme.h"

#include <algorithm>

namespace bitstill {

Theme Theme::light()
{
    return {.dark = false,
        .page = "#F5F6F8",
        .card = "#FFFFFF",
        .line = "#E1E5EA",
        .text = "#1B2430",
        .muted = "#66727F",
        .accent = "#0072B2",
        .accentWash = "#E3F0F8",
        .onAccent = "#FFFFFF",
        .grid = "#EDF0F3",
        .problem = "#B3400A",
        .problemWash = "#FBEAE2",
        .before = "#E69F00",
        .after = "#0072B2",
        .teacher = "#CC79A7",
        .taught = "#0072B2",
        .alone = "#999999",
        .train = "#009E73",
        .test = "#0072B2",
        .more = {"#D55E00", "#56B4E9"}};
}

Theme Theme::darkTheme()
{
    return {.dark = true,
        .page = "#14181D",
        .card = "#1C2229",
        .line = "#2C343D",
        .text = "#E6EAEE",
        .muted = "#93A0AD",
        .accent = "#56B4E9",
        .accentWash = "#1E3444",
        .onAccent = "#10202C",
        .grid = "#28303A",
        .problem = "#FF9B6B",
        .problemWash = "#3B2620",
        .before = "#E69F00",
        .after = "#56B4E9",
        .teacher = "#CC79A7",
        .taught = "#56B4E9",
        .alone = "#BBBBBB",
        .train = "#2CC295",
        .test = "#56B4E9",
        .more = {"#F0794A", "#F0E442"}};
}

QColor Theme::colorOf(const Marker& marker) const { return marker.field.empty() ? colorOf(marker.role) : text; }

QColor Theme::colorOf(Role role) const
{
    switch (role) {
    case Role::Neutral: return accent;
    case Role::Before: return before;
    case Role::After: return after;
    case Role::Train: return train;
    case Role::Test: return test;
    case Role::Teacher: return teacher;
    case Role::Taught: return taught;
    case Role::Alone: return alone;
    case Role::Guide: return muted;
    }
    return accent;
}

namespace {

QColor mixed(const QColor& low, const QColor& high, double share)
{
    const float t = static_cast<float>(std::clamp(share, 0.0, 1.0));
    const auto mix = [t](float a, float b) { return a + (b - a) * t; };
    return QColor::fromRgbF(mix(low.redF(), high.redF()), mix(low.greenF(), high.greenF()), mix(low.blueF(), high.blueF()));
}

} // namespace

QColor Theme::heat(double share) const { return mixed(card, accent, share); }
QColor Theme::warmth(double share) const { return mixed(problemWash, problem, share); }

QColor Theme::on(const QColor& fill) const
{
    const auto distance = [&fill](const QColor& c) { return std::abs(qGray(c.rgb()) - qGray(fill.rgb())); };
    return distance(text) > distance(onAccent) ? text : onAccent;
}

namespace {

QFont sized(int pixels, QFont::Weight weight = QFont::Normal)
{
    QFont font;
    font.setFamilies(
        {QStringLiteral("Inter"), QStringLiteral("Noto Sans"), QStringLiteral("Noto Sans CJK KR"), QStringLiteral("DejaVu Sans")});
    font.setPixelSize(pixels);
    font.setWeight(weight);
    return font;
}

} // namespace

QFont Theme::body() { return sized(13); }
QFont Theme::small() { return sized(12); }
QFont Theme::axis() { return sized(11); }
QFont Theme::cardTitle() { return sized(14, QFont::DemiBold); }
QFont Theme::pageTitle() { return sized(18, QFont::DemiBold); }

QPalette Theme::palette() const
{
    QPalette p;
    const std::pair<QPalette::ColorRole, QColor> roles[] = {{QPalette::Window, card}, {QPalette::Base, card}, {QPalette::Button, card},
        {QPalette::AlternateBase, page}, {QPalette::WindowText, text}, {QPalette::Text, text}, {QPalette::ButtonText, text},
        {QPalette::BrightText, problem}, {QPalette::PlaceholderText, muted}, {QPalette::Highlight, accent},
        {QPalette::HighlightedText, onAccent}, {QPalette::Link, accent}, {QPalette::LinkVisited, accent}, {QPalette::ToolTipBase, card},
        {QPalette::ToolTipText, text}, {QPalette::Light, card}, {QPalette::Midlight, page}, {QPalette::Mid, line}, {QPalette::Dark, line},
        {QPalette::Shadow, line}};
    for (const auto& [role, color] : roles) p.setColor(role, color);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        p.setColor(QPalette::Disabled, role, muted);
    return p;
}

namespace {

/// Where the keyboard is, whatever else a control looks like: a ring that no other state has, in the room of its padding.
QString focusRings()
{
    return QStringLiteral(R"(
QPushButton:focus { border: 2px solid %accent; padding: 4px 10px; }
QToolButton:focus { border: 2px solid %accent; padding: 4px 7px; }
QPushButton#runButton:focus { border: 2px solid %text; padding: 4px 10px; }
QToolButton[role="flat"]:focus { border: 2px solid %accent; border-radius: 4px; padding: 1px; }
QPushButton[role="experiment"]:focus { border: 2px solid %accent; padding: 4px 5px; }
QPushButton[role="contrast"]:focus { border: 2px solid %accent; padding: 4px 3px; }
QPushButton[role="contrast"]:checked:focus { border: 2px solid %text; }
QSlider::handle:horizontal:focus { background: %accent; border-color: %text; }
QCheckBox::indicator:focus { border: 2px solid %text; }
QTabBar::tab:focus { color: %accent; border-bottom: 2px solid %text; }
QScrollArea#expected { border: 1px solid %page; }
QTextBrowser:focus, QScrollArea#expected:focus { border: 1px solid %accent; }
)");
}

} // namespace

QString Theme::styleSheet() const
{
    const QString sheet = QStringLiteral(R"(
QMainWindow, QScrollArea#figures, QWidget#grid { background: %page; border: none; }
QWidget#sidebar, QWidget#sidebarPage, QWidget#topBar, QWidget#bottomBar, QWidget#rightPanel, QScrollArea#formScroll, QWidget#formPage, QWidget#settingsPage, QTabWidget::pane { background: %card; border: none; }
QWidget#sidebar { border-right: 1px solid %line; }
QWidget#rightPanel { border-left: 1px solid %line; }
QWidget#topBar { border-bottom: 1px solid %line; }
QWidget#bottomBar { border-top: 1px solid %line; }
QLabel { background: transparent; }
QLabel[role="muted"], QLabel[role="group"] { color: %muted; }
QLabel[role="group"] { font-size: 11px; font-weight: 600; }
QWidget#formPage > QLabel { padding-left: 6px; }
QWidget#formPage > QLabel[changed="true"] { border-left: 2px solid %accent; padding-left: 4px; }
QLabel[role="problem"] { color: %problem; font-size: 12px; }
QLabel[role="value"] { color: %accent; font-weight: 600; }
QFrame#message, QFrame#offer { background: %wash; border: 1px solid %accent; border-radius: 6px; }
QFrame#message[kind="error"] { background: %problemwash; border-color: %problem; }
QLabel#dropHint { background: %wash; color: %accent; border: 2px dashed %accent; border-radius: 8px; padding: 28px 36px; font-size: 17px; font-weight: 600; }
QFrame#message[kind="done"] { background: %card; border-color: %train; }
QPushButton, QToolButton { background: %card; border: 1px solid %line; border-radius: 6px; padding: 5px 11px; }
QPushButton:hover, QToolButton:hover { border-color: %accent; }
QPushButton:disabled, QToolButton:disabled { color: %muted; background: %page; }
QPushButton#runButton, QToolButton#runButton { background: %accent; color: %onaccent; border-color: %accent; font-weight: 600; }
QPushButton#runButton:disabled { background: %wash; color: %muted; border-color: %line; }
QToolButton[role="flat"] { border: none; background: transparent; padding: 3px; }
QToolButton[role="flat"]:hover { background: %wash; }
QToolButton { padding: 5px 8px; }
QFileDialog QToolButton { padding: 3px; }
QToolButton::menu-indicator { image: none; }
QPushButton[role="contrast"] { padding: 5px 4px; }
QPushButton[role="contrast"]:checked { background: %wash; border-color: %accent; color: %accent; font-weight: 600; }
QPushButton[role="experiment"] { text-align: left; border: none; background: transparent; padding: 6px 7px; }
QPushButton[role="experiment"]:hover { background: %page; }
QPushButton[role="experiment"]:checked { background: %wash; color: %accent; font-weight: 600; }
QComboBox, QLineEdit, QAbstractSpinBox { background: %card; border: 1px solid %line; border-radius: 6px; padding: 4px 7px; selection-background-color: %accent; selection-color: %onaccent; }
QComboBox:focus, QLineEdit:focus, QAbstractSpinBox:focus { border-color: %accent; }
QComboBox:disabled, QLineEdit:disabled, QAbstractSpinBox:disabled { color: %muted; background: %page; }
QLineEdit[role="number"] { padding: 4px 5px; }
QLineEdit[wrong="true"], QComboBox[wrong="true"] { border: 2px solid %problem; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url(:/icons/chevron.svg); width: 12px; height: 12px; }
QComboBox QLineEdit { border: none; padding: 0; background: transparent; }
QComboBox QAbstractItemView, QMenu { background: %card; border: 1px solid %line; selection-background-color: %wash; selection-color: %text; }
QMenu::item { padding: 5px 22px 5px 12px; }
QMenu::item:selected { background: %wash; }
QSlider::groove:horizontal { height: 4px; background: %line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: %accent; border-radius: 2px; }
QSlider::handle:horizontal { background: %card; border: 2px solid %accent; width: 12px; height: 12px; margin: -6px 0; border-radius: 8px; }
QCheckBox::indicator { width: 15px; height: 15px; border: 1px solid %muted; border-radius: 4px; background: %card; }
QCheckBox::indicator:checked { background: %accent; border-color: %accent; image: url(:/icons/tick.svg); }
QSlider { min-height: 20px; }
QSlider::sub-page:horizontal:disabled { background: %line; }
QSlider::handle:horizontal:disabled { border-color: %line; }
QProgressBar { background: %line; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: %accent; border-radius: 3px; }
QTabBar::tab { background: transparent; padding: 9px 12px; color: %muted; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: %text; border-bottom: 2px solid %accent; font-weight: 600; }
QTabWidget QTextBrowser, QTextBrowser { background: %card; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: %line; border-radius: 5px; min-height: 30px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; height: 0; }
QSplitter::handle { background: %line; }
QHeaderView::section { background: %page; border: none; border-right: 1px solid %line; border-bottom: 1px solid %line; padding: 4px 8px; }
QTableCornerButton::section { background: %page; border: none; }
QAbstractItemView { border: 1px solid %line; gridline-color: %line; }
QToolTip { background: %card; color: %text; border: 1px solid %line; padding: 4px; }
QDialog, QMessageBox { background: %card; }
)");
    QString s = sheet + focusRings();
    const std::pair<const char*, QColor> names[] = {{"%text", text}, {"%page", page}, {"%card", card}, {"%line", line}, {"%muted", muted},
        {"%accent", accent}, {"%wash", accentWash}, {"%onaccent", onAccent}, {"%problemwash", problemWash}, {"%problem", problem},
        {"%train", train}};
    for (const auto& [name, color] : names) s.replace(QLatin1String(name), color.name());
    return s;
}

} // namespace bitstill
