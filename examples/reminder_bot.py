"""A bot that reminds people: say `remind me in 10 minutes to drink tea` in its room. It forgets when it is stopped.

    python -m examples.reminder_bot tea http://127.0.0.1:8000
"""

import asyncio
import re
import sys

from examples.client import Bot

bot = Bot("Reminder", token_file=".reminder_bot")


@bot.on_message
async def remind(message):
    if asked := re.match(r"remind me in (\d{1,4}) (second|minute|hour)s? to (.+)", message["content"], re.IGNORECASE | re.DOTALL):
        await bot.reply(message, "I will.")
        await asyncio.sleep(int(asked[1]) * {"second": 1, "minute": 60, "hour": 3600}[asked[2].lower()])
        return f"{message['author']['name']}, you wanted to {asked[3]}"


if __name__ == "__main__":
    bot.run(*sys.argv[1:])
