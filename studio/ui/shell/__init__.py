"""The frame of the window: rail, command palette, drawer, status bar, toasts and the watchdog."""
