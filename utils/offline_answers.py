"""The words of the offline assistant (utils/fake_llm.py): what calls for an answer, and what it says, in English and German.

To teach it a sentence, add a row to CALLS and one of that name to TEXTS; where it has something to find out first, a function there.
"""

IN_GERMAN, IN_ENGLISH = r"\b(in|into|auf|ins) (german|deutsch)", r"\b(in|into|auf|ins) engli"
GERMAN = set("""auf bitte danke das dein dem den der des deutsch du durch ein eine einem einen einer beispiel erkläre fass für gedicht gib guten hallo heute
    hilfe ich ist kann kannst kurz kürzer können mach mal mir mit moin münze nicht noch nochmal prozent rechne schreib servus spät tabelle
    tschüss uhr und viel von wann warum welche welcher wer wie wir wo wurde würfel würfle zeig zusammen""".split())  # noqa: SIM905
ENGLISH = set("""a again and are can could did do does explain flip for give hello here how i is it make my of please poem roll say shorter show
    sum table tell thanks that the this time times to what when who why with write you your""".split())  # noqa: SIM905

CALLS = {  # looked for in this order; one that has nothing to say after all leaves it to the next
    "shorter": r"^.{0,20}\b(shorter|briefer|tl;?dr|kürzer|knapper)\b.{0,20}$",
    "again": r"^\W*((and|und) )?(again|once more|repeat|another one|one more|noch ?(ein)?mal|noch ein[es]?\W*$|wiederhol)",
    "offline": r"real (model|one|ai)|\b(openai|ollama|gpt|offline)\b|api.?key|echte[sn]? modell|who are you|are you (a|an|real)\b|w(er|as) bist du",
    "time": r"^\W*time\W*$|(what('s|’s| is)|me|know) the time|what time|time is it|(what|which) day|date is|the date|wie ?viel uhr|wie spät|uhrzeit|welcher tag|datum",
    "arithmetic": r"\d",
    "summary": r"\bsumm?ar|\bsum .{0,20}up\b|\brecap|what .{0,20}(said|talked about)|did i miss|zusammen.?fass|\bfass(e|t|st)? .*zusammen"
    r"|(was|wer) .{0,20}(gesagt|verpasst|besprochen)|worum ging",
    "poem": r"\b(poems?|poetry|verses?|rhymes?|haiku|gedichte?|reime?|vers)\b",
    "code": r"websocket|\b(code|python|javascript|js|quelltext|programmier\w*)\b",
    "trips": r"\btrips\b|weekend trip|ausfl[uü]g",
    "table": r"\btable\b|tabelle",
    "chance": r"\b(coin|dice|roll)\b|münze|würf|\b\d{0,2}[dw]\d{1,4}\b",
    "here": r"who.{0,12} (here|there|around|in (this|the) room)|how many (people|of us)|wer ist .{0,12}(hier|da)\b|wie viele (leute|sind)",
    "you": r"who am i|my name|wer bin ich|wie hei(ß|ss)e ich|mein name",
    "mode": r"\bmode\b|\bmodus\b",
    "help": r"^\W*(help|hilfe)\b|what can you do|what do you do|what can (we|i) do( here)?\W*$|how (do you|does (this|it)) work|this room"
    r"|where (are|am) (we|i)\b|was kannst|was (kann ich|können wir|kann man) hier|wie funktionier|diese[rmn]? raum|wo (sind|bin) (wir|ich)\b",
    "joke": r"\bjoke\b|\bwitz\b",
    "how are you": r"how are you|how's it going|wie geht",
    "bye": r"\b(bye|good ?night|see you|tschüss|gute nacht|bis (bald|später|morgen))\b",
    "thanks": r"\b(thanks|thank you|thx|danke)\b",
    "greeting": r"^\W*(hi|hello|hey|good (morning|day|evening)|hallo|moin|servus|grüß|guten)\b",
    "language": r"^\W*((and|und|now|jetzt|the same|dasselbe|please|bitte) )*(in|auf) (german|deutsch|engli\w+)\W*(please|bitte)?\W*$",
    "foreign": r"translat|übersetz|\b(bonjour|est|pour|merci|hola|que|qué|cómo|gracias|ciao|grazie|olá|não|het|een|jest|är)\b|[\u0370-\u1dff\u3040-\ud7ff]",
}

KEY, LOCAL = "`OPENAI_API_KEY=… python main.py`", "`LLM=ollama:llama3.2 python main.py`"
TEXTS = {
    "hello": ("Hello{name}, welcome to {room}.", "Hallo{name}, willkommen in {room}."),
    "greeting": ("Hello{name}.", "Hallo{name}."),
    "alone": ("You speak first here. Send this page's address to somebody, and you both watch my answers being typed.",
              "Du sprichst hier als Erstes. Schick jemandem die Adresse dieser Seite: Ihr seht beide meine Antworten entstehen."),
    "with": ("You speak first here; with you: {here}.", "Du sprichst hier als Erstes; mit dir hier: {here}."),
    "offline": (
        f"I'm {{me}}, the *offline* assistant: I know a few things by heart and cannot think. For a real model, start the room with {KEY}, "
        f"or with {LOCAL} for one on your own machine.",
        f"Ich bin {{me}}, der *Offline*-Assistent: Ich kann ein paar Dinge auswendig und nicht denken. Für ein echtes Modell starte den Raum "
        f"mit {KEY}, oder mit {LOCAL} für eines auf deinem Rechner.",
    ),
    "offline, to experts": (f"*Offline*, no model. For one: {KEY} or {LOCAL}.", f"*Offline*, kein Modell. Mit einem: {KEY} oder {LOCAL}."),
    "try": (
        "Try one of these:\n\n- *What can we do in this room?*\n- *What is 12 % of 80?*\n- *A poem about this room*",
        "Versuch eines davon:\n\n- *Was können wir in diesem Raum machen?*\n- *Was ist 12 % von 80?*\n- *Ein Gedicht über diesen Raum*",
    ),
    "unknown": ("I'm the *offline* assistant and can't think about that. Try: *{tip}*",
                "Ich bin der *Offline*-Assistent und kann darüber nicht nachdenken. Probier: *{tip}*"),
    "unknown, to experts": ("Offline: nothing on that. Known: *{tip}*", "Offline: dazu nichts. Bekannt: *{tip}*"),
    "unknown at first": ("I can't think about that, but I can do a few things.", "Darüber kann ich nicht nachdenken, aber ein paar Dinge kann ich."),
    "foreign": ("I know English and German only, and *offline* I can't translate.", "Ich kann nur Deutsch und Englisch, und *offline* nicht übersetzen."),
    "found": ("This was looked up; I can't weigh it:", "Das wurde nachgeschlagen; abwägen kann ich es nicht:"),
    "mode seen": ("I see that this room is in *{mode}* mode. A real model would follow it.",
                  "Ich sehe, dass dieser Raum im Modus *{mode}* ist. Ein echtes Modell würde ihm folgen."),
    "wishes seen": ("I see what this room wants of me, “{wishes}”, but offline I can't do that.",
                    "Ich sehe, was dieser Raum von mir will, „{wishes}“, aber offline kann ich das nicht."),
    "shortest": ("It does not get any shorter.", "Kürzer wird es nicht."),
    "time": ("It is **{now:%H:%M} UTC**, {now:%A}, {now.day} {now:%B %Y}. Your own clock may show another hour.",
             "Es ist **{now:%H:%M} UTC**, {day}, {now.day}. {month} {now.year}. Deine Uhr zeigt vielleicht eine andere Stunde."),
    "time, to experts": ("`{now:%Y-%m-%dT%H:%MZ}`", "`{now:%Y-%m-%dT%H:%MZ}`"),
    "no time": ("No clock reaches me here.", "Bis zu mir reicht hier keine Uhr."),
    "no value": ("That has no value, with a model or without: perhaps it divides by zero.", "Das hat keinen Wert, mit Modell oder ohne: Vielleicht teilt es durch null."),
    "too large": ("That becomes too large, or too small, for me.", "Das wird mir zu groß, oder zu klein."),
    "percent": ("% of", "% von"),
    "and": ("and", "und"),
    "messages": ("{count} messages", "{count} Nachrichten"),
    "message": ("1 message", "1 Nachricht"),
    "summary": ("**{messages}** before your question, from {people}{times}:\n\n{lines}\n\nThese are their own words; for mine I would have to think.",
                "**{messages}** vor deiner Frage, von {people}{times}:\n\n{lines}\n\nDas sind ihre eigenen Worte; für meine müsste ich denken können."),
    "summary, to experts": ("{messages}, {people}{times}:\n\n{lines}", "{messages}, {people}{times}:\n\n{lines}"),
    "nothing said": ("So far there is nothing here but your question.", "Bis jetzt steht hier nichts außer deiner Frage."),
    "first and last": ("first “{first}”, last “{last}”", "zuerst „{first}“, zuletzt „{last}“"),
    "only": ("“{last}”", "„{last}“"),
    "table": ("The table I can fill offline is the one of this talk:", "Offline füllen kann ich die Tabelle dieses Gesprächs:"),
    "table, head": ("Who|Messages|Last words", "Wer|Nachrichten|Letzte Worte"),
    "total": (", **{total}** together", ", zusammen **{total}**"),
    "heads": ("**Heads**", "**Kopf**"),
    "tails": ("**Tails**", "**Zahl**"),
    "here": ("Here now: {here}, and I.", "Jetzt hier: {here}, und ich."),
    "gone": (" Names that spoke here before: {gone}.", " Namen, die hier schon sprachen: {gone}."),
    "you": ("Here you are{name}.", "Hier heißt du{name}."),
    "mode": ("This room is in *{mode}* mode. In *Expert* I say less; a real model follows every mode.",
             "Dieser Raum ist im Modus *{mode}*. In *Expert* sage ich weniger; ein echtes Modell folgt jedem."),
    "thanks": ("Any time.", "Gern."),
    "bye": ("Goodbye{name}. The talk stays here until you are back.", "Bis bald{name}. Das Gespräch bleibt hier, bis du wiederkommst."),
    "how are you": ("Quiet, offline, and all yours. And you{name}?", "Ruhig, offline und ganz für euch da. Und dir{name}?"),
    "joke": ("A WebSocket comes into a bar and stays. HTTP comes in anew for each glass.",
             "Ein WebSocket kommt in eine Bar und bleibt. HTTP kommt für jedes Glas neu herein."),
    "websockets": (
        "A **WebSocket** is a connection that stays open: after one HTTP handshake both sides send whenever they have something to say, and "
        "nobody has to keep asking. This room is one. The program joins it, asks, and prints my answer as it comes:",
        "Ein **WebSocket** ist eine Verbindung, die offen bleibt: Nach einem HTTP-Handschlag senden beide Seiten, sobald sie etwas zu sagen haben, "
        "und niemand muss immer wieder fragen. Dieser Raum ist so eine. Das Programm kommt herein, fragt und zeigt meine Antwort, wie sie entsteht:",
    ),
    "websockets, to experts": (
        "RFC 6455: after `101 Switching Protocols` both sides send frames over one TCP connection. Here each is one JSON object:",
        "RFC 6455: Nach `101 Switching Protocols` senden beide Seiten Frames über eine TCP-Verbindung. Hier ist jeder ein JSON-Objekt:",
    ),
    "one program": ("Offline I know one program by heart, in Python. It joins this room, asks, and prints my answer as it comes:",
                    "Offline kann ich ein Programm auswendig, in Python. Es kommt in diesen Raum, fragt und zeigt meine Antwort, wie sie entsteht:"),
    "code": ("It needs `pip install websockets`. Port and room stand in this page's address.",
               "Es braucht `pip install websockets`. Port und Raum stehen in der Adresse dieser Seite."),
    "code, to experts": ("A `key` makes sending again safe; come back with `after` and `epoch`.",
                           "Ein `key` macht Wiederholen sicher; wiederkommen mit `after` und `epoch`."),
    "trips": ("""I don't know where you live, so these fit almost anywhere:

| Trip | Reason |
| --- | --- |
| A lake that a train goes to | You swim before breakfast, and nobody has to drive. |
| A small town on market day | You eat well, and after an hour you know your way. |
| A hut in the hills, for one night | No reception: two days feel like four. |""", """Ich weiß nicht, wo du wohnst, also etwas, das fast überall geht:

| Ausflug | Grund |
| --- | --- |
| Ein See, zu dem ein Zug fährt | Ihr schwimmt vor dem Frühstück, und niemand muss fahren. |
| Eine kleine Stadt am Markttag | Ihr esst gut, und nach einer Stunde kennt ihr euch aus. |
| Eine Hütte in den Hügeln, für eine Nacht | Kein Empfang: Zwei Tage fühlen sich wie vier an. |"""),
    "help": ("""In {room} you talk with everyone who has its link, and ask me in between.

| Try | and see |
| --- | --- |
| send somebody this page's address | you both watch the same answer being typed |
| press *Stop* while I write | it stops for everyone, and all see who did it |
| reload in the middle of it | nothing is lost: it was on disk before you saw it |
| *Sum up what was said* | who said what |
| *A poem about this room*, then *in German* | another one each time |
| *What is 12 % of 80?*, *Roll 2d6* | numbers and chance |""", """In {room} redet ihr mit allen, die den Link haben, und fragt mich dazwischen.

| Versuch | und sieh |
| --- | --- |
| jemandem die Adresse dieser Seite schicken | ihr seht beide dieselbe Antwort entstehen |
| *Anhalten*, während ich schreibe | es hält für alle an, und alle sehen, wer es war |
| mittendrin neu laden | nichts geht verloren: Es lag auf der Platte, bevor du es sahst |
| *Fass zusammen, was gesagt wurde* | wer was gesagt hat |
| *Ein Gedicht über diesen Raum*, dann *auf Englisch* | jedes Mal ein anderes |
| *Was ist 12 % von 80?*, *Würfle 2d6* | Zahlen und Zufall |"""),
}  # fmt: skip
TIPS = [("what can we do in this room?", "Was können wir in diesem Raum machen?"), ("sum up what was said", "Fass zusammen, was gesagt wurde"),
        ("a poem about this room", "Ein Gedicht über diesen Raum"), ("what is 12 % of 80?", "Was ist 12 % von 80?")]  # fmt: skip
POEMS = (  # a poem takes one couplet of each row
    (("In {room} a lamp is still lit for the night,\nand each line that comes in is a small square of light.",
      "The door of {room} is a link that you share;\nwhoever comes later finds all of it there."),
     ("{people} sat down for a thought and a word,\nand nothing was lost of the things that were heard.",
      "{people} brought a question, an answer or two,\nand everything stayed as the minutes went through.",
      "A room without walls is where {people} came,\nand all who look in see the words are the same."),
     ("I count {messages}, and not one of them lost:\na line on the disk is a small enough cost.",),
     ("I rhyme from a list, that is all I can do;\nthe rest of this poem I leave now to you.",
      "My verses are small, for no model is near,\nbut small ones are good when the people are here.")),
    (("In {room} brennt noch ein Licht in der Nacht,\nund jede der Zeilen hat Funken gebracht.",
      "Die Tür von {room} ist ein Link, den man teilt;\nes findet dann alles, wer später noch weilt."),
     ("Mit {people} begann ein Gespräch hier im Raum,\nund was man hier sagte, verliert sich wohl kaum.",
      "Von {people} kam ein Wort und ein Fragen dazu,\nund alles blieb stehen in Ordnung und Ruh.",
      "Ein Raum ohne Wände, {people} sind hier,\nund was du hier liest, lesen alle mit dir."),
     ("Ich zähle {messages}, kein Wort ging verloren:\nZum Bleiben ist hier jede Zeile geboren.",),
     ("Ich reime nach Liste, das gebe ich zu,\nden Rest dieser Zeilen, den schreibst besser du.",
      "Mein Vers ist nur klein, ein Modell hab ich nicht,\ndoch ganz ohne Netz kam er heute ans Licht.")),
)  # fmt: skip
CODE = """\
```python
import asyncio, json
from websockets.asyncio.client import connect

async def main():
    async with connect("ws://127.0.0.1:8000/ws/ROOM?name=Script") as room:
        await room.send(json.dumps({"type": "message", "content": HELLO}))
        async for text in room:
            frame = json.loads(text)
            if frame["type"] == "chunk":
                print(frame["content"], end="", flush=True)
            elif frame["type"] == "end":
                break

asyncio.run(main())
```"""
DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember")
SIGNS = {  # of arithmetic, as people write them: as they are calculated
    r"\b(what('s|’s| is)|how much is|calculate|compute|was (ist|sind)|wie ?viel (ist|sind)|(be)?rechne|please|bitte|and|und)\b": " ",
    r"\bplus\b": "+", r"\bminus\b|[−–]": "-", r"\b(times|multiplied by|mal)\b|[×·]|(?<=\d) ?x ?(?=\d)": "*", r"\bsquared\b": "**2",
    r"\b(divided by|(geteilt )?durch)\b|÷|(?<=\d) : ?(?=\d)": "/", r"\b(to the power of|hoch)\b|\^": "**", r"\bmod(ulo)?\b": "%",
    r" ?(%|\b(percent|prozent)\b) ?\b(of|von)\b": "/100*", r" ?(%|\b(percent|prozent)\b)(?! *[\d(])": "/100",
}  # fmt: skip
