"""Makes snapshots of turns of a strategy game: houses that grow, arm and fight by the studio's own small simulation.

    python benchmarks/game_snapshots.py DIR [--games 4] [--turns 30] [--seed 7] [--lines]

Each turn of each house is a file (or a line of one file) with `game_id`, `turn`, `house`, `game_state`,
`expert_decision` and `outcome`. The states are consistent: what is ordered is paid for and stands on the next turn, a
house knows of others what its scouts saw, and the outcome is what the turn brought. The same seed gives the same bytes.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.strategy_expert import decide
from benchmarks.strategy_game import look, new_game, resolve, state_of


def snapshots(games: int, turns: int, seed: int) -> Iterator[dict[str, Any]]:
    """Every turn of every house of some games."""
    for number in range(1, games + 1):
        game = new_game(f"game_{number:05}", f"{seed}/{number}", players=2 + number % 3)
        for game.turn in range(1, turns + 1):
            for house in game.houses.values():
                look(game, house)
                state = json.loads(json.dumps(state_of(game, house)))
                decision = decide(game, house)
                yield {
                    "game_id": game.name, "turn": game.turn, "house": house.name, "game_state": state,
                    "expert_decision": decision, "outcome": resolve(game, house, decision),
                }  # fmt: skip


def write(folder: Path, games: int, turns: int, seed: int, *, lines: bool) -> int:
    """Writes them as a file each, or as the lines of one; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    made = list(snapshots(games, turns, seed))
    if lines:
        text = "".join(json.dumps(one) + "\n" for one in made)
        (folder / "snapshots.jsonl").write_text(text, encoding="utf-8", newline="\n")
        return len(made)
    for one in made:
        name = f"{one['game_id']}_turn_{one['turn']:02}_{one['house']}.json"
        (folder / name).write_text(json.dumps(one, indent=2) + "\n", encoding="utf-8", newline="\n")
    return len(made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--games", type=int, default=4)
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--lines", action="store_true", help="one file of lines instead of a file a turn")
    args = parser.parse_args()
    print(write(args.folder, args.games, args.turns, args.seed, lines=args.lines), "snapshots")


if __name__ == "__main__":
    main()
