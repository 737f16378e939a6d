"""How play looks: bubbles of turns, cards of dice, cards of characters; used wherever play is shown."""
