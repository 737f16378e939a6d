"""Owns the one style sheet, made from the tokens; knows no widget of its own, only kinds of them."""

from string import Template

from studio.resources import resource
from studio.ui.theme import tokens
from studio.ui.theme.tokens import Colours, mixed

_SHEET = Template("""
QToolTip { color: $text; background: $raised; border: ${hair}px solid $line_strong; padding: ${s4}px ${s8}px; }
QLabel { background: transparent; }
QLabel[kind="display"] { font-size: ${t20}px; font-weight: 600; color: $text; }
QLabel[kind="title"] { font-size: ${t15}px; font-weight: 600; color: $text; }
QLabel[kind="strong"] { font-weight: 600; color: $text; }
QLabel[kind="muted"] { color: $muted; }
QLabel[kind="caption"] { font-size: ${t12}px; color: $muted; }
QLabel[kind="figure"] { font-size: ${t15}px; font-weight: 600; font-family: "$mono"; color: $text; }
QLabel[kind="error"] { color: $error; }
QLabel[kind="warning"] { color: $warning; }
QLabel[kind="good"] { color: $dm; }
QLabel[touched="true"] { color: $accent; }
QLabel:disabled { color: $line_strong; }

QMainWindow, QDialog { background: $ground; }
QWidget[kind="ground"] { background: $ground; }
QWidget[kind="panel"] { background: $panel; }
QWidget[kind="base"] { background: $base; }
QFrame[kind="card"] { background: $panel; border: ${hair}px solid $line; border-radius: ${r10}px; }
QFrame[kind="card"][touched="true"] { border-color: $accent; }
QFrame[kind="card-raised"] { background: $raised; border: ${hair}px solid $line; border-radius: ${r10}px; }
QFrame[kind="rule"] { background: $line; border: none; }
QFrame[kind="notice"] { background: $notice; border: none; border-bottom: ${hair}px solid $line; }
QFrame[kind="popup"] { background: $panel; border: ${hair}px solid $line_strong; border-radius: ${r10}px; }
QWidget[kind="toolbar"] { background: $panel; border-bottom: ${hair}px solid $line; }
QWidget[kind="header"] { background: $panel; }

QPushButton { background: $raised; color: $text; border: ${hair}px solid $line; border-radius: ${r6}px;
  padding: ${s6}px ${s12}px; }
QPushButton:hover { background: $hover; border-color: $line_strong; }
QPushButton:pressed { background: $line; }
QPushButton:checked { background: $selected; border-color: $accent; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $line_strong; background: $panel; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:focus { border-color: $text; }
QPushButton[kind="primary"]:disabled { background: $raised; color: $line_strong; border-color: $line; }
QPushButton[kind="small"] { padding: ${s4}px ${two}px; font-size: ${t12}px; }
QPushButton[kind="danger"] { color: $error; }
QPushButton[kind="link"] { background: transparent; border-color: transparent; color: $accent; padding: ${s4}px; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent; }

QToolButton { background: transparent; color: $secondary; border: ${hair}px solid transparent;
  border-radius: ${r6}px; padding: ${s4}px; }
QToolButton:hover { background: $raised; color: $text; }
QToolButton:pressed, QToolButton:checked { background: $raised; color: $text; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $line_strong; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton[kind="segment"] { padding: ${s4}px ${s12}px; color: $muted; }
QToolButton[kind="segment"]:checked { background: $raised; color: $text; }
QToolButton[kind="status"] { padding: ${hair}px ${s8}px; font-size: ${t12}px; color: $muted; }
QToolButton[kind="status"]:hover { color: $text; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QTextEdit[kind="field"], QPlainTextEdit[kind="field"] {
  background: $base; color: $text; border: ${hair}px solid $line; border-radius: ${r6}px;
  padding: ${s5}px ${s8}px; selection-background-color: $selection; selection-color: $text; }
QLineEdit:hover, QComboBox:hover, QSpinBox:hover, QDoubleSpinBox:hover { border-color: $line_strong; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QTextEdit[kind="field"]:focus,
QPlainTextEdit[kind="field"]:focus { border-color: $accent; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled { color: $line_strong; }
QLineEdit[invalid="true"], QLineEdit[invalid="true"]:focus { border-color: $error; }
QLineEdit[kind="bare"] { border: none; background: transparent; font-size: ${t15}px; padding: ${s8}px; }
QComboBox::drop-down { border: none; width: ${s24}px; }
QComboBox::down-arrow { image: url($icons/caret-down.svg); width: ${s12}px; height: ${s12}px; }
QComboBox QAbstractItemView { background: $panel; border: ${hair}px solid $line_strong; outline: none;
  selection-background-color: $raised; selection-color: $text; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {
  border: none; background: transparent; width: ${s16}px; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url($icons/caret-up.svg); width: ${s8}px; height: ${s8}px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url($icons/caret-down.svg); width: ${s8}px;
  height: ${s8}px; }
QCheckBox, QRadioButton { color: $text; spacing: ${s8}px; padding: ${s4}px; border: ${hair}px solid transparent;
  border-radius: ${r6}px; }
QCheckBox::indicator, QTableView::indicator { width: ${s12}px; height: ${s12}px; border: ${hair}px solid $muted;
  border-radius: ${r3}px; background: $base; }
QCheckBox::indicator:checked, QTableView::indicator:checked { border-color: $accent; background: $accent;
  image: url($icons/$tick.svg); }
QCheckBox:disabled { color: $line_strong; }
QCheckBox::indicator:disabled, QTableView::indicator:disabled { border-color: $line; }
QRadioButton::indicator { width: ${s12}px; height: ${s12}px; border: ${hair}px solid $muted; border-radius: 7px;
  background: $base; }
QRadioButton::indicator:checked { width: ${s6}px; height: ${s6}px; border: ${r4}px solid $accent;
  border-radius: 7px; background: $on_accent; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QRadioButton[kind="card"]:focus { border-color: transparent; }
QGroupBox { border: ${hair}px solid $line; border-radius: ${r10}px; margin-top: ${s12}px; padding: ${s12}px; }
QGroupBox::title { subcontrol-origin: margin; left: ${s12}px; color: $muted; padding: 0 ${s4}px; }

QListView, QTreeView, QTableView { background: $panel; color: $text; border: none; outline: none;
  selection-background-color: $selected; selection-color: $text; alternate-background-color: $panel; }
QListView[kind="roomy"]::item { padding: ${s4}px ${s12}px; }
QListView[kind="base"], QTreeView[kind="base"], QTableView[kind="base"] { background: $base; }
QListView::item, QTreeView::item { padding: ${s4}px ${s4}px; border: none; }
QListView::item:hover, QTreeView::item:hover, QTableView::item:hover { background: $hovered; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected { background: $selected;
  color: $text; }
QTreeView::branch { background: transparent; }
QTreeView::branch:selected { background: $selected; }
QTreeView::branch:has-children:closed { image: url($icons/caret-right.svg); }
QTreeView::branch:has-children:open { image: url($icons/caret-down.svg); }
QTreeView:focus, QListView:focus, QTableView:focus { border: none; }
QHeaderView { background: $panel; }
QHeaderView::section { background: $panel; color: $muted; border: none; border-bottom: ${hair}px solid $line;
  padding: ${s4}px ${s8}px; font-size: ${t12}px; }
QTableView { gridline-color: $line; }

QPlainTextEdit, QTextEdit, QTextBrowser { background: $base; color: $text; border: none;
  selection-background-color: $selection; selection-color: $text; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[kind="scrolled"] { background: transparent; }

QTabBar { background: $ground; border: none; qproperty-drawBase: 0; }
QTabBar::tab { background: $ground; color: $muted; border: none; border-right: ${hair}px solid $line;
  padding: ${s8}px ${s12}px; min-width: ${s60}px; }
QTabBar::tab:selected { background: $base; color: $text; border-top: ${two}px solid $accent; }
QTabBar::tab:!selected { border-top: ${two}px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { color: $accent; }
QTabBar::close-button { image: none; }
QTabBar QToolButton { background: transparent; border: none; padding: ${two}px; }
QTabBar QToolButton:hover { background: $raised; }
QTabWidget::pane { border: none; background: $base; }

QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QSplitter::handle:horizontal { width: ${hair}px; }
QSplitter::handle:vertical { height: ${hair}px; }

QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: ${s10}px; }
QScrollBar:horizontal { height: ${s10}px; }
QScrollBar::handle { background: $scroll; border-radius: ${r4}px; margin: ${two}px; }
QScrollBar::handle:vertical { min-height: ${s24}px; }
QScrollBar::handle:horizontal { min-width: ${s24}px; }
QScrollBar::handle:hover { background: $line_strong; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; background: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }

QProgressBar { background: $raised; border: none; border-radius: ${r3}px; max-height: ${s6}px; min-height: ${s6}px;
  text-align: center; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: ${r3}px; }
QSlider::groove:horizontal { background: $line; height: ${s4}px; border-radius: ${two}px; }
QSlider::handle:horizontal { background: $accent; width: ${s16}px; margin: -${s6}px 0; border-radius: ${s8}px; }
QSlider::handle:horizontal:focus { border: ${two}px solid $text; }

QMenu { background: $panel; color: $text; border: ${hair}px solid $line_strong; padding: ${s4}px; }
QMenu::item { padding: ${s6}px ${s24}px ${s6}px ${s12}px; border-radius: ${r6}px; }
QMenu::item:selected { background: $raised; }
QMenu::item:disabled { color: $line_strong; }
QMenu::separator { height: ${hair}px; background: $line; margin: ${s4}px ${s8}px; }
QMessageBox { background: $panel; }
""")

_MEASURES = {
    "two": 2,
    "r3": 3,
    "r4": 4,
    "r6": tokens.RADIUS_6,
    "r10": tokens.RADIUS_10,
    "s4": tokens.SPACE_4,
    "s5": 5,
    "s6": 6,
    "s8": tokens.SPACE_8,
    "s10": 10,
    "s12": tokens.SPACE_12,
    "s16": tokens.SPACE_16,
    "s24": tokens.SPACE_24,
    "s60": 60,
    "t12": tokens.SIZE_SMALL,
    "t15": tokens.SIZE_TITLE,
    "t20": tokens.SIZE_DISPLAY,
}


def style_sheet(colours: Colours, zoom: float) -> str:
    """The style sheet of the whole application in these colours at this zoom."""
    values: dict[str, object] = {name: getattr(colours, name) for name in tokens.names()}
    values |= {name: round(measure * zoom) for name, measure in _MEASURES.items()}
    values |= {
        "hair": 1,
        "mono": tokens.MONO_FAMILY,
        "icons": resource("icons").as_posix(),
        "tick": "tick-dark" if colours.on_accent == tokens.DARK.on_accent else "tick-light",
        "hover": mixed(colours.text, colours.raised, 0.06),
        "hovered": mixed(colours.text, colours.panel, 0.05),
        "selected": mixed(colours.accent, colours.panel, 0.20),
        "selection": mixed(colours.accent, colours.base, 0.32),
        "accent_hover": mixed(colours.text, colours.accent, 0.15),
        "scroll": mixed(colours.line_strong, colours.panel, 0.5),
        "notice": mixed(colours.accent, colours.panel, 0.14),
    }
    return _SHEET.substitute(values)
