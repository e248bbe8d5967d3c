"""When the assistant speaks: what people say to it, about it and to each other, in many languages."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import manners
from utils.manners import addressed
from utils.protocol import CONTENT_UNITS

MESSAGE = 9


def said(id: int, content: str, by: str = "Ann", **more: Any) -> dict[str, Any]:
    kind = {"Pocket": "assistant", "system": "system"}.get(by, "human")
    return {"id": id, "author": {"id": by.lower(), "name": by, "kind": kind}, "content": content, "status": "complete", **more}


def room(*people: str, **more: Any) -> dict[str, Any]:
    here = {"people": list(people), "here": [name.lower() for name in people]}
    return {"speaks": "auto", "assistant": "Pocket", **here, **more}


THREE = room("Ann", "Bea", "Cem")


def is_heard(content: str, name: str = "Pocket", people: tuple[str, ...] = ("Ann", "Bea", "Cem"), **more: Any) -> bool:
    """Whether the assistant called `name` speaks when Ann says `content` among `people`."""
    message = said(MESSAGE, content)
    return addressed(message, room(*people, assistant=name, **more), [message])


def is_followed(content: str, by: str = "Ann", *between: dict[str, Any], speaks: str = "auto") -> bool:
    """Whether it speaks when `by` says `content` after its answer to Ann."""
    talk = [said(1, "Pocket, capital of Australia?"), said(2, "Canberra.", "Pocket", reply_to=1), *between]
    return addressed(said(MESSAGE, content, by), {**THREE, "speaks": speaks}, talk)


def lines(*blocks: str) -> list[str]:
    return [line.strip() for block in blocks for line in block.strip().splitlines()]


# ---- the room's setting --------------------------------------------------------------------------


def test_ann_alone_is_heard_whatever_she_says_and_in_however_many_tabs() -> None:
    assert is_heard("hm ok", people=("Ann",))
    assert is_heard("Bea, are you there?", people=("Ann", "Ann"))
    assert is_heard("hello", people=())


def test_who_was_here_when_it_was_said_decides_who_was_alone() -> None:
    assert addressed(said(MESSAGE, "hello", here=["ann"]), THREE, [])
    assert not addressed(said(MESSAGE, "hello", here=["ann", "bea"]), room("Ann"), [])


def test_always_and_never_listen_to_no_name() -> None:
    assert is_heard("Bea?", speaks="always")
    assert not is_heard("@Pocket", people=("Ann",), speaks="never")


def test_nobody_but_people_is_ever_answered() -> None:
    for speaks in ("auto", "always", "mentioned"):
        assert not addressed(said(MESSAGE, "@Pocket, hi", "Pocket"), room(speaks=speaks), [])
        assert not addressed(said(MESSAGE, "@Pocket, hi", "system"), room(speaks=speaks), [])


def test_mentioned_wants_the_name_or_a_reply_even_of_ann_alone_and_follows_nobody_up() -> None:
    assert not is_heard("hello", people=("Ann",), speaks="mentioned")
    assert is_heard("hello @pocket", people=("Ann",), speaks="mentioned")
    assert is_heard("can Pocket sum this up?", speaks="mentioned")
    assert not is_followed("and in Python?", speaks="mentioned")


# ---- its name ------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", lines("""
    @Pocket
    so @POCKET wrote that
    (see above @pocket)
    _@Pocket_ how far is the moon
    请@Pocket看看
    cc **@Pocket**
    dinner at 8. and another thing @pocket: when does the sun set
"""))  # fmt: skip
def test_an_at_before_its_name_calls_it_anywhere_in_ordinary_text(content: str) -> None:
    assert is_heard(content)


@pytest.mark.parametrize("content", [
    "run `@Pocket help`", "```\n@Pocket, hi\n```\nprints nothing", "~~~\nPocket?\n~~~", "look:\n\n    Pocket, hi\n\nfails",
    "``Pocket, `x` ``", "> @Pocket hi\nwho wrote that", "https://example.org/@pocket", "[Pocket](https://example.org)", "me@pocket.org",
    "pocket@example.org", "pocket.md is gone", "docs/pocket", "npm i @pocket/ui", "#pocket", "www.example.org/@pocket",
    'she wrote "Pocket, sing!" on the wall', "«Pocket, chante !» dit-elle", "看到「Pocket，你好」了", "Ann: pocket?\nPocket: Yes.",
])  # fmt: skip
def test_code_quotations_links_and_file_names_call_nobody(content: str) -> None:
    assert not is_heard(content)


@pytest.mark.parametrize("glued", ["knife", "s", "2", "_", "-", "-san", "é", "_bot"])
def test_a_letter_digit_underscore_or_hyphen_makes_it_another_name(glued: str) -> None:
    assert not is_heard(f"@Pocket{glued} are you coming?")
    assert not is_heard(f"hey {glued}Pocket, are you coming?".replace("-san", "x"))


@pytest.mark.parametrize("content", lines("""
    Pocketさん、今何時？
    ねえPocketくん、今何時？
    Pocket님 오늘 몇 시예요?
    Pocket아 이거 번역해줘
    Pocket老师，这句话对吗
    嘿Pocket你知道吗
    Pocketー、ヒントちょうだい
    Pocketもう一回教えて
    Pocket啊，这句话对吗
    小雨不在，Pocket～幫我查一下
    배고프다 Pocket아 야식 추천 좀
    Pocket'cım bi fıkra anlatsana
"""))  # fmt: skip
def test_a_particle_or_an_honorific_leaves_it_a_call(content: str) -> None:
    assert is_heard(content)


@pytest.mark.parametrize(("name", "content"), [
    ("Deep Pocket", "deep  pocket, what's a SPAC"), ("Zoë", "hey zoe any ideas"), ("José", "qué opinas, JOSE\u0301?"), ("İpek", "IPEK, saat kaç?"),
    ("Işıl", "ışıl, bu ne demek?"), ("Işıl", "@IŞIL bu ne"), ("Siri", "@SİRİ bu ne"), ("小助", "小助帮我翻译"), ("포켓", "포켓아 지금 몇 시야"),
    ("ポケット", "ねえポケットさん、今何時？"), ("Алиса", "давайте спросим Алису"), ("C++", "@C++ what is a template"), ("Sage", "sage, what goes with butter?"),
    ("Dr. Who (beta)", "Dr. Who (beta), when did the war end?"), ("Will", "hey will can you list the months"), ("Pocket", "Ｐｏｃｋｅｔ、助けて"),
])  # fmt: skip
def test_it_knows_its_name_however_it_is_written(name: str, content: str) -> None:
    assert is_heard(content, name)


@pytest.mark.parametrize(("name", "content"), [
    ("Sage", "Sage goes well with butter"), ("Sage", "Sage, rosemary and thyme"), ("Sage", "sage and butter, that's all"), ("Hope", "Hope that helps"),
    ("Will", "will you be there at 8?"), ("Will", "it's, if you will, a mess"), ("Mark", "mark the 14th in your calendars"), ("Echo", "is there an echo here?"),
    ("Sol", "hoy hace mucho sol, vamos"), ("ポケット", "鍵はポケットに入ってた"), ("ポケット", "ポケットモンスター好き？"), ("포켓", "포켓몬 좋아해?"), ("포켓", "포켓에 손 넣지 마"),
    ("Алиса", "я вчера говорил с Алисой"), ("小助", "小助说得对"), ("Pocket", "it's in my pocket"), ("Pocket", "pocket money is tight"),
    ("Pocket", "can pocket knives go in hand luggage?"), ("Pocket", "those trousers have no pocket, why?"),
])  # fmt: skip
def test_its_name_as_a_word_calls_nobody(name: str, content: str) -> None:
    assert not is_heard(content, name)


def test_the_longest_name_is_meant() -> None:
    assert not is_heard("Robot, what's for lunch?", "Rob", ("Ann", "Robot"))
    assert is_heard("rob, what's for lunch?", "Rob", ("Ann", "Robot"))
    assert not is_heard("@Max Power did you get my mail", "Max", ("Ann", "Max Power"))
    assert is_heard("max, what's 2^10", "Max", ("Ann", "Max Power"))
    assert not is_heard("小助手你看到了吗", "小助", ("Ann", "小助手"))
    assert not is_heard("Robert, hi?", "Rob", ("Ann", "Bea"))


# ---- calls, requests, talk about it --------------------------------------------------------------

CALLS = lines("""
    ok pocket
    thx. pocket whats the difference between jam and marmalade
    pocket pls
    Pocket – any ideas?
    Hm, I really don't know. We tried three shops. Pocket, do you know a place that sells yeast?
    is 91 prime, pocket, or am i tired
    explain this like I'm five, Pocket
    translate that pocket
    tell me a joke pocket 😂
    what about you pocket
    what do i do pocket
    what does that mean pocket
    once more pocket
    pocket the sink is leaking what do i do
    biscuits again, pocket, or am i dreaming
    Pocket dear, how do I make the letters bigger
    pocket mate you around
    over to you pocket
    it freezes well, right Pocket
    pocket at what age can they have honey
    bea is asleep so pocket: what's a good film for tonight
    nobody here knows. Pocket, you?
    Pocket kannst du mal nachschauen
    Was meinst du dazu, Pocket?
    pocket mein Guter wie viel Mehl brauch ich
    Pocket kurze Frage, was ist ein ETF
    alle mal abstimmen, du auch Pocket: Berge oder Meer
    Danke Pocket, und jetzt auf Englisch
    ich hab keine Ahnung, Pocket, weißt du das?
    und du Pocket, was sagst du?
    pocket c'est quoi le DNS
    pocket écoute, il me faut un synonyme de joli
    Pocket au secours, ma sauce fait des grumeaux
    tu en penses quoi Pocket
    Bon, on n'avance pas. Pocket, une idée ?
    dis Pocket, quelle heure est-il à Tokyo ?
    pocket qué es el ADN
    pocket hijo cómo se quita el vino tinto
    vosotros y Pocket también, ¿qué nombre se os ocurre?
    ¿qué opinas, Pocket?
    explícame eso otra vez pocket
    oye Pocket, dame una receta
    Pocket me dá três exemplos
    O que você acha, Pocket?
    ei Pocket, me ajuda
    pocket meu filho quanto tempo cozinha o pinhão
    ehi Pocket, dammi una ricetta
    che ne pensi, Pocket?
    pocket cerco un regalo per mia nonna
    Ann, Bea e pure te Pocket: gatto o cane?
    spiegamelo di nuovo pocket
    Pocket、これを要約して
    Pocket これ訳して
    どう思う、Pocket？
    Pocket，总结一下
    Pocket帮我翻译这句话
    你怎么看，Pocket？
    Pocket, 이거 요약해줘
    야 Pocket 노래 추천 좀
    어떻게 생각해, Pocket?
    эй Pocket, дай рецепт блинов
    pocket ищу подарок бабушке
    Pocket дружище помоги с письмом
    Pocket можешь подвести итог
    Понятия не имею. Pocket, ты знаешь?
    pocket hoeveel is 12 keer 13
    a ty co myślisz, Pocket?
    Pocket, bu ne demek?
    يا Pocket كم الساعة
""")
REQUESTS = lines("""
    can Pocket sum this up?
    let's ask pocket how many calories are in that
    I'd love Pocket to write a limerick
    what does Pocket think about this plan?
    maybe Pocket can tell us which bus goes there
    guys stop arguing, let's ask pocket
    guys I'm lost. can Pocket sum this up
    could someone or pocket give me the formula
    asking all of you and pocket too: cats or dogs?
    somebody wake up Pocket, we need a haiku
    i vote pocket picks the film
    I'd rather hear it from pocket
    Pocket should decide
    how about we ask pocket
    all of you and Pocket, what do you think?
    Bea and Pocket, what's your favourite colour?
    everyone incl. pocket: favourite film?
    könnte Pocket uns eine Tabelle machen?
    was meint denn Pocket dazu
    das soll Pocket entscheiden
    mich würd interessieren was Pocket davon hält
    lass uns doch Pocket fragen, wie lange man Linsen einweicht
    was würde Pocket dazu sagen?
    est-ce que Pocket peut traduire ça ?
    demandons à Pocket
    que Pocket tranche, pizza ou sushi
    Pocket va nous départager
    qu'en pense Pocket ?
    ¿puede Pocket traducir esto?
    vamos a preguntarle a Pocket
    que decida Pocket, pizza o sushi
    ¿y qué dice nuestro Pocket?
    ¿qué piensa Pocket de esto?
    o Pocket pode traduzir isso?
    vamos perguntar ao Pocket
    vamos lá perguntar ao Pocket
    o Pocket que decida, praia ou serra
    o que o Pocket acha disso?
    può Pocket tradurre questo?
    chiediamo a Pocket
    e se lo chiedessimo a Pocket?
    decida Pocket, mare o montagna
    cosa ne pensa Pocket?
    Pocketはどう思う？
    Pocketに聞いてみよう
    Pocketが要約してくれる？
    我们问问Pocket
    Pocket能总结一下吗？
    让Pocket来决定
    Pocket한테 물어보자
    Pocket은 어떻게 생각해?
    Pocket이 요약해줄 수 있어?
    давайте спросим Pocket
    давайте у Pocket спросим
    вопрос к Pocket: чем безе отличается от макарон
    может Pocket подведёт итог?
    что скажет Pocket?
    kan Pocket dit even samenvatten?
    Pocket'a soralım
""")
TALK_ABOUT_IT = lines("""
    Pocket said 1989
    Pocket's answer was good
    has anyone asked Pocket?
    ask Pocket, not me
    is it just me or is pocket slow today
    what did pocket say about the train?
    who made Pocket?
    have you tried Pocket yet?
    our assistant, Pocket, said no
    Pocket, the assistant, is part of the room
    Pocket isn't there to do your homework
    you can ask pocket too you know
    let's not ask pocket this time
    if you ask pocket nicely it rhymes
    Bea, Pocket and I agree for once
    pocket calculators were expensive back then
    laut Pocket regnet es morgen
    hast du Pocket gefragt?
    Pocket kann das ganz gut
    wie Pocket schon sagte
    dank Pocket hab ich die Prüfung geschafft
    ich wette Pocket sagt gleich 42
    Pocket, Bea und ich sind uns einig
    Pocket a dit 1989
    comme disait Pocket, tout dépend
    en poche, collection pocket, 7 balles
    tu as demandé à Pocket ?
    la respuesta de Pocket fue buena
    eso ya lo calculó pocket, cuadra
    Pocket, Bea y yo estamos de acuerdo
    pregúntale a Pocket
    ¿quién hizo Pocket?
    segundo o Pocket vai chover
    já perguntei ao Pocket
    acho que o Pocket errou
    um guarda-chuva daqueles pocket, para levar
    credo che Pocket abbia sbagliato
    hai chiesto a Pocket?
    come dice Pocket, dipende
    sei mesi a sentire pocket, però sul foglietto no
    Pocketは1989年って言ってた
    Pocketが選んだ店、閉まってた
    Pocketに聞いたら3時間煮ろって言われた
    Pocketって意外と冗談通じるよね
    Pocketの答えはよかった
    さっきPocketに聞いたよ
    Pocket说是1989年
    我刚问过Pocket
    你去问Pocket吧
    Pocket写的诗还挺押韵
    Pocket算出来的账单和我的对不上
    不是说Pocket会提醒我们的吗
    Pocket叫得人心烦
    Pocket이 1989년이라고 했어
    Pocket의 답이 좋았어
    Pocket한테 물어봤어?
    Pocket 덕분에 숙제 끝냄
    Pocket이 추천한 영화 별로였어
    Pocket 없이도 할 수 있어
    Pocket'ın dediği yanlış çıktı
    سألت Pocket وما عرف
    maine Pocket se pucha tha
    Pocket сказал 1989
    спроси у Pocket
    по-моему, Pocket ошибся
    Pocket powiedział że 1989
    Pocket zei 1989
""")


@pytest.mark.parametrize("content", CALLS)
def test_its_name_as_a_form_of_address_calls_it(content: str) -> None:
    assert is_heard(content)


@pytest.mark.parametrize("content", REQUESTS)
def test_a_request_put_to_it_by_name_is_heard(content: str) -> None:
    assert is_heard(content)


@pytest.mark.parametrize("content", TALK_ABOUT_IT)
def test_it_keeps_silent_when_people_talk_about_it(content: str) -> None:
    assert not is_heard(content)


@pytest.mark.parametrize("content", lines("""
    Bea, can you ask Pocket to sum up?
    Bea, can Pocket do tables?
    @Bea what did @Pocket say
    hey bea did pocket answer you
    guys, did you see what Pocket wrote?
    do you two agree with Pocket?
    Lea, kannst du Pocket fragen?
    Bea, tu peux demander à @Pocket ?
    Beaさん、Pocketに聞いてくれる？
    Bea야, Pocket한테 물어봐줄래?
    what do you think, Bea?
    guys, can Pocket do tables?
    @Dora are you coming?
    what's for dinner
    please send me the invoice again
"""))  # fmt: skip
def test_a_message_to_somebody_else_stays_theirs(content: str) -> None:
    assert not is_heard(content, people=("Ann", "Bea", "Lea"))


@pytest.mark.parametrize("content", [
    "@Bea sure. @Pocket remind us what's on the list", "Bea, @Pocket what do you both think?", "Thanks Bea! Pocket, can you make a table?",
])  # fmt: skip
def test_whoever_is_called_beside_somebody_else_is_called(content: str) -> None:
    assert is_heard(content)


# ---- replies and follow-ups ----------------------------------------------------------------------

TALK = [said(1, "it was 1989"), said(2, "Pocket, when did the wall fall?", "Bea"), said(3, "In 1989.", "Pocket", reply_to=2), said(4, "so what", "Bea")]


def test_a_reply_to_its_message_is_heard_unless_it_turns_to_somebody() -> None:
    assert addressed(said(MESSAGE, "hm I read 1990", "Cem", reply_to=3), THREE, TALK)
    assert not addressed(said(MESSAGE, "Bea, see? I told you", "Cem", reply_to=3), THREE, TALK)


def test_a_reply_to_a_person_is_theirs_unless_the_assistant_is_called_in_it() -> None:
    for theirs in ("how do you know?", "I agree with @Pocket", "can Pocket check that?"):
        assert not addressed(said(MESSAGE, theirs, "Bea", reply_to=1), THREE, TALK)
    for its in ("@Pocket is that true?", "is that true @pocket", "let's ask @Pocket", "Pocket, is that true?"):
        assert addressed(said(MESSAGE, its, "Bea", reply_to=1), THREE, TALK)
    assert not addressed(said(MESSAGE, "and in Python?", reply_to=1), THREE, [*TALK[:1], said(2, "Yes?", "Pocket", reply_to=1), said(3, "hm", "Bea")])


@pytest.mark.parametrize("content", lines("""
    and in Python?
    shorter please
    why
    again, but in German
    now as a table
    ok and how much is that in euros
    are you sure?
    thanks, and what's the second largest?
    three more
    sorry, Perth
    no no, jaguar the car
    sorry i meant the one in ontario
    nope, the other one
    for 6 people
    without the skin
    slightly shorter, same style
    sorted by size, largest first
    would tris be fine if it's cold
    will the ice leave rings tho
    ours is new. still a year or can i get away with 8 months
    transpose it down a step
    i still don't get step 2
    option 2
    max 20 words
    und auf Englisch?
    bitte kürzer
    gilt das auch für die Schiebeleiter
    das ist zu förmlich
    den zweiten ausführlicher
    nein, den Jaguar
    also 3 Löffel oder 4
    nochmal, aber auf Spanisch
    et en anglais ?
    plus court stp
    un peu plus sec
    le deuxième
    je parlais de l'animal
    on peut le congeler
    y de Bolivia?
    más corto por favor
    un poco más corto
    el segundo
    ponlo en gramos
    más sinónimos
    me refería al animal
    e da Bolívia?
    de novo mas em inglês
    um pouco mais curto
    corta pela metade
    dá pra congelar
    più breve per favore
    e quanto costa
    un po' più corto
    il secondo
    si può congelare
    i sanitari a quanto vanno allora
    もっと短く
    あ、リメイクのほう
    子連れだったら？
    駅から近いんだっけ
    箇条書きで
    穴場が知りたい
    じゃあ奈良
    英語でもう一回
    那玻利维亚呢
    我说的是珀斯
    太长了，三句话
    远不远
    換成英文
    預算兩百以內
    便宜一点的
    也要兼容旧版本
    短一点
    더 짧게
    아니 경기도 광주
    적어 주시겠어요
    초딩도 알아듣게 설명 ㄱ
    이거 어떡함
    흑돼지 말고
    4명 기준으로
    막차 시간도 알려주라 우리 밤 비행기라
    하나 더
    короче пожалуйста
    второй вариант подробнее
    по-английски
    слишком официально
    его можно заморозить
    ещё один
    en van Bolivia?
    6 kişilik
    ya da Perth
    peynirli olanı da yaz lütfen
    قصدي من الخبر
    وبالقطار؟
    bina pyaz ke
    और आसान भाषा में समझाओ
"""))  # fmt: skip
def test_whom_it_answered_may_go_on_without_its_name(content: str) -> None:
    assert is_followed(content)
    assert not is_followed(content, "Bea")
    assert not is_followed(content, "Ann", said(3, "nice", "Bea"))
    assert is_followed(content, "Ann", said(3, "Bea set the title", "system"))


@pytest.mark.parametrize("content", lines("""
    haha nice
    ok makes sense
    wow I didn't know that
    what a name
    no it wasn't
    cool, right?
    longer than i thought
    no surprise there
    not even close
    in my day it was five pence
    for once i was right
    only in england
    can confirm
    is what it is
    i knew it
    could be worse
    so noodles till the 3rd. im built for this
    ok, let me try that
    haha stimmt ja
    wie die Zeit vergeht
    muss ich mal ausprobieren
    zu teuer für mich
    und ich dachte immer Sydney
    wer bringt den Grill mit?
    wie cool
    ah oui c'est vrai mdr
    et dire que j'ai répondu Sydney
    encore raté
    ça marche merci
    quelqu'un me prête 20 euros ?
    qué lejos
    menos mal
    otra vez lloviendo
    hay que ver
    ¿lo cocinamos mañana?
    kkk que legal
    caro demais pra mim
    e pensar que pagamos o dobro
    ahah bello
    altro che spiaggia
    lo provo stasera
    なるほど
    哈哈厉害
    아 그렇구나
    ну логично
    вот это цены
    опять дождь
    больше туда не полезу
    did Pocket just say Sydney?
    Bea, did you know that?
    what do you think, Bea?
    Dave, which day did you book?
    anyone else hungry?
    still on lads?
    which of you has been there?
    any objections to friday?
    see @Cem i told you, no capo!! do you believe me now
    bea fancy a pint?
    bea has yours any left?
    you knew that, right Bea?
    shall we leave at 3 then?
    wollen wir dann los?
    on y va ?
    ¿salimos a las 5?
    allora prenotiamo?
    じゃあ行こうか
    じゃあ今夜これにするか
    それは混みそうだなあ
    来週行ってくる
    写真あとで送るね
    部長、資料どこに置きましたか？
    丽丽你看过吗
    植物园我去过了
    太晒了，不想动
    和我想的一样
    那我们周六出发吧
    李老师，作业什么时候交？
    아니 이걸 아네
    다음 달에 가기로 했어
    이번엔 내가 쏠게
    소장님, 측정기 빌릴 수 있나요?
    여기 같이 가자
    bunu biliyordum zaten
    والله تعبت من السواقة
    chalo thik hai
    ну что, пойдём?
"""))  # fmt: skip
def test_a_comment_after_an_answer_and_a_question_to_people_are_not_followed_up(content: str) -> None:
    message = said(MESSAGE, content)
    talk = [said(1, "Pocket, capital of Australia?"), said(2, "Canberra.", "Pocket", reply_to=1)]
    assert not addressed(message, room("Ann", "Bea", "丽丽"), talk)


def test_a_russian_and_a_polish_vocative_call_the_member() -> None:
    talk = [said(1, "Pocket, capital of Australia?"), said(2, "Canberra.", "Pocket", reply_to=1)]
    for content in ("Кать ты это видела?", "Kasiu mierzyłaś tę wnękę?"):
        assert not addressed(said(MESSAGE, content), room("Ann", "Катя", "Kasia"), talk)


def test_an_answer_of_another_assistant_is_no_answer_of_this_one() -> None:
    other = {"id": "sage", "name": "Sage", "kind": "assistant"}
    talk = [said(1, "Sage, capital of Peru?"), {**said(2, "Lima.", reply_to=1), "author": other}]
    assert not addressed(said(3, "hm I read Cusco", reply_to=2), THREE, talk)
    assert not addressed(said(3, "and of Bolivia?"), THREE, talk)


def test_an_answer_that_names_no_question_answered_the_last_who_spoke() -> None:
    talk = [said(1, "Pocket, capital of Peru?"), said(2, "Lima.", "Pocket")]
    assert addressed(said(3, "and of Bolivia?"), THREE, talk)
    assert not addressed(said(3, "and of Bolivia?", "Bea"), THREE, talk)


def test_what_was_said_after_the_message_does_not_count() -> None:
    talk = [said(1, "Pocket, capital of Peru?"), said(2, "Lima.", "Pocket", reply_to=1), said(3, "and of Bolivia?"), said(4, "La Paz", "Bea")]
    assert addressed(talk[2], THREE, talk)


# ---- what English rooms said that earlier rules got wrong ------------------------------------------


@pytest.mark.parametrize(
    "content",
    lines(
        """
        is it legal or not pocket
        old rope, stored dry. safe or bin it pocket
        give us a beat to freestyle on pocket
        the wifi is down again pocket
        """
    ),
)
def test_a_name_at_the_end_that_nothing_takes_is_called(content: str) -> None:
    assert is_heard(content)


@pytest.mark.parametrize(
    "content",
    lines(
        """
        pocket my laptop won't turn on
        pocket the printer is jammed
        pocket is a landlord allowed to come in without notice
        pocket is my milk still ok after 5 days
        pocket does a hot dog count as a sandwich
        """
    ),
)
def test_a_name_at_the_beginning_before_an_article_or_a_pronoun_and_a_question_or_trouble_is_called(content: str) -> None:
    assert is_heard(content)


@pytest.mark.parametrize(
    "content", ["pocket is a lifesaver", "pocket is the best bit", "pocket was the only one awake", "pocket does a great job", "pocket my foot"]
)
def test_what_is_said_about_it_begins_so_too(content: str) -> None:
    assert not is_heard(content)


def test_it_is_put_on_a_task_by_those_who_talk_to_each_other() -> None:
    for content in ("get pocket on it", "it's shouting in here so can pocket make a table", "hand it over to pocket", "someone ask pocket"):
        assert is_heard(content)
    assert not is_heard("Bea omg do NOT let pocket write it")


def test_a_question_for_somebody_and_a_list_of_things_are_not_for_it() -> None:
    for content in ("q for Bea, it goes in the corner pocket, do you lose?", "keys, pocket, bag. i touch all three", "left or right pocket, no idea"):
        assert not is_heard(content)


def test_a_fragment_asks_wherever_it_stands_but_after_a_tale_it_belongs_to_that() -> None:
    for content in ("uranus, just the five big ones", "sorry. in celsius", "a documentary instead", "similar but french"):
        assert is_followed(content)
    for content in ("My Harold proposed to me to that. On the pier, in the rain.", "nan always did two hours. in lard."):
        assert not is_followed(content)


@pytest.mark.parametrize(
    "content",
    lines(
        """
        two hours!! guess we're eating at midnight
        ok im never going on that i felt sick just on the teacups
        ok putting it in now
        who ordered last time, and from which supplier?
        who's helping me load the car then?
        that leaves 20 mins. any suggestions altos?
        friday at mine?
        time to eat
        """
    ),
)
def test_a_remark_and_a_question_to_people_right_after_an_answer_are_not_for_it(content: str) -> None:
    assert not is_followed(content)


# ---- any text ------------------------------------------------------------------------------------

PIECES = st.sampled_from(["Pocket", "@pocket", "Bea", ",", "?", "\n", "```", "`", '"', "> ", "@", "POCKET", "P", "A", "can", "さん", "é", "ẞ", "İ", "ﷺ", " "])
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map("".join))


@given(text=TEXTS, name=st.text(min_size=1, max_size=12), other=st.text(min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_it_decides_on_any_text_with_any_names(text: str, name: str, other: str) -> None:
    for assistant in ("Pocket", name):
        assert is_heard(text, assistant, ("Ann", "Bea", other)) in (True, False)
    assert is_followed(text) in (True, False)


@given(text=st.lists(st.sampled_from([*CALLS, *TALK_ABOUT_IT]), max_size=3).map("\n".join))
@settings(max_examples=100, deadline=None)
def test_decomposed_letters_and_capitals_are_heard_alike(text: str) -> None:
    assert is_heard(text) == is_heard(unicodedata.normalize("NFD", text)) == is_heard(text.upper()) == is_heard(text.lower())


@given(text=st.sampled_from([line for line in CALLS if "`" not in line]))
@settings(max_examples=50, deadline=None)
def test_a_call_that_is_quoted_or_in_code_is_none(text: str) -> None:
    assert not is_heard(f"```\n{text}\n```")
    assert not is_heard(f"look: `{text}`")
    assert not is_heard(f"> {text}")


HOSTILE = ["a ", "pocket,", "pocket ", "@pocket", "bea, ", "`a", "`", "```\n", '"', "“", "[", "[](", "> a\n", ",", ". ", "?", "\n", "ok ", "what ", "let's ", "ﷺ", "😂", "- ", " "]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_message_costs_as_much_as_one_that_is_just_looked_at_whole(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in what is matched against the patterns of whole texts and sentences: no more of it for sixteen times as much text."""
    read, seen = manners._read, []

    def counted(*given: Any) -> list[manners.Sentence]:
        seen.append(read(*given))
        return seen[-1]

    monkeypatch.setattr(manners, "_read", counted)
    for length in (manners.LETTERS, CONTENT_UNITS):
        is_followed((piece * length)[:length])
    small, large = (sum(len(sentence.text) for sentence in sentences) for sentences in seen)
    assert len(seen[1]) <= manners.SENTENCES + manners.TIMES
    assert large <= small + manners.TIMES * (2 * manners.AROUND + 10)


def test_a_call_is_heard_at_the_beginning_in_the_midst_and_at_the_end_of_a_long_message() -> None:
    prose = "We went to the shop and bought some bread. " * 150
    for content in (f"Pocket, sum this up: {prose}", f"{prose}\nPocket, what do you think?\n{prose}", f"{prose}What do you think, Pocket?"):
        assert len(content) > 3 * manners.LETTERS
        assert is_heard(content)
    assert not is_heard(f"{prose} Pocket said so. {prose}")


def test_what_people_say_to_each_other_is_not_read_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of talk costs only a look for the assistant's name, and for its answer right before."""

    def read(*given: Any) -> list[manners.Sentence]:
        raise AssertionError(given)

    monkeypatch.setattr(manners, "_read", read)
    for content in ("did you see the match?", "vous avez vu ça ?", "昨日の試合見た？", "Bea, are you there"):
        assert not is_heard(content)
        assert not is_followed(content, "Bea")
        assert not is_followed(content, "Ann", said(3, "nice", "Bea"))
