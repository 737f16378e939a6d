"""The Play tab: chat with one model or two, and the game's sheets beside it."""
