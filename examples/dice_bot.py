"""A bot that rolls dice: say `!roll 2d6` in its room.

    python -m examples.dice_bot tea http://127.0.0.1:8000
"""

import random
import re
import sys

from examples.client import Bot

bot = Bot("Dice", token_file=".dice_bot")


@bot.on_message
def roll(message):
    if asked := re.fullmatch(r"!roll (\d{0,2})d(\d{1,4})", message["content"].strip()):
        count, sides = (int(number or 1) for number in asked.groups())
        rolled = [random.randint(1, sides or 1) for _ in range(count)]
        return f"{' + '.join(map(str, rolled)) or 'nothing'} = {sum(rolled)}"


if __name__ == "__main__":
    bot.run(*sys.argv[1:])
