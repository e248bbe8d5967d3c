"""The words by which utils/manners.py hears who is spoken to: a table for each language, and how its patterns are read.

A row lists patterns. In a pattern `_` is a space, `/` stands between words of which one is meant, `~` is a space within one of them,
`…` is up to three words of any kind, `*` any letters (alone: a word), `+` a pronoun or ending glued to a verb, P the assistant's name;
the rest is as in `re`. Accents and case do not matter. A new language is one more table; rows may be left out.

hail     right before a name: calls it                      take   a name after it is not called
open     opens a sentence, before a name that is called     does   after a name: what it does; a name after it is not called
please   makes a request of what is before or after it      say    after a name: other words for what is said about it
ask      begins a question or request                       and    joins names that are called together
turn     asks one person, in the middle of a sentence too   can    with its name after it, asks for what it is to do
self     after the name: the one who speaks to it, or it    able   asks so with its name before it and a question mark
you      speaks to one person                               named  asks so with its name in it
hint     with a question mark, begins a question            not    looks like `can` or `named`, and is not
thing    what one asks for, after the name                  group  calls several people, as a name does
end      ends, or is part of, a question or request         pair   speaks to several people, wherever it stands
more     begins a request to go on or change the answer     us     asks people what they do, know or have
article  before an adjective before a name: a mere word     tag    ends a comment with a question mark
idle     looks like `ask` or `more`, and is not             title  after the name: belongs to it
part     begins a request that is but a few words           remark a word of a comment: no `part` with it is a request
whole    before a name: a question that takes no more       call   right before a name: calls it, wherever it stands
any      whoever may answer; called only together with it
"""

import re
from collections.abc import Callable
from itertools import groupby

UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # letters of languages that glue particles and endings to words
TRADITIONAL = (  # Chinese characters of the tables, each before the simplified one that they have
    "麼么嗎吗請请幫帮說说給给為为爲为個个這这還还沒没會会過过誰谁幾几問问題题寫写講讲譯译總总結结換换畫画讓让對对來来時时間间樣样點点錯错繼继續续簡简單单詳详細细現现種种師师學学們们裡里裏里覺觉認认評评價价"
    "圖图號号謝谢開开關关長长遠远錢钱應应該该識识聽听見见計计較较決决訴诉與与紹绍議议試试連连帶带當当後后從从實实際际體体歲岁兩两條条標标別别據据減减選选擇择釋释檢检訂订預预發发難难貴贵熱热車车擱搁麪面險险"
    "項项順顺則则圍围內内適适書书買买賣卖費费區区數数語语舉举縮缩類类極极專专業业複复雜杂囉啰義义詞词優优無无歡欢讚赞辦办處处鐘钟塊块網网轉转註注鏈链報报導导絕绝狀状況况飯饭葉叶親亲愛爱媽妈爺爷兒儿豬猪魚鱼"
    "雞鸡嚮向強强練练習习純纯額额閒闲臉脸"
)
_ENCLITIC = "(?:-?(?:me|mi|nos|ci|mel[ao]|nosl[ao]|cel[ao]|l[aeio]s?|ne|те|ка))?"


def pattern_of(fold: Callable[[str], str], *roles: str) -> str:
    """The regular expression for the rows `roles` of all tables; of several patterns that fit, that of most words is taken."""
    items = {item for table in TABLES.values() for role in roles for item in table.get(role, "").split()}
    ordered = sorted(items, key=lambda item: (len(re.findall("[_…]", item)), item), reverse=True)
    spaced = _alternatives([item for item in ordered if not UNSPACED.search(item)], fold)
    unspaced = _alternatives([item for item in ordered if UNSPACED.search(item)], fold)
    return f"(?:(?<![\\w'])(?:{spaced})(?!-?\\w)|{unspaced})"


def words_of(fold: Callable[[str], str], *roles: str) -> frozenset[str]:
    """All words of the rows `roles`."""
    return frozenset(word for table in TABLES.values() for role in roles for word in re.findall(r"[^\W_]+", fold(table.get(role, ""))))


def _alternatives(items: list[str], fold: Callable[[str], str]) -> str:
    """One of `items`, of which only those are tried that begin with the next letter: there are hundreds."""
    by_letters: dict[str, list[str]] = {}
    for item in items:
        words, rest = re.split("(?=[_…]|$)", item, maxsplit=1)
        first = {word: _first_letters(word, fold) for word in ([words] if words[0] in "(^" else words.split("/"))}
        for letters, group in groupby(sorted(first, key=lambda word: first[word]), key=lambda word: first[word]):
            by_letters.setdefault(letters, []).append(_expression("/".join(group) + rest, fold))
    others = by_letters.pop("", [])
    tries = [f"(?=[{letters}])(?:{'|'.join(expressions)})" for letters, expressions in by_letters.items()]
    known = f"(?=[{''.join(by_letters)}])(?:{'|'.join(tries)})" if tries else "(?!)"
    return f"(?:{'|'.join([known, *others])})"


def _first_letters(word: str, fold: Callable[[str], str]) -> str:
    """What `word` may begin with; nothing if that is not plain."""
    group = re.match(r"\(\?:([^()?*]+)\)(?![?*])", word)
    firsts = {"PA" if one[0] == "P" else fold(one)[0] if one[0].isalpha() else "" for one in (group[1].split("|") if group else [word])}
    return "" if "" in firsts else "".join(sorted(firsts))


def _expression(item: str, fold: Callable[[str], str]) -> str:
    gap, space = (".{0,12}?", " ?") if UNSPACED.search(item) else ("(?:,? [^ ,]+){0,3}?,? ", ",? ")
    parts = [[_word(word, fold) for word in part.split("_")] for part in item.split("…")]
    return gap.join(space.join(words) for words in parts).replace(f"{space}(?:*)", r" (?![A-Z])\w+")


def _word(word: str, fold: Callable[[str], str]) -> str:
    each = [re.sub("[^P*]+", lambda text: fold(text[0]).strip(), one) for one in word.replace("~", " ").split("/")]
    verbs = [one[:-1] for one in each if one.endswith("+")]
    either = "|".join(sorted((one for one in each if not one.endswith("+")), key=len, reverse=True))
    if verbs:
        either = f"(?:{'|'.join(sorted(verbs, key=len, reverse=True))}){_ENCLITIC}" + (f"|{either}" if either else "")
    return f"(?:{either})" if word == "*" else f"(?:{either})".replace("*", r"\w*").replace("P", "[PA]'?")


TABLES: dict[str, dict[str, str]] = {
    "en": {
        "hail": "hey/hi/hello/hiya/heya/yo/oi/howdy/dear/thanks/thx/ty/sorry/listen thank/over~to/and/about_you excuse_me"
        " good_morning/afternoon/evening/night good_night gm/gn/mornin/morning/evening over_to oh_hey/dear your_turn",
        "open": "ok/okay/okey/k/kk/alright/right/so/well/then/and/but/also/now/anyway/oh/ah/aha/um/uh/uhm/er/hm/hmm/hmmm/huh"
        "/ooh/ha/hah/hehe/yes/yeah/yep/yup/no/nope/nah/lol/haha/hahaha/lmao/rofl/omg/wow/whoa/wait/damn/btw/actually/again/just/sure/true"
        "/cool/great/nice/good/perfect/fine/awesome/brilliant/interesting/exactly/otherwise/finally/seriously/honestly"
        "/question/idk/dunno/ugh/there/instead/all/first/next/last/quickly/later/n/bruh/man/god/gosh/jeez/hmph/pfft/oops/whoops/argh hold/hang_on by_the_way in_that/any_case"
        " good_question no_idea/clue i_think/guess/say/mean fair_enough makes_sense got_it come_on let_me_see one_last"
        "/more_thing right_then",
        "please": "please/pls/plz/plox pretty_please",
        "ask": "what/whats/what's/who/whos/who's/whose/whom/which/when/where/wheres/where's/why/how/hows/how's/any/don't/dont"
        "/tl;dr/tldr can/could/would/will/do/did/have/are/should/shall/am/may_i/we/they/someone can/could/would/will/does/did"
        "/has/is/are/was/were/isn't/aren't/doesn't_it/this/that/these/those/they/he/she is/are/was/were_there_a/an/any/some"
        "/anything/another/something/still/more/such do/does/are/can/should/would/will/could_the/my/our/these/those"
        " is/are/was/were/does/did/do/has/have_your/yours/ur at/in/on/for/by/from/to/since/until/till/with/about_what/whats/which/whose/whom/where/when/how u/you_there/here/around/know quick/short/one/another/simple/stupid_question/q/thing/one/maths/sum/poll/favour/favor/check i_need/want"
        "/wonder/prefer i'd_like/rather/love i_would_like/rather help_me/us/with give/tell/show/send/get/make/find/bring_me"
        "/us tell/explain/translate/summarise/summarize/sum/give/show/write/make/draft/list/help/find/check/compare/calculate"
        "/compute/convert/draw/remind/repeat/rephrase/rewrite/reword/proofread/shorten/simplify/expand/elaborate/continue"
        "/describe/suggest/recommend/define/spell/pick/choose/decide/count/search/google/look/add/remove/replace/turn/put"
        "/format/sort/rank/roll/flip/rate/guess/imagine/pretend/assume/correct/improve/outline/name/read/sing/quote/cite/use"
        "/try/go/keep/carry/say/estimate/plan/create/generate/answer/solve/analyse/analyze/review/brainstorm/quiz/start/note"
        "/recap/propose/invent/rhyme/paraphrase/clarify/fix/cut/combine/settle/save/order/compile/cook/point/group/label"
        "/multiply/divide/subtract/split/round gimme skip/leave/drop/swap/change/double/halve/bold/move/include/exclude"
        "/ignore/finish/undo/redo/limit/merge/mention/mix/pack/pause/phrase/post/prepare/print/prove/pull/push/record/reduce"
        "/refer/register/report/reserve/reset/restart/resume/reverse/revise/run/scale/schedule/scroll/select/separate/shuffle"
        "/specify/stick/store/substitute/switch/teach/test/throw/time/transform/transcribe/type/underline/update/verify"
        "/visualise/visualize/transpose/hit~me/hit~us/walk/warn/weigh/act/adapt/adjust/apply/arrange/assemble/assess/assign/break/bring/build"
        "/classify/collect/complete/compose/concentrate/consider/copy/crunch/debug/decode/deliver/demonstrate/detail"
        "/determine/develop/discuss/distinguish/dig/edit/emphasise/emphasize/enter/evaluate/examine/exchange/explore/extend"
        "/extract/fill/filter/focus/forecast/grade/highlight/identify/illustrate/integrate/interpret/introduce/join/judge"
        "/lengthen/lower/map/mark/measure/number/optimise/optimize/order/organise/organize/predict/present/prioritise"
        "/prioritize/provide/recite/reconsider/refactor/restate/roast/rewind/sketch/step~by/surprise/trim/validate/wrap"
        " too_wordy/boring/generic/plain/dry/cheesy/small/big/easy/fast/slow/advanced/long/short/complicated/formal/expensive/hard/difficult/technical/vague that's_too that's_way_too that's_not_what i'd_prefer"
        " is/are/was/were_a/an/the/my_*_allowed/supposed/required/able/entitled/legal/illegal/meant/obliged/liable needs_to_be the_rest step_by_step full_list why_not how_so half/twice_of/that/as remember stop or_am/is/are/was/do/does/did/can/could/should/would/will_i/we/you/it/that/this/they/he/she is_that_all has/have/did_anyone/anybody/everyone"
        " take_notes/note/over/us/me sos emergency back/hook/bail/talk_me/us_up/out/through we_need/want need_your/help minus/link_\\w{1,30} ever_heard/seen/tried/been/read/wondered/had/thought fancy_\\w+ing got_any/anything/time got_a/an_source/link/recipe"
        "/example/tip/spare/minute/sec be_honest/brief/nice/concise/specific/careful/kind/gentle/quick pronounce/confirm/cancel"
        "/double-check/doublecheck need_a/an/the/some/more/another/it/one/someone/somebody/something in_one/two/three/a/ten_word/words/sentence/sentences/line/lines/nutshell is/are/was_the/my/our/his/her_(?!best|worst|only|most|one)*_open/closed/shut/ok/okay/safe/still/free/due/worth/poisonous/dangerous is/are/was_the/my/our/his/her_(?!best|worst|only|most|one)*_*_open/closed/shut/ok/okay/safe/still/free/due/worth/poisonous/dangerous does/do_a/an/the/my/our/this_*_work/count/cost/need/mean/have/go/contain/last/start/open/close does/do_a/an/the/my/our/this_*_*_work/count/cost/need/mean/have/go/contain/last/start/open/close"
        " you_forgot/missed/misread do_another/one/more/that/it/the/this cut",
        "turn": "can/could/would/will/do/did/have/are/were/should/may/might/won't/can't/couldn't/don't/aren't_you/u/ya whaddya"
        " wdyt",
        "self": "then$ instead$ a_quick/short/silly/daft/little/small my/our the_*_is/isn't/are/was/won't/wont/keeps/has/says/doesn't if_i/i'm/we/my/our/the/there/it it_says/keeps/won't/wont/doesn't/still i/i'm/i've/i'd/im/we/we're/we've you/u/you're/you'd/you've/your",
        "you": "you/u/your/yours/yourself/ur/you'd/you're/you'll/you've",
        "hint": "ideas/idea/thoughts/opinion/opinions/help/advice/the/in/for/best/your/same/another/more/next/ready/possible"
        "/true",
        "thing": "joke/recipe/haiku/poem/limerick/synonym/synonyms/antonym/translation/summary/capital/fact/facts/list/weather"
        "/forecast/definition/example/examples/tips/tip/story/song/quote/ideas/explanation/formula/quiz/reminder/meaning"
        "/plural/opposite/source/sources/link/details/table/rhyme/rhymes/bullets/points/riddle/pun/slogan/title/outline/pros/calories"
        "/temperature/time/date/distance/population/price/conversion/steps/instructions/alternative/alternatives/names/word"
        "/words/update/recap way/place/time_to",
        "article": "a/an/the/my/your/his/her/our/their/no/this/that/these/some",
        "take": "who/who's/whos_* who/who's/whos_*_* a/an/the/my/your/his/her/our/their/its/no/every/each/some/which/what/whose"
        "/like/than/as/not/only my/your/his/her/our/their_* of/to/with/from/for/about/by/in/on/at/into/off/via/per/without"
        "/against/after/before/behind/inside/near/over/under/through in/of/on/from/to_this/that and/or/but/nor/vs/versus/if"
        "/because/when/while/since is/are/was/were/be/been/being/isn't/wasn't/does/did/do/has/had/have what's/whats/who's"
        "/where's/how's ask* tell/tells/told/telling give/gave/gives/given show* use/used/uses/using try/tried/tries/trying"
        " love* like/liked/likes hate* trust* know/knows/knew need* want* see/seen/saw/sees mean/means/meant call* name/named"
        "/say/says/said/spell/pronounce/type*/blame*/thank/mute*/ping*/mention*/tag/tagged/make/made/build/built/create"
        "/created/own/owns/run/runs/buy/bought/install*/open*/launch*/start/started/restart*/stop/stopped/add/added/remove*"
        "/delete*/update*/invite*/block*/fix/fixed/pick/choose/chose/prefer*/let/lets/let's/get/got/met/meet/heard/read/miss"
        "/missed/rename*/configure*/believe*/quote/quoted/copy/copied/sell/sold/hold/wear/empty/fill",
        "any": "someone/anyone/somebody/anybody/everyone/whoever",
        "call": "q/question/quiz/puzzle/riddle_for",
        "whole": "or_not something/anything/somewhere/somebody_to_*_on/to/with/in/for/at a_*_to_*_on/to/with/in when/who…in/up/on/out/off/over/back how's/hows/what's/whats_your_* who's/whos_right/wrong/better/first/next/winning/correct you_decide/choose/pick do/show/use/need_your_* what/whats…do/mean/say/try/use/need/want/get/buy/make/know/read/see/add/wear/eat/cook where…from/to what…made_of how…do"
        " still/all/who's/whos_on/in/up",
        "title": "lol/haha/omg/hun/babe/luv dear/darling/dearest/mate/buddy/pal/bro/dude/sir/honey/sweetie/bot/please my/old_friend/dear/love/buddy"
        "/pal/man/boy love(?=,|$)",
        "end": "what/how/where/when/why/which/who_do/does/did/can/could/should/would/will_i/we/you/they/it/he/she/the/a/this"
        "/that/people/my/our how/where/when/why_is/are/was/were_i/we/you/they/it/the/a/this/that/my/our what's/whats_the/a"
        "/an/best/your or_can/could/should/would/do/does/is/are/will_i/it/that/they/we/he/she/the once_more/again one_more"
        "_time try_again start_over again_please doesn't/didn't/won't/not_work/load/open/start/compile is/will/would/does/do_that/it/this_work/enough/ok/okay/do/fine/possible"
        "/count how_long/much/many/far_would/will i_mean/meant$ now_what what_now how_much/many/long/far/old/big/often_is/are/does/do/did/was/can/should next$ ok_next$ eli5 says_who would/might_help or_(?!leave|take)*_it/them or_not/no/false (?:here|again|today|tonight|tomorrow|thoughts|ideas|verdict)(?=~$) but/and_does/did/do/is/are/can/will_he/she/it/they/you/the would/will/can/could_*_do/work_it/instead would/will/can/could_*_*_do/work_it/instead",
        "does": "is/was/are/were/has/had/have/does/did/said/says/thinks/thought/told/tells/knows/knew/wrote/writes/gave/gives"
        "/answered/answers/replied/replies/got/gets/made/makes/seems/seemed/suggested/suggests/recommended/recommends/claims"
        "/claimed/means/meant/can/can't/could/will/would/should/might/must/isn't/wasn't/doesn't/didn't/won't/found/finds"
        "/helped/helps/keeps/kept/went/goes/came/comes/likes/loves/forgot/asked/asks/mentioned/explained",
        "say": "never/always/already/just/really/probably/still *ed",
        "and": "and/&/plus/including/incl/n/or(?=\\sP) as_well_as together_with and/or_also/maybe/even/perhaps",
        "can": "can/could/would/will/may/might/can't/couldn't/won't/wouldn't/should_P what/how/which_would/should/could_P"
        " does_P_know/have/think/remember/understand/agree/see/speak/want/mind is_P_able/up/willing has_P_got_any/an/a maybe"
        "/perhaps_P_can/could/knows/has/will/would/might/should",
        "able": "can/could/would",
        "named": "what/which/how/who…does/do/would/might…P_think/say/know/suggest/recommend/reckon/advise/feel/prefer/choose"
        "/pick/propose let's/lets/let~us…ask/have/let/get/make/consult/try/see/hear_P let's/lets/let~us…ask/have/let/get…P"
        " can/could/shall/should/might/may/don't/dont_we…ask/have/let/get_P can/could/shall/should/might/may/don't"
        "/dont_we_ask/have/let/get…P we_can/could/should/might/may_ask/have/let/get_P we_can/could/should/might/may_just/also"
        "/always_ask/have/let/get_P let_P_decide/answer/try/choose/pick/do/handle/explain/speak/settle/check/help/tell/write"
        "/make/give/sum/judge why_not_ask/have/let_P how/what_about_asking/having/letting_P i'd/i/we/we'd_like/want/need"
        "/love_P_to i_would_like_P_to i_wish_P_would wonder/wondering/curious_what/how/if/whether/which/who_P see/hear"
        "/know_what/if/whether/how_P_thinks/says/knows/suggests/would/can what's/whats_P's_take/opinion/view/advice/verdict"
        "/guess question/task/job/one_for_P let_me_ask_P, if_P_could/can/would any_*_from_P ideas/thoughts/input/opinion"
        "/advice/help_from_P have/get_P_to we_need_P_to/for time_to_ask_P P's_opinion/take/view/thoughts/verdict_please how"
        "/what's_about_P's_opinion/take P_should_decide/answer/choose/judge/pick i'm/im/i'll/gonna_asking/ask_P, want/need"
        "/like_P's_opinion/take/view/advice/help what_is_P's_take/opinion/view/advice/verdict/guess/answer P's_turn to_know"
        "/hear_from_P ^asking_P P_picks/decides/chooses/settles/judges/referees/rules P_can/should/could/must/may/gets~to/has~to"
        "/needs~to_work~it/settle/decide/pick/choose/judge/referee/break/sort~it/figure/calculate/be~the~judge i/we_vote/say"
        "/suggest/propose/nominate/reckon_P_picks/writes/tells/makes/gives/does/decides/chooses/explains/answers/sorts/helps"
        "/settles/reads/sums i/we/i'd/we'd_want/wanna/like/need/love…ask/hear…P i/we/i'd/we'd_want/wanna/like/need/love/take"
        "_it/that/this/one/some/them_from_P how~about/what~if/how~bout_we_ask/asking/have/let/get_P see/hear_what_P_has/makes put/putting_it/this/that_to_P time_for_P_to love/get/hear_P's_opinion/take/view/advice/help/thoughts P_gets_the/to P_included/inclusive one's_for_P rather/want~to/wanna/like~to_hear_it/that/this_from_P wake/summon/paging/fetch_P wake_up_P wake_P_up bring/call/page/get_P_in bring_in_P"
        " up/down/over_to_P_now leave_it/this/that_to_P let_P_have/take_a/it/this/over someone/somebody_ask/get/call/wake_P hand/pass/throw_it/this/that_over/on_to_P hand/pass/throw_it/this/that_to_P get/put/set_P_on/onto_it/this/that/the so/and/but/or/please_can/could/would/will_P",
        "not": "can/could/would/will/may/might/should_P_[a-z]{2,20}[a-rt-z]s/money can/could/will/may/might/should_P_be let's/lets/better/rather_not don't/dont/not/never_let/ask/have P_my_foot/arse/ass",
        "group": "guys/folks/everyone/everybody/gang/friends/peeps/lads/mates/fellas/girls/boys/ladies/gents ^all/^people/^team"
        " hi/hey/hello/morning/ok/dear/thanks_all/people/team all/both_of_you you_all/guys the_two/three/four_of_us us/we_two/three/four",
        "pair": "you_two/three/both/guys/lot/folks/all both/two/some/most/any/each/one/none/which/who/who's/whos/how~many_of_you"
        " y'all/yall",
        "us": "shall_we any_objections/takers/volunteers/opinions anyone/anybody/someone/somebody/everyone/everybody/folks should/are/were/do/did/have_we which/who/some"
        "/all/any_of_us shall/should_i_book/get/bring/pick/drive/order/call/come/reserve who_wants/fancies/is/else/has/have/needs/got/forgot/ordered/bought/brought/borrowed/booked/paid/finished/nicked/ate/drank at_mine/ours who's/whos_in(?!~(?:it|the|this|that))/coming/going/up/got/cooking/driving/paying/on/free/first/next/helping/making/doing/bringing/taking/getting/picking/washing/joining/carrying/fetching/staying any_suggestions/ideas/thoughts_(?!besides)*s$",
        "more": "and_* but_* or_* n_* or_in/with/as/for/without now_in/as/with/for/the/make/a/an/one nothing_too/with/over/under would/will/could/can/should/does/is"
        "/are_the/a/an/my/our/his/her/their/your/these/those/there/any/some/people/he/she/they/it does_* can/could/would/will/do"
        "/should_\\w+s_* would/will/could/can/should_*_work/be/do/have/help/make/go/count/last/keep/melt/fit is/are_*_ok/okay"
        "/fine/good/bad/safe/better/enough/possible/allowed would/will/can/could/should/do_*_*_work/be/do/have/help/make/go/count/last"
        "/keep/melt/fit is/are_*_*_ok/okay/fine/good/bad/safe/better/enough/possible/allowed it_keeps/won't getting_a/an/this/error i_should_have/of_said/mentioned i_was_asking i_asked whereabouts roughly/about_how/what pros_and_cons"
        " bit/slightly/little_more/less_(?!than)\\w{1,30} meant_* not_sure_i_follow/get/understand verse/chapter/part/step/option/number_one/two/three/four option/number/step/point/part/version"
        "/example/question_\\d{1,6} i_still_don't/dont_get/understand didn't/doesn't/not_work/working \\w{1,20}(?<!ed|ng)_it/them_for/to/into/with/as/in/out/up/down/again/instead/by"
        "/without/like/please wrong_*_the/i/it let's/lets_try"
        "_a/another/it/again/something let's/lets_say/assume you/u_sure could/should/can_be_more/less/shorter/longer/simpler more/less/shorter/longer/simpler"
        "/cheaper/bigger/smaller/faster/slower/easier/harder/funnier/another/again another/next/previous"
        "/using/except/something/anything/two/three/four/five/ten_* one/two"
        "/three/four/five/a~few/some_more once_more/again yes_please/do do_it/so/that no_i_mean/meant i_mean/meant i_don't"
        "/dont_understand/get~it go_ahead not_so_* the/that_first/second/third/fourth/last/next/other/same/one"
        "/ones one_for/about/with_* half/double/twice_*",
        "part": "the_*_not no/nope/nah/sorry/oops/not_\\w{1,40} in/as/for/to/at/on/per/by/after/before/during/under/over/between/around/until"
        "/till/since/without/with/from/into/including/excluding/assuming_* bit/a~bit/a~little/slightly/way/much/even_more/less"
        "/shorter/longer/simpler/cheaper/bigger/smaller/faster/slower/easier/harder/funnier one/two/three/four/five/\\d{1,6}_*_max"
        "/only/tops/each only/just/max/maximum/minimum/at~most/at~least_*"
        " sorted/grouped/ordered/formatted/rounded/written/translated/starting/split/ranked_* the_*_one/ones/instead/version/part/kind"
        "/type/way/bit/other every/each_* same/similar_* a/an_*_one/ones/instead \\w{1,20}_and_*_ones",
        "remark": "i/i'm/i've/im/ive/id/i'd/i'll/we/we're/we've/we'll/he/she/they/they're/it/it's/it'll/its/that's/thats/this"
        "/was/were/is/are/isn't/wasn't/lol/haha/hahaha/lmao/nice/wow/thought/knew/then/idea/wonder/worries/problem/chance"
        "/doubt/thanks/thank/great/lovely/funny/cool/sure/real/once/expected/usual/always/never/ever/wrong/right/me/well/kidding"
        "/joke/offence/offense/biggie/bother/luck/comment/matter/surprise/surprised/shit/kidding/bad/far/honest/fair/record"
        "/there/here/point/here's/there's/though/tbh/imo/imho/too/really/actually/tbh/rush/need/forgot/left/doing/going/having/ordered/bought/told/got/did/made/tried/saw/checked/booked/sent/way$/dear/god/gosh/man/yesterday/already",
        "tag": "right/yeah/no/huh/eh/innit/ok/okay/see isn't/aren't/wasn't/doesn't/don't/didn't/won't/can't_it/that/he/she/they"
        "/we",
        "idle": "what_a/an how_nice/cool/funny/sweet/cute/interesting/lovely/weird/odd/sad/great/true/strange/exciting/annoying"
        "/embarrassing what/how/when/where/who/why_i/we/they/he/she let_me/it/them never_mind forget_it tell_me_about_it"
        " who_knew/cares/knows how_dare what_the/ever more/less/shorter/longer/simpler/cheaper/bigger/smaller"
        "/faster/slower/easier/harder_than_i/mine/expected/my/you'd/we/me at_last/least only_in/here or_not no_idea/clue_what/how/why/where/who/when did_that/it/this_yesterday/once/already/too"
        "/before/last/for/and/with would/will/could/can/should/do/must/might_never/not/also/probably/definitely/totally/always"
        "/still/just/love/have/do could/can/would_be_worse/fun/nice/true/right/wrong/better/good/great/cool/lovely/handy i'm_* im_so/never/always/also/too/glad/happy/only/getting/having/taking/doing/built/ready/hungry/starving/dead/not/just/going/gonna/sure/still/a/in/on/off/with/done/out"
         " no/not_more/even/gonna/surprise/shit/doubt more_than_enough more_expensive_than three_cheers two_of_mine/for same_as_mine/me/here in_other_news on_that_note the_best/worst/only_* that's_too_bad/funny/cute/kind/sweet/much/true just_like/as/saw/kidding only_joking/kidding/took another_win/one~for~me did_that$ i_can't/cant/couldn't/won't/had/knew/wrote/said/told/thought/got/did/never/just/always/love/like/hate/see/guess/bet/agree/used/think/reviewed"
        "/work love/hate/got/had/knew/did/took/made/thought/bet/hope/guess/think/wrote"
        "/saw/found/left/read/told/said/with/of/than/because_it/them i_remember/forgot guess_i/i'm/i'll/that/that's/we/we're/we'll/it/it's/so/who/what/he/she/they imagine_that/living/being/having try_telling tell_that_to make_of go_team/you/me/him/her/them"
        " count_me keep_the_change give_me_strength/a~break give_it_a leave_it_with remember_when/that check_the_group/chat say_no_more"
        " change/money/park/watch/book/guide_is/was/are not_again in_my_day/case/experience/house/school/family/country/head does_the_job/trick does_look/sound/seem/make is_the"
        " and/but/or/yes/so/now/then/with/in/as/for_i/i'm/i've/we/it/it's/its"
        "/that/that's/thats/they/he/she/you/this in_the/my/our_end/opinion as/for_expected/usual/always/sure/real/once/now"
        " and/but/so_the/my/our_*_gets/is/was/goes/has/got/will/can/says/did/does time_to/for two/three/four/five/ten_hours/minutes/mins/days/weeks/months/years/quid/pounds/dollars/euros/miles/metres/degrees i_need/want_to/that say_no/what don't/dont_worry/mind go_figure same_here makes_sense look_at/who keep_it~up/up"
        " sorry_my/wrong/for/about/i'm/im/that nice_to good_to with_pleasure in_fact/general something_like again_what"
        " more_or_less and_here/there",
    },
    "de": {
        "hail": "hey/hi/hallo/servus/moin/huhu/na/du/danke/merci/tschuldigung/entschuldige/sorry/liebe/lieber/hör/mensch/digga"
        "/komm/hilfe/los sag_mal hör_mal und_du grüß_dich guten_morgen/tag/abend vielen_dank gute_nacht",
        "open": "ok/okay/gut/also/so/ja/jo/jup/nein/nee/ne/und/aber/oder/dann/jetzt/nun/noch/übrigens/ach/oh/hm/tja/äh/ähm"
        "/genau/stimmt/super/toll/cool/schön/klasse/prima/haha/hihi/lol/wow/boah/warte/moment/naja/eigentlich/vielleicht/mal"
        "/doch/nochmal/alles~klar/krass/ups kurze_frage keine_ahnung ich_glaube/denke mal_sehen",
        "please": "bitte/biddö/bidde",
        "ask": "wer/wen/wem/wessen/wo/wohin/woher/wann/warum/wieso/weshalb/wie/wieviel/welche*/womit/wofür/wodurch/woran/worin"
        "/duz/duze/siez/sieze/kopier/dreh/halt/halte/beginn/beginne/benutze/verwende/gestalte/wandle/rede/sprich/trag/trage"
        "/verkürze/verlänger/verlängere/verwandle/vereinfache/zieh/ziehe/bestätige was_jetzt/nun/noch/tun/ist/sind/war/waren"
        "/heißt/bedeutet/kostet/meinst/denkst/sagst/hältst/kann/können/soll/sollen/macht/machen/gibt/würdest/hast/bist/du/ich"
        "/wir/man/für/genau/passiert/hilft/fehlt/brauche/brauchen/läuft/wäre/mache/muss/darf/wenn/empfiehlst/schlägst/weißt"
        "/kochen/wird ist/sind/gibt/geht/stimmt/war/wird_das/es/dir soll/kann/muss/darf/brauche_ich/man ich_brauche/möchte/will"
        "/hätte sag/erklär/erkläre/übersetz/übersetze/fass/fasse/gib/zeig/zeige/schreib/schreibe/mach/mache/hilf/such/suche"
        "/nenn/nenne/rechne/berechne/vergleich/vergleiche/erzähl/erzähle/kürz/kürze/wiederhole/korrigier/korrigiere/verbessere"
        "/beschreib/beschreibe/erstell/erstelle/schlag/empfiehl/erinner/erinnere/rat/rate/zähl/zähle/prüf/prüfe/schau/guck/find"
        "/finde/füg/füge/formulier/formuliere/probier/weiter/dichte/liste/bau/nimm/lies/überleg/entscheide/ordne/sortiere"
        "/ersetz/ersetze/irgendeine/irgendwelche/antworte lass/kopiere/füge/wähle/lös/löse/teste/mal/zeichne/sing/singe/reim"
        "/reime/spiel/tausch/tausche/ändere/änder/streich/streiche/halbiere/verdopple/überrasch/überrasche/begründe/gliedere"
        "/merk/notiere/schätz/schätze/definiere/sammle/stell/nenne/unterscheide/setz/setze/entwirf/starte/hol/koch/ergänze"
        "/beantworte/leg_*_weg was_noch/anderes zu_lang/kompliziert/teuer/viele/kurz/schwer geht/klappt/funktioniert_das/es"
        "/auch ab/bis/seit/von/für/mit/um/in/nach/auf/zu/bei_wann/wo/wem/wen/wie/welche*/wieviel was_steht/liegt/wiegt/trägt"
        "/isst/trinkt/schreibt/zieht/nimmt/braucht/schenkt/schenke/verdient/folgt/unterscheidet/sollen/dürfen/müssen/sollte"
        "/nehme/nimmst/gehört/hat/haben/habe/wollen/will/könnte/würde/reimt wieviele/hat_wer/jemand/einer/eine wäre_es/das/er"
        " gibt's_da/das/eine/ne/noch gibts_da/das/eine/ne/noch",
        "turn": "kannst/könntest/würdest/willst/weißt/weisst/hast/bist/magst/darfst/sollst/machst/gibst/sagst/meinst/findest"
        "/denkst/kennst_du du_kannst/könntest/weißt was_meinst/denkst/sagst_du",
        "self": "ich/wir/mir/uns/hilfe/schatz/freund/kumpel/brauche/bräuchte/suche/auch, du/dein/deine mein/meine_guter/lieber"
        "/bester/freund/schatz/liebe/gute/freundin hör/hört_mal/zu kurze/dumme/blöde/andere/doofe_frage mal/noch_ne/eine",
        "you": "du/dir/dich/dein/deine/deinen/deiner",
        "hint": "ideen/idee/vorschläge/vorschlag/tipps/das/die/der/ein/eine/in/für/mit/noch/lust/jemals/deine",
        "thing": "witz/rezept/haiku/gedicht/synonym/synonyme/übersetzung/zusammenfassung/hauptstadt/fakt/fakten/liste/wetter"
        "/definition/beispiel/beispiele/tipp/tipps/geschichte/lied/zitat/idee/ideen/erklärung/formel/quiz/bedeutung/plural"
        "/mehrzahl/gegenteil/quelle/quellen/details/tabelle/reim/reime/rätsel/titel/vorschlag/vorschläge/schritte/anleitung"
        "/alternative/alternativen/namen/uhrzeit/datum/entfernung/einwohnerzahl/umrechnung/rezepte/vergleich/einkaufsliste"
        "/gedichte/wort/wörter",
        "end": "fehlt/fehlen$ zu_lang/kurz/kompliziert/förmlich/formell/steif/allgemein/technisch/ungenau/trocken/geschwollen"
        "/umständlich/ausführlich oder_\\d{1,9}$ oder_am_\\d{1,9}$",
        "article": "der/die/das/den/dem/ein/eine/einen/mein/meine/dein/deine",
        "take": "wer_* wer_*_* der/die/das/den/dem/des/ein/eine/einen/einem/einer/kein/keine/keinen/mein/meine/meinen/meiner"
        "/meinem/dein/deine/deinen/deiner/deinem/sein/seine/ihr/ihre/unser/unsere/jede/diese/in/im/an/am/auf/aus/bei/mit/nach"
        "/von/vom/zu/zum/zur/für/über/um/gegen/ohne/durch/laut/wie/als/wegen/und/oder/aber/sondern/wenn/weil/dass/ob/ist/war"
        "/sind/heißt/hieß/nennt/nannte/genannt/frag/frage/fragt/fragen/gefragt/fragst/nutzt/nutzen/nutze/benutz*/kenn/kenne"
        "/kennen/kennt/mag/mögen/liebe/hasse/meint/hat/haben/habe/hatte/welche*/format/größe/ausgabe/version/edition/solche"
        "/diesen/diesem/dieser kennst/magst/nutzt/benutzt/fragst/siehst/hast/meinst/brauchst/findest/liebst_du buchstabier*"
        " gibt_es",
        "does": "ist/war/hat/hatte/sagt/sagte/meint/meinte/weiß/wusste/kann/konnte/könnte/wird/würde/soll/sollte/will/wollte"
        "/muss/schreibt/schrieb/antwortet/antwortete/macht/machte/findet/fand/denkt/dachte/glaubt/behauptet/gibt/gab/geht/ging"
        "/kommt/kennt/war's/sind",
        "and": "und/u./sowie/plus/inklusive/samt und_auch",
        "can": "kann/könnte/würde/will/mag/darf/soll/weiß/kannst/könnt_P vielleicht_kann/könnte/weiß_P vielleicht_P ob_P kann"
        "/könnte/würde/will_uns/mir/mal/vielleicht_P soll/kann/könnte/würde/will_halt/doch/mal/ruhig/einfach/bitte_P hat_P_eine"
        "/ne/dazu/einen/nen",
        "able": "kann/könnte/weiß/soll hat_eine/ne/einen/nen/dazu",
        "named": "was…meint/sagt/denkt/hält/würde/rät/empfiehlt/findet/wohl/weiß_P wie_würde/macht_P lass/lasst…uns/mal"
        "/doch…P…fragen lass/lasst…P…entscheiden/machen/antworten/erklären/rechnen/übersetzen/helfen/ran fragen_wir…P frag_wa"
        "/ma/mer…P wollen/sollen/sollten/können/könnten_wir…P…fragen wir_könnten/sollten/können/fragen…P…fragen wir_fragen…P"
        " P_soll/sollte/möge…entscheiden/antworten/sagen/machen/helfen/zusammenfassen/erklären/übersetzen/rechnen ich_möchte"
        "/will/hätte…P mal_sehen/schauen_was/ob_P bin_gespannt_was_P frage/aufgabe_an_P ich_frage/frag_mal_P, was_sagt_denn"
        "/eigentlich_P wenn_P_könnte/kann wäre_schön/nett/toll_wenn_P P_sollte/soll_das/mal P_könnte_das/mal/uns/doch"
        " wir_brauchen_P fragt/fragen_wir_mal_P was_ist_P's_meinung meinung_von_P schön/toll/gut/super_wenn_P gern/gerne_von_P"
        " was_meint/sagt/denkt/hält/findet/weiß_denn/eigentlich/wohl/nun_P mal/einfach/lieber/doch_P_fragen was/frage/aufgabe"
        "/fall/job_für_P soll_das_P_entscheiden/klären/sagen/machen/lösen das_soll_P_entscheiden/klären/sagen/machen ich_frag"
        "/frage_einfach/mal_P lassen_wir_P P_darf/muss_entscheiden/schlichten/ran wir_lassen/fragen_P wenn_P_das/uns/mir/mal"
        " interessieren/interessiert/wissen/wüsste/hören_was/wie/ob_P sagt/meint/denkt_unser/denn~unser/der_P was/wie…unser_P",
        "group": "leute/alle/ihr/jungs/mädels/freunde/team/zusammen/kinder/männer/mädchen/damen/herren/mama/papa/oma/opa/mutti"
        "/vati/onkel/tante/bruder/schwester alle_zusammen wir/ihr_zwei/drei/vier/beide/beiden",
        "pair": "ihr_zwei/beide/beiden/drei/alle/lieben euch_beide/beiden ihr_auch",
        "us": "ihr/euch wollen/sollen/gehen/fahren/treffen/nehmen/machen/sind/haben_wir wer_will/möchte/kommt/von/bringt/holt"
        "/fährt/macht_mit/den/die/das/ein/was wer_hat_noch/lust/zeit/hunger/bock/den/schon/meine/mein/mal/nen alle_da/dabei"
        "/fertig/einverstanden/bereit ^(?!können|dürfen|müssen|brauchen)\\w{2,30}en_wir jemand/irgendwer/irgendjemand_lust/zeit"
        "/hunger/mir/mich/mit/noch/da/schon/bock/von/ne/eine/einen kann/hat/will/möchte/kommt/mag/weiß/war/kennt/braucht_mir"
        "/mich/noch/schon/von~euch_jemand/wer kann/hat/will/möchte/kommt/mag/weiß/war/kennt/braucht_jemand/wer/irgendwer",
        "more": "und_* oder_* noch_* kürzer/länger/einfacher/genauer/ausführlicher/billiger/günstiger/weniger/mehr/nochmal"
        "/weiter/\\w{2,20}(?:ig|lich|isch|sam|haft|los)er$/umgekehrt/alphabetisch/chronologisch als/auf/in/mit/ohne/für/lieber"
        "/stattdessen/nur/etwas_* ja_bitte/gern/gerne ich_meine/meinte ich_verstehe_das/es_nicht versteh_ich_nicht anders den"
        "/die/das_erste*/zweite*/dritte*/letzte*/andere*/nächste* entschuldigung/sorry_\\w{1,40}$ bisschen/wenig_*er/mehr"
        "/weniger nicht_so_* ein_bisschen/wenig_*er/mehr/weniger im/zum/zur/bei/ab/bis/unter/statt/pro/nach_* den/die/das_erste"
        "/zweite/dritte/vierte/letzte zwei/drei/vier/fünf/zehn_weitere/andere/mehr/beispiele/alternativen meinte/gemeint_*"
        " sorry/ups_meinte nein/nicht_den_* nein_der/die_*$ ich_sprach/rede/meinte_von ich_red_von wenn…was/wie/wo/wann/ob eins"
        "/einen/eine_noch/mehr gilt/passt/braucht/reicht/hält/lohnt/zählt/steht/kostet/schmeckt/macht/muss/kann/darf/soll"
        "/sollte/wäre/gehört/wirkt/heißt/hat/gibt_das/es/der/die/man/sie/sich/auch/dafür/dann/da/dort/hier ist/war/wird"
        "/sind_der/die/es/er/sie/man brauch/bräuchte/sollte/könnte_ich kannst/könntest/hast/gibts_* kommt_da/noch/das/auch der"
        "/die_link/code/seite/formel_geht/funktioniert/klappt/stimmt ich_mein/brauch/brauche_* irgendwas/irgendein"
        "/irgendeinen_* was_\\w{3,20}(?:er|ig|isch|lich)es erst…oder der/die/das_mit/von/aus/ohne_* nein/nee_\\w{1,40}_der/die"
        "/das_\\w{1,40}$ nimmt/nehmt/isst/trinkt/kocht/schreibt/sagt/macht/tut/gibt/backt/lagert/merkt/spricht/rechnet"
        "/friert_man/da/das/es ein/einen_tick/hauch/tacken_* wir_brauchen/haben_* mit/ohne_* bei_der/dem_* beim_* der/die"
        "/das_erste/zweite/dritte_*",
        "tag": "oder/ne/gell/nicht/wa/echt~jetzt stimmt's weißt_du nicht_wahr",
        "idle": "siehste was_für wie_schön/cool/nett/lustig/süß/interessant/traurig/krass/geil und/aber_ich/das/die/es/wir/er"
        "/sie/jetzt/dann/so ich_will/möchte_auch in_der_tat mit_sicherheit mehr_oder wer_weiß/hätte schau_mal_einer als_ob/ich"
        " in_ordnung für_mich auf_jeden wie_ich/immer war_klar noch_nie finde_ich ohne_witz nur_so so_ist ist/sind/war/hat"
        "/wird_das/die/der/es_geil/süß/krass/cool/schön/lustig/schade/blöd/nett/witzig/peinlich/bitter nicht_so_schlimm/toll"
        "/gut/wichtig/einfach/mein/meins/ganz im_ernst/leben/grunde/prinzip/endeffekt/nachhinein zum_glück/lachen/kotzen/heulen"
        " bei_mir/uns/dem/der bis_dann/gleich/morgen/später/nachher/bald/heute/eben/jetzt ab_ins/morgen/heute auf_keinen/gut"
        " nach_dem/all für_den/die/das/uns/so in_dem/der/meinem noch_besser/schlimmer/schöner/gar/immer/nicht/mal kann/muss"
        "/darf/soll/sollte_ich/man_nur/gleich/unbedingt/zugeben/gestehen/bestätigen/wohl/ja/sagen/machen/verstehen/mal/mir/echt"
        "/erst/halt kann_man_so/auch_machen/sagen/lassen kann_das/es_nicht/kaum ist_das/die/der_geil so_viel/teuer/weit/lange"
        "/früh/spät/alt/wenig/billig/schnell/groß/klein wie_die/schnell_zeit zu_*_für_mich/uns/meinen das_mit_dem/der"
        " hast_recht/ja siehst_du und_da_soll macht_nichts/nix/sinn",
    },
    "fr": {
        "hail": "salut/bonjour/bonsoir/coucou/hé/eh/hey/hello/dis/ohé/merci/pardon/désolé/cher/chère/écoute/allô/yo/help/vas-y"
        " dis_moi et_toi dites_donc dis_donc allez au_secours à_l'aide",
        "open": "ok/okay/bon/bien/alors/donc/et/mais/ou/puis/oui/ouais/non/nan/ah/oh/euh/hum/hmm/bref/super/génial/cool/top"
        "/parfait/d'accord/dac/mdr/lol/haha/ptdr/attends/enfin/sinon/aussi/maintenant/encore/ensuite/au~fait voilà/tiens"
        "/exact/exactement/vraiment/franchement/bah/ben petite_question bonne_question aucune_idée je_crois je_pense",
        "please": "s'il_te/vous_plait stp/svp/please",
        "ask": "qui/que/quoi/quel/quelle/quels/quelles/quand/comment/combien/pourquoi/où/lequel/laquelle/refais/refaites/retire"
        "/tutoie/vouvoie/rends/coupe/tourne/passe/fais-en/fais-moi/fais-le/garde/joue/écourte/abrège/creuse/approfondis"
        "/détaille/arrondis/reprends/relis/adapte/adoucis/reviens/poursuis/ôte/vire/sont-ils/faut-il/doit-on/existe-t-il"
        "/rajoute/serait-il/serait-ce/sera-t-il/est-elle/sont-elles est-ce est-il y_a-t-il y/il~y/t-il_a qu'est-ce qu'est"
        " c'est_quoi/qui/où/quand/combien c_quoi c'était_quoi à/de/en/pour/dans/depuis_quel/quelle/quoi/qui/quand ou_est/sont"
        "/se/puis-je/trouver puis-je peut-on je_voudrais/veux/cherche/préfère/préférerais j'ai_besoin j'aimerais *-moi/*-nous"
        "/*-le/*-la/*-les aide/explique/traduis/résume/donne/fais/montre/écris/liste/calcule/cherche/compare/trouve/raconte"
        "/répète/continue/corrige/vérifie/propose/rappelle/raccourcis/décris/convertis/reformule/ajoute/remplace/enlève/choisis"
        "/décide/nomme/cite/devine/développe/précise/essaie/réponds/imagine/invente/complète/simplifie/améliore/dessine/définis"
        "/estime/vas-y/trie/mets/recommence/rédige réécris/allonge/dessine-moi ajuste/change/double/supprime/garde/enlève/évite"
        "/ignore/commence/finis/arrondis/illustre/invente/joue/justifie/mélange/note/ouvre/organise/prépare/prends/pose/prouve"
        "/ordonne/range/rime/saute/sélectionne/teste/transforme/utilise/classe/chante/partage/surprends/trop_long/compliqué"
        "/cher *-en ça_veut/marche/prend/coûte/sert/vaut/fait t'es_sûr/sûre/certain/certaine on_peut_le/la/les/en/l'*/aussi/y/*"
        " faut/il~faut/faudrait_le/la/les/en/quoi/combien/que/un/une/des il_est_quelle il_y_a_un/une/des/du t'en/t'as_as/une/un"
        "/des/d'autres y_a_un/une/des/du/d'autres/quoi à_partir_de_quel/quelle/quand/combien à/pour/de/en/avec/sans/chez/vers"
        "/sur_combien/qui/quoi",
        "turn": "peux-tu/pourrais-tu/sais-tu/veux-tu/as-tu/es-tu/connais-tu/penses-tu/crois-tu/dirais-tu/voudrais-tu tu_peux"
        "/pourrais/sais/connais/penses/crois/en t'en_penses pouvez-vous/pourriez-vous/savez-vous/avez-vous vous_pouvez"
        "/pourriez te_reste",
        "self": "je/j'ai/j'aimerais/nous/on/écoute/dis/help/aussi,/chéri/chérie/mec/frère/poto/cherche/voudrais tu/t'as/t'es"
        "/t'en/toi/ton/tes/vous ta_question au_secours à_l'aide besoin_de/d'une/d'un/d'aide aussi_tu/toi mon/ma_ami/amie/beau"
        "/belle/cher/chère/vieux/grand/petit/chéri/pote/coeur question/question_bête/con/rapide/idiote",
        "you": "tu/te/toi/ton/ta/tes/t'as/t'en/t'es/vous/*-tu",
        "hint": "une/des/un/le/la/les/idées/idée/avis/ton/ta/tes/pour/en/possible",
        "thing": "blague/recette/haïku/poème/synonyme/synonymes/traduction/résumé/capitale/fait/liste/météo/définition/exemple"
        "/exemples/astuce/histoire/chanson/citation/idée/idées/explication/formule/quiz/signification/pluriel/contraire/source"
        "/sources/détails/tableau/rime/rimes/devinette/titre/étapes/alternative/alternatives/prénoms/mot/mots/heure/date"
        "/distance/conversion/différence/comparaison/menu/recettes",
        "end": "combien/quoi$/quand$/comment$/pourquoi$/compris/comprise/comprises$ trop_long/longue/court/courte/compliqué"
        "/formel/guindé/technique/soutenu/familier/vague/général/sec/froid/lourd/ampoulé ou_\\d{1,9}$ quelle_heure a_combien"
        " ça_va/marche_aussi met_d'abord donne/fait/dit_quoi ou_le/la/les_\\d{1,9}$",
        "article": "le/la/les/un/une/des/mon/ma/ton/ta/du",
        "take": "qui_* qui_*_* le/la/les/l'/un/une/des/du/de/d'/mon/ma/mes/ton/ta/tes/son/sa/ses/notre/nos/votre/leur/ce/cette"
        "/à/au/aux/en/dans/sur/sous/avec/sans/pour/par/chez/vers/selon/contre/comme/que/qu'/et/ou/mais/si/est/était/sont/c'est"
        "/appelle/appelé/nomme/nommé/demandé/demander/demande/utilise/utilises/connais/connait/aime/aimes/adore/déteste/dit/ni"
        "/quel/quelle/aucun/chaque/d'après/ces/ceux/genre/format/version/collection/taille/modèle/édition/croire/écouter"
        "/entendre/voilà c'était c'est_pas/que",
        "does": "a/avait/est/était/dit/disait/pense/pensait/sait/peut/pourrait/va/fait/semble/répond/répondait/n'a/n'est/m'a"
        "/t'a/vient/écrit/donne/doit/devrait/sera/aurait/l'a/s'est/croit/propose/parle/répondu/fonctionne/marche/on",
        "say": "ne/nous/se",
        "and": "et/&/plus/ainsi~que et_aussi",
        "can": "est-ce_que_P est-ce_qu'P peut/pourrait/sait/saurait/voudrait/veut-il_P que_P_décide/réponde/fasse/dise"
        " peut-être_que_P",
        "able": "peut/pourrait/sait/saurait/veut/a-t-il peut-il/peut-elle pourrait-il sait-il saurait-il nous_peut a_un/une"
        "/des_avis/idée/idées/conseil/suggestion",
        "named": "demandons/demandez-le…P on_demande/demandait…P on_pourrait/peut/devrait…demander…P on_demande…P"
        " peut-on…demander…P pourrait-on…demander…P il_faut/faudrait_demander…P j'aimerais/je~voudrais/je~veux_que_P"
        " je_me_demande_ce~que/si_P que/qu'en/qu'/quoi…pense/dit/dirait/penserait/conseille/propose/ferait_P qu'est-ce_que_P_en"
        "/pense/dit/dirait/propose/conseille/ferait/peut laissons…P voyons_ce_que_P P_en_pense/dit/dirait_quoi question_pour_P"
        " à_P_de/, on_laisse_P faisons…P si_P_pouvait/peut ce_serait_bien_que/si_P P_devrait_décider/répondre/savoir P_pourrait"
        "/peut_nous/me un_avis_de_P l'avis_de_P on_a_besoin_de_P il_nous_faut_P demande_à_P_pour_nous qu'est-ce_que_dit/pense"
        "/dirait/propose/conseille_P P_dit/pense_quoi qu'à_demander_à_P si_P_pouvait/faisait bien/bon/cool_que/si_P savoir_de_P"
        " P_n'a_qu'à on_se_fait…par_P que_P_tranche/choisisse/vote/départage/explique/calcule/traduise/résume/nous/me"
        " P_pourrait/peut/va_peut-être_nous/me P_va_nous/me/trancher/départager/décider tout_le_monde_répond/vote…P"
        " qu'est-ce_qu'en_pense/dit/dirait_P on_demandait/demanderait_à_P lançons/sollicitons_P demande_pour_P il_faudrait"
        "/faut_que_P c'est_à_P_de savoir/voir_ce~que/si/comment_P demande/question_collective/spéciale/générale_à/pour_P dit"
        "/pense_quoi_notre_P qu'en_dit/pense_notre_P que_dit/pense_notre_P si_P_nous/me demandait/demandais/demande,_P",
        "not": "est-ce_que_P_a/est/était/avait/n'a/n'est/m'a/t'a",
        "group": "les_gars/filles/amis/copains/gens/enfants/mecs tout_le_monde tous/toutes/l'équipe/mesdames/messieurs/maman"
        "/papa/mamie/papi/tata/tonton/mamy/papy à_tous nous/vous_deux/trois/quatre",
        "pair": "vous_deux/trois/tous/toutes/autres vous_êtes/avez/venez/faites/pensez/voulez/en vous_le/la/les_trouvez"
        "/connaissez/aimez vous_trouvez/aimez/connaissez/utilisez",
        "us": "qqn/qqun/allons-y/allons-nous/partons-nous on_y/prend/fait/va/part/mange/réserve/se/commande/garde qui_veut"
        "/vient/ramène/amène/apporte/conduit/passe/s'occupe/se qui_a_faim/soif/envie/pris/vu/mon/ma/mes/mangé/encore/le~temps"
        "/une~voiture qui_est_partant/chaud/dispo/là/prêt/libre/motivé/d'accord vous l'un_de_vous on…demain/ce~soir/samedi"
        "/dimanche/vendredi/lundi quelqu'un/qqn/qqun_a/peut/pourrait/veut/sait/vient/me/pour/d'autre/est/aurait/connaît/y",
        "more": "tableau/liste/détails/exemple/exemples et_* ou_* plus/moins/aussi/encore/en/avec/sans/pour/comme/sous/dans/sur"
        "/version/pareil/juste/seulement/autre/quelque_* un/une/deux/trois_autre/autres/de~plus oui_stp/vas-y je_voulais_dire"
        " je_comprends_pas/rien plutôt_* non_je_parle encore_un/une pardon_\\w{1,40}$ encore_un/une/des/du/plus/moins/deux"
        "/trois/quelques un_peu_plus/moins/trop le/la/les_premier/première/deuxième/second/seconde/troisième/dernier/dernière"
        "/derniers/autre/autres/2e/3e le/la/l'*_\\d non_\\w{1,40}_le/la_\\w{1,40}$ non_la/le/les/l'*$ non_pas_* pas_*,_*"
        " je_parlais/parle/pensais/voulais_de/du/des/d'un/d'une/dire/à/au si…comment/quoi/combien/où/quel/quelle sous_forme"
        " en_* deux/trois/quatre/cinq_autres/exemples/idées/phrases/lignes/mots c'est_valable/possible/pareil/dangereux/grave"
        "/loin/ouvert/gratuit/obligatoire/compatible_* ça_vaut/marche/compte/change_aussi/pour/avec/quoi ça_se/s'*_* genre"
        "/plutôt_* le_lien/code_marche/fonctionne/ne il_me_faut_* un/une_truc/chose/version/exemple/idée/phrase_* j'ai_pas"
        "/rien_compris pas_compris celui/celle/ceux/celles_* d'abord…ou qui_était/sont/est_* sous/sur_forme/fond_* un_poil"
        "/chouïa/brin/tantinet_* il_manque_* manque_* faut_de/du/des/un/une/d'abord j'en_veux/voudrais/aimerais_* et_s'* pas_de"
        "/trop/plus~de_* ça_donne_quoi",
        "tag": "hein/non/n'est-ce~pas/pas~vrai/ah~bon",
        "idle": "autant quelle/quel_surprise/horreur/chance/dommage/idiot/honte/bonheur que_c'est comme_c'est c'est_fou et"
        "/mais_je/j'ai/c'est/on/il/elle/ça/moi qui_sait pour_moi en_effet en_fait en_tout comme_prévu/toujours/quoi dis_donc"
        " sans_blague/doute plus_ou plus_tard encore_heureux quand_même en_plus/vrai/même/attendant/fin/gros plus_jamais/besoin"
        "/rien/personne/que/là et/mais_dire/puis/voilà/oui/non/encore/toc/hop ça_marche$ ou_pas/bien/presque encore_raté"
        "/heureux un_peu_comme/oui avec_plaisir/lui/elle/ça/mes/mon/ma sans_moi/rire/façon/déconner pour_une/ma/mon/moi/le~coup"
        "/rien/ça/de comme_quoi/d'hab/ça/moi/par/mon/ma sur_ce/le dans_le~mille/ma/mon/tous aussi_* et_moi_qui on_peut_dire"
        "/rêver/pas/toujours c'est_bon c'est_vrai_que c'est_cher il_y_a_des_gens ça_se_voit/sent/fête/peut/comprend/confirme"
        "/précise ça_s'est/entend autant/tant/si_peu/cher/loin/tôt/tard comme_le_temps trop_*_pour_moi/nous on_en_apprend"
        "/reparle/parle qui_l'* ce_que_je/j'* faut_que_je/j'* à_savoir/prendre/suivre/voir/méditer ça_fait_beaucoup/peur"
        "/plaisir/longtemps/du/un/mal/rêver/loin/cher/bizarre ça_marche_merci/alors/je plus_qu'* on_n'* en_même avec_ça"
        " de_quoi_devenir/rire/faire pas_de_souci/problème/quoi/bol/chance pas_trop_mal/tôt",
    },
    "es": {
        "hail": "hola/oye/oiga/oíd/ey/hey/eh/ei/buenas/gracias/perdón/perdona/disculpa/querido/querida/dime/mira/socorro/ayuda"
        "/auxilio y_tú/vos buenos_días buenas_tardes/noches venga",
        "open": "ok/okay/vale/bueno/bien/entonces/pues/y/e/pero/luego/ahora/también/además/sí/no/nop/ah/oh/eh/hm/mmm/jaja"
        "/jajaja/jeje/lol/genial/guay/perfecto/super/claro/exacto/espera/bah/uf/ya/otra/mejor/dale/listo/tranqui por_cierto"
        " una_pregunta/cosa buena_pregunta ni_idea de_acuerdo creo_que a_ver",
        "please": "por_favor porfa/porfavor/porfi/xfa/plis",
        "ask": "qué/que/quién/quiénes/cuál/cuáles/cuándo/cómo/dónde/adónde/cuánto/cuánta/cuántos/cuántas/q/k/cual/pásalo/pásala"
        "/córtalo/córtala/hazme/tutéale/tutéalo/tutea+/trata+/desarrolla+/corta+/pasa+/amplía+/detalla+/profundiza+/retoca+"
        "/reduce+/alarga+/mete+/suaviza+/abrevia+/redondea+/reemplaza+/sustituye+/vuelve+/apunta+/pregunta+/pregúnta+/imagina+"
        "/separa+/agrupa+/marca+/resalta+/envía+/manda+/incluye+/devuelve+/completa+/rehaz+/confirma+/confirmas/confírma+"
        " por_qué para_qué a/de/en/con/desde_qué/quién/cuándo/cuál hay/es/está_algo/alguna/algún/verdad/cierto/posible/esto/eso"
        "/bueno/malo necesito/quiero/quisiera/prefiero/quería me_gustaría dime+/dinos+/dame+/danos+/explica+/traduce+/tradúce+"
        "/resume+/haz+/escribe+/calcula+/busca+/compara+/muestra+/enséñ+/cuenta+/cuéntame+/ayuda+/ayúdame+/ayúdanos+/recuerda+"
        "/recuérd+/corrige+/revisa+/repite+/sigue+/continúa+/ponlo+/pon+/ponme+/añade+/agrega+/quita+/cambia+/lista+/enumera+"
        "/sugiere+/recomienda+/recomiéndame+/inventa+/elige+/decide+/di+/define+/describe+/convierte+/ordena+/acorta+"
        "/simplifica+/mejora+/prueba+/reescribe+/propón+/adivina+/responde+/intenta+/dibuja+/genera+/crea+/suma+ ajusta+/quita+"
        "/borra+/duplica+/divide+/multiplica+/deja+/empieza+/termina+/evita+/ignora+/ilustra+/juega+/justifica+/mezcla+/anota+"
        "/abre+/organiza+/prepara+/toma+/prueba+/salta+/selecciona+/transforma+/usa+/utiliza+/clasifica+/canta+/comparte+"
        "/sorpréndeme/sorpréndenos demasiado_largo/complicado/caro qué_más funciona/sirve se_puede hay_que_* hay_* se_puede"
        "/puede/pueden/debe/suele/necesita/usa/come/guarda_* lo_confirmas a_partir_de_qué/cuándo/cuánto hasta/desde/por/para"
        "/sobre_qué/quién/cuándo/dónde/cuál/cuánto sería_*",
        "turn": "puedes/podrías/podés puede_usted sabes/sabrías/sabés_qué/si/cómo/cuándo/dónde/cuánto/quién/algo/cuál me"
        "/nos_puedes/podrías/dices/explicas/ayudas/das qué_opinas/piensas/dices/crees/recomiendas/harías tú/vos_qué/puedes"
        "/sabes/cómo estás eres lo/la/te/le_quieres/haces/puedes/sabes/viste/traes/tienes/apetece/queda/viene/acuerdas/animas"
        "/apuntas me/nos_escribes/haces/pasas/buscas/traduces/resumes/calculas/cuentas/enseñas/recuerdas/recomiendas/dejas"
        "/preparas",
        "self": "yo/nosotros/tengo/tenemos/estoy/escucha/oye/ayuda/socorro/auxilio/busco/necesito/hijo/hija/hijito/cariño/amigo"
        "/amiga/amor/cielo/guapo/guapa/tío/majo/maja/corazón/querido/querida/compa/bro/también,/pregunta/duda tú/vos/usted"
        "/estás/eres/tienes mi/mis_amor/cielo/vida/rey/reina/niño/amigo/querido/hijo ando_buscando me_hace/hacen_falta"
        " pregunta_* me_duele/pasa/falta/sale/gustaría/urge",
        "you": "tú/tu/te/ti/contigo/vos/usted/opinas/piensas/crees/sabes/puedes/podrías/dices/tienes/quieres/estás/eres/harías"
        "/recomiendas/podés/sabés",
        "hint": "alguna/algún/ideas/idea/opinión/el/la/los/las/un/una/en/para/tu",
        "thing": "chiste/receta/haiku/poema/sinónimo/sinónimos/traducción/resumen/capital/dato/datos/lista/tiempo/definición"
        "/ejemplo/ejemplos/consejo/consejos/historia/canción/cita/idea/ideas/explicación/fórmula/significado/plural/contrario"
        "/fuente/fuentes/detalles/tabla/rima/rimas/adivinanza/título/pasos/alternativa/alternativas/nombres/palabra/palabras"
        "/hora/fecha/distancia/conversión/diferencia/comparación/menú/recetas",
        "end": "incluido/incluida/incluidos$ demasiado/muy_largo/larga/corto/corta/formal/complicado/complicada/técnico/técnica"
        "/seco/seca/rebuscado/general/vago/soso o_\\d{1,9}$ qué_hora o_el/la/los/las_\\d{1,9}$",
        "article": "el/la/los/un/una/mi/tu/del",
        "take": "quién/quien_* quién/quien_*_* el/la/los/las/un/una/unos/mi/mis/tu/tus/su/sus/nuestro/nuestra/este/esta/ese/esa"
        "/cada/a/al/de/del/en/con/por/para/sin/sobre/según/contra/como/que/y/e/o/ni/pero/es/era/son/está/llama/llamado/usa/usas"
        "/uso/usar/quién/qué/cuál/ningún/otro/mediante/esos/esas/aquellos/tipo/versión/formato/edición/tamaño/modelo/calculó"
        "/miró/escribió/puso/hizo/recomendó/decía/dijo/dice/opina/explica lo_que_dice",
        "does": "dijo/dice/ha/había/es/era/está/estaba/fue/puede/pudo/sabe/sabía/piensa/cree/opina/escribió/puso/dio/da/hizo"
        "/hace/respondió/contestó/va/tiene/tenía/parece/suele/debe/responde/contesta/funciona/respondido/contestado/dicho"
        "/escrito/quiere/explicó/recomendó/estamos/somos/sabrá",
        "say": "no/ya/también/me/nos/te/se/le/lo/siempre/nunca",
        "and": "y/e/&/más/incluido/incluida y_también junto_con",
        "can": "puede/podría/sabe/sabrá/quiere/podrá/querrá/podra_P me/nos_puede/podría/dice_P que_P_lo/la/nos/me/decida"
        "/responda/resuma/explique/diga/haga/traduzca que_lo/la/nos/me_*_P quizá/quizás/vez/igual/capaz_P_puede/sabe/pueda/sepa"
        "/lo/nos a_lo_mejor_P tiene_P_alguna/algún/una/opinión",
        "able": "puede/podría/sabe/sabría/podrá me/nos_puede/podría/sabe tiene_alguna/algún/una_opinión/idea/sugerencia",
        "named": "qué/cuál…dice/opina/piensa/cree/recomienda/diría/haría/sugiere/opinaría/aconseja_P preguntemos*/preguntémosle"
        "/pidamos*/pidámosle…P vamos/podemos/podríamos/deberíamos/hay/habría/tenemos/quiero/quisiera/queremos_a/que_preguntar*"
        "/pedir*/consultar*…P podemos/podríamos/deberíamos/quiero_preguntar*/pedir*…P le_preguntamos/pedimos…P dejemos"
        "/dejamos_que_P hagamos_que_P quiero/quisiera/queremos/necesito_que_P me_gustaría_que_P a_ver_qué/si_P pregunta_para_P"
        " me_pregunto_qué/si_P si_P_puede/pudiera/podría estaría_bien_que_P P_debería_decidir/responder P_nos/me_podría/puede"
        " una_opinión_de_P la_opinión_de_P necesitamos_a_P qué_tal_si_P qué_tal_si_le_preguntamos_a_P pedimos/pidamos_ayuda_a_P"
        " qué_te_parece_a_ti_P cómo_lo_ve/haría_P bien/bueno/genial_que/si_P saber_de_P vamos…preguntar*/pedir*/consultar*…P"
        " que_decida/elija/vote/opine/responda/hable/resuelva_P que_nos/me/lo/la_*_P tocaría/toca_preguntar*…P y_P_qué_dice"
        "/opina/piensa P_nos_lo/la_puede/podría qué_diría/haría/dirá/contestaría_P a_P_le_toca P_tiene_la_palabra qué_dice"
        "/opina/piensa_nuestro_P si_nos/me_lo/la_*_P si_P_nos/me que_P_sabrá/sabe_: seguro_que_P_sabe/lo preguntábamos"
        "/preguntaba/preguntando,_P",
        "group": "chicos/chicas/todos/todas/gente/amigos/amigas/muchachos/equipo/peña/tíos/banda/muchachas/familia/papá/mamá"
        "/abuela/abuelo/abuelita/tía/hermano/hermana a_todos nosotros/nosotras/vosotros_dos/tres/cuatro",
        "pair": "vosotros/vosotras/ustedes/uds ustedes_dos los/las_dos/tres_qué/queréis/quieren",
        "us": "alguien_me/nos/tiene/quiere/sabe/viene/puede/más/ha/va/se/por/para/que/conoce vosotros/ustedes quién_viene"
        "/quiere/trae/lleva/conduce/invita/falta/apunta/va_* quién_va$ quién_se_apunta/viene/anima/queda quién_tiene_hambre"
        "/ganas/tiempo/coche/sed/mi/prisa quién_está_libre/conmigo/ahí/en quiénes"
        " ^(?:(?:bueno|pues|vale|entonces|y|o|que|si|ya|ok|venga|al~final|a~que~hora|cuando|donde|como),?~)?(?:nos~|lo~|la~|los~|las~)?(?!podemos|debemos|necesitamos|queremos|usamos|ponemos|hacemos|tenemos|echamos)\\w{2,20}[aei]mos"
        " todos_listos/de/vienen/van",
        "more": "y_* más/menos_* otra/otro/otras/otros/en/con/sin/para/como/también/mejor/solo/sólo/igual/algo/sigue/versión"
        "/dos/tres_* una/uno/dos/tres_más de_nuevo otra_vez sí_por/porfa/dale quería_decir no_entiendo quise_decir me_refiero"
        "/refería otra/otro perdón/perdona_\\w{1,40}$ un_poco/pelín/poquito_más/menos el/la/los/las_primero/primer/primera"
        "/segundo/segunda/tercero/tercera/cuarto/cuarta/último/última/últimos/otro/otra/otros/otras el_de_antes/arriba/abajo"
        " no_el/la/los/las_*$ no_el/la_*_*$ no_\\w{1,40}_el/la_\\w{1,40}$ hablaba/hablo/decía_de/del me_refiero/refería_a/al"
        " perdón/perdona_quise/quería/era si…qué/cómo/cuánto/dónde/cuándo/cuál en_forma_de a_la_mitad dos/tres/cuatro"
        "/cinco_ejemplos/opciones/frases/ideas/líneas por_qué eso/esto_vale/cuenta/sirve/funciona/aplica/incluye/pasa_* tienes"
        "/tendrás/conoces_otro/otra/otros/otras/alguno/alguna/algún/más/un/una/el/la sale/cuesta/tarda/abre/cierra/dura/llega_*"
        " existe/existen_* es_obligatorio/necesario/gratis/peligroso/posible/normal/legal/lo~mismo/muy~lejos el_enlace/link"
        "/código_no_* lleva/incluye_* cuatro/cinco/seis/diez_más primero…o el/la/los/las_de/con/sin/que_* solo_el/la/los/las_*"
        " hace/hacen_falta_* un_pelo/pizca/pelín/poquitín_* falta/faltan_* no_hay_otro/otra/algo/uno/una",
        "tag": "no/verdad/eh/cierto/ya",
        "idle": "tanto/tanta/tantos/tantas qué/que_bien/bueno/buena/bonito/interesante/guay/genial/raro/lindo/risa/pena"
        "/gracioso/chulo/fuerte/lástima/va/locura/curioso/fácil/rico/asco/miedo/susto/ilusión/maravilla y/pero_yo/eso/lo/es/no"
        "/me/ya/así en_serio/fin/efecto/realidad como_siempre/yo/pensaba para_mí con_razón/gusto más_o/vale qué_me_dices"
        " podríamos_ir mira_tú quién_lo_diría cuánto_tiempo_sin otra_cosa_no qué/que_(?!mas|mais)[a-z]{2,30}$ otra_vez_*ndo"
        "/igual/lo~mismo/tarde menos_mal también_es/yo/me/a/tengo/lo con_lo/eso/mi/este/razón en_fin/mi/casa/el/la/eso/efecto"
        " da_igual/tiempo/pena/miedo/gusto/asco/risa/lo más_o/vale/claro/bien/quisiera/razón y/pero_pensar/bueno/gracias/nada"
        "/encima/todo/mira/claro/sin~embargo/a~mi/mi/ella/él/eso/aquí/aun/aún hay_que_ver/joderse/fastidiarse/jorobarse"
        " hay_cada/gente/días/veces/tanto/cosas tienes_razón como_mi/una/un/todo/para/si/cuando/de sin_duda/más/comentarios"
        "/palabras para_que/eso/nada/colmo/variar/el/la para_mí,/mi algo_así/es/habrá/hay mejor_así/no/voy/me/imposible/que"
        " solo/sólo_faltaba/quería/espero/tengo/a/yo otra/otro_cosa/día/año/que/más~para igual_me/voy/lo/yo/que/hay"
        " por_qué_será se_nota/ve/acabó/veía/agradece me/nos/te/le_da_igual/pena/risa/tiempo/miedo/cosa/asco/vergüenza/rabia"
        "/que/la/el/gusto/pereza/hambre/sueño/ganas la_de_veces/cosas/gente/tiempo el_que_faltaba tan_* cómo_pasa/vuela/mola"
        "/corre demasiado/muy_*_para_mí/mi/nosotros qué_se/le_le/va/hace está_mal/bien/claro/guay/chulo no_está/hay_mal/nada"
        " con_esto a_esperar/ver/dormir/comer/trabajar/ello se_me falta/faltan_poco/horas/días/yo/nada quién_lo_diría/hubiera"
        "/iba/habría",
    },
    "pt": {
        "hail": "oi/olá/ei/opa/e~aí/eai/alô/obrigado/obrigada/valeu/vlw/brigado/desculpa/desculpe/querido/querida/fala/escuta"
        "/olha/socorro/ajuda/bora~lá e_você/tu/vc bom_dia boa_tarde/noite vai me_diz/fala diz_aí",
        "open": "ok/okay/bom/bem/então/tá/ta/certo/e/mas/ou/aí/daí/agora/também/além/sim/não/nao/ah/oh/hm/hum/kkk/kkkk/kkkkk"
        "/haha/rs/rsrs/lol/legal/massa/show/ótimo/perfeito/claro/exato/peraí/espera/beleza/blz/pronto/pois/enfim/nossa/uau/só"
        "/o/a a_propósito aliás/inclusive uma_pergunta/coisa boa_pergunta sei_lá acho_que por_falar",
        "please": "por_favor pfv/pf/porfa/pfvr/faz~favor se_faz_favor",
        "ask": "que/quê/quem/qual/quais/quando/como/onde/aonde/quanto/quanta/quantos/quantas/q/oq/cadê/será/dá-me/dá-nos/dê-me"
        "/detalha+/detalhe+/bota+/mete+/corta+/passa+/desenvolve+/amplia+/abrevia+/reduz+/alonga+/troca+/troque+/substitui+"
        "/refaz+/refaça+/trata+/acrescenta+/acrescente+/aprofunda+/aprofunde+/suaviza+/arredonda+/apresenta+/formata+/separa+"
        "/agrupa+/pergunta+/pergunte+/imagina+/inclui+/inclua+/ignore+/deixe+/use+/corte+/passe+/encurte+/completa+/marca+"
        "/volta+/confirma+/confirme+/confirmas o_que por_que/quê porque/pq para_que/pra_que a/de/em/com/desde_que/quem/quando"
        "/qual é_verdade/possível tem_como/algum/alguma dá_pra/para preciso/quero/queria/gostaria/prefiro explica+/traduz+"
        "/traduza+/resume+/resuma+/faz+/faça+/escreve+/escreva+/calcula+/calcule+/procura+/busca+/busque+/compara+/compare+"
        "/mostra+/mostre+/conta+/conte+/ajuda+/ajude+/lembra+/lembre+/corrige+/corrija+/revisa+/revise+/repete+/repita+"
        "/continua+/continue+/põe+/coloca+/coloque+/adiciona+/tira+/tire+/muda+/mude+/lista+/liste+/sugere+/sugira+/recomenda+"
        "/recomende+/inventa+/invente+/escolhe+/escolha+/decide+/decida+/diz+/diga+/dê+/define+/descreve+/descreva+/converte+"
        "/converta+/ordena+/encurta+/simplifica+/melhora+/tenta+/reescreve+/reescreva+/cria+/crie+/gera+/gere+/responde+"
        "/responda+/adivinha+/desenha+/soma+/some+/manda+/fala+/pode+/poderia+/consegue+ ajusta+/tira+/apaga+/duplica+/divide+"
        "/multiplica+/deixa+/começa+/termina+/evita+/ignora+/ilustra+/joga+/justifica+/mistura+/anota+/abre+/organiza+/prepara+"
        "/pega+/testa+/pula+/seleciona+/transforma+/usa+/utiliza+/classifica+/canta+/compartilha+/surpreenda+ longo/complicado"
        "/caro_demais que_mais o_que_mais tem_certeza/jeito/mais funciona dá/dê_me/um/uma/exemplo/exemplos/mais/dois/três posso"
        "/devo/vale_* por_quê quantos/quantas_* e_se o_que_é ué_por_quê a_partir_de_que/quando/quanto até/desde/por/para/pra"
        "/sobre_que/quem/quando/onde/qual/quanto seria_*",
        "turn": "pode/consegue/poderia/sabe/podes/consegues/podias/sabes/poderias_me/nos/dizer/explicar/ajudar/fazer/traduzir"
        "/resumir/ver/calcular/mostrar você/vc/tu_pode/sabe/consegue/poderia/acha/podes/sabes/tá/está que/o_que_você/vc/tu"
        "/cê_acha/achas/diria/sugere/recomenda/pensa me/nos_ajuda/explica/diz/fala/mostra/conta/dá/passa/lembra me/nos_escreve"
        "/faz/manda/traduz/resume/calcula/indica/cria/recomenda/sugere/prepara/ensina/procura",
        "self": "eu/nós/tenho/temos/estou/tô/escuta/olha/ajuda/socorro/procuro/busco/preciso/amigo/amiga/querido/querida/amor"
        "/meu/minha/mano/cara/filho/filha/amigão/lindo/linda/parceiro/também, você/vc/cê/tu/sua também,_qual isso_é/está tou"
        "/ando_a pergunta/dúvida/pergunta_*",
        "you": "você/vc/cê/tu/te/ti/contigo/teu/tua/acha/achas/pode/podes/sabes/consegue",
        "hint": "alguma/algum/ideias/ideia/opinião/o/a/os/as/um/uma/em/para/pra/sua/tua",
        "thing": "piada/receita/haicai/poema/sinônimo/sinônimos/tradução/resumo/capital/dado/dados/lista/previsão/definição"
        "/exemplo/exemplos/dica/dicas/história/música/citação/ideia/ideias/explicação/fórmula/significado/plural/contrário"
        "/fonte/fontes/detalhes/tabela/rima/rimas/adivinha/título/passos/alternativa/alternativas/nomes/palavra/palavras/hora"
        "/data/distância/conversão/diferença/comparação/cardápio/receitas",
        "end": "incluso/inclusa/incluído/incluída$ longo/comprido/formal/complicado/curto/seco/técnico/genérico_demais"
        " muito_longo/comprido/formal/complicado/curto/seco/técnico/genérico/longa/comprida ou_\\d{1,9}$ que_horas da_para/pra"
        "/p_* para/pra_quantas/quantos/quem/quê ou_o/a_\\d{1,9}$",
        "article": "o/a/os/um/uma/meu/minha/do/da/no/na",
        "take": "quem_* quem_*_* o/a/os/as/um/uma/uns/meu/minha/meus/minhas/teu/tua/seu/sua/seus/suas/nosso/nossa/este/esta"
        "/esse/essa/cada/ao/aos/à/do/da/dos/de/no/na/nos/em/com/por/pelo/pela/para/pra/pro/sem/sobre/segundo/contra/como/que/e"
        "/ou/nem/mas/é/era/são/está/tá/chama/chamado/usa/usas/uso/usar/usam/conhece/conheces/quem/qual/nenhum/nenhuma/outro"
        "/daqueles/daquele/daquela/daquelas/desses/dessas/desse/dessa/deste/desta/tipo/versão/edição/formato/modelo/tamanho"
        "/edições/foi/calculou/escreveu",
        "does": "disse/diz/falou/fala/tem/tinha/é/era/está/tá/estava/foi/pode/sabe/sabia/pensa/acha/achou/acredita/escreveu/deu"
        "/dá/fez/faz/respondeu/vai/parece/deve/quer/explicou/recomendou/mandou/errou/acertou/concordamos/estamos/somos",
        "say": "não/nao/já/também/me/nos/te/se/sempre/nunca",
        "and": "e/&/mais/incluindo/inclusive e_também junto_com",
        "can": "pode/poderia/sabe/consegue/será_P pode/poderia/sabe/consegue_o/a_P será_que_P será_que_o/a_P talvez_P talvez_o"
        "/a_P deixa/deixe_P deixa/deixe_o/a_P que_o_P tem_P_alguma",
        "able": "pode/poderia/sabe/saberia/consegue/conseguiria me/nos_pode/diz/ajuda tem_opinião/ideia/sugestão/alguma/uma",
        "named": "que/qual…P_acha/diz/diria/pensa/sugere/recomenda/faria/responderia/aconselha que/qual_acha/diz/pensa_P vamos"
        "/bora/podemos/poderíamos/devíamos/devemos/deveríamos/quero/queremos/que~tal_perguntar/pedir/consultar/perguntarmos…P"
        " que_tal_perguntar/pedir/perguntarmos…P perguntemos/peçamos…P perguntamos/pedimos…P a_gente_pergunta/podia/pode/pede…P"
        " deixemos/deixa/deixe/deixar…P_decidir/responder/fazer/explicar quero/queria/gostaria/preciso_que…P quero_ver_o_que…P"
        " vamos_ver_o_que…P pergunta_para/pro_P, me_pergunto_o_que…P se_o_P_puder/pudesse seria_bom/legal_se_o_P o_P_devia"
        "/deveria_decidir/responder o_P_podia/poderia_nos/me/fazer uma_opinião_do_P precisamos_do_P bora_chamar_o_P que_tal_o_P"
        " como_o_P_faria/vê bom/legal/ótimo_que/se_o_P bom/legal_que/se_P saber_do/da/de_P quem_sabe_o_P quem_sabe_P vamos"
        "/bora…perguntar/pedir/consultar/chamar…P a_gente_perguntasse/pedisse/perguntava…P temos/tínhamos/havia/há_de"
        "/que_perguntar/pedir/consultar…P o_P_podia/poderia/pode_bem/nos/me o_P_bem_que_podia/poderia que_diria/faria/acharia"
        "/dirá/responderia_o/a_P que_diria/faria/dirá_P ver/ouvir/saber_o_P quero/queremos_ouvir_o/a_P o_P_que_decida/escolha"
        "/responda/diga/resolva que_decida_o/a_P vai_ver_o/a_P_sabe vai_ver_P_sabe por_que_não_perguntamos/perguntar…P que_diz"
        "/acha/pensa_o/a_nosso/nossa_P se_o/a_P_\\w{1,20}sse chama/chamem/chamemos_o/a_P se_o/a_P_nos/me pensando"
        "/perguntando,_P",
        "group": "gente/pessoal/galera/todos/todas/turma/povo/amigos/amigas/meninos/meninas/malta/rapaziada/mãe/pai/vó/vô/avó"
        "/avô/tia/tio/papai/mamãe/mana a_todos nós_dois/duas/três/quatro",
        "pair": "vocês/vcs/ceis vocês_dois/duas",
        "us": "quem_vem/quer/topa/traz/leva/dirige/falta quem_vai$ quem_vai_comigo/levar/trazer/querer/com/buscar/hoje/amanhã"
        " quem_tem_fome/tempo/carro/o/a/meu/minha/sede"
        " ^(?:(?:bom|bem|pois|então|entao|e|ou|que|ja|ok|ai|a~que~horas|que~horas|quando|onde|como),?~)?(?:nos~)?(?!podemos|devemos|precisamos|queremos|usamos|colocamos|fazemos|temos|pomos)\\w{2,20}[aei]mos"
        " todos_prontos/de/vêm/vão vocês/vcs todo_mundo a_gente bora alguém_me/nos/tem/quer/sabe/vem/pode/mais/vai/aí/aqui"
        "/conhece/topa/viu",
        "more": "e_* mais/menos/outra/outro/outras/outros/em/com/sem/para/pra/como/também/melhor/igual/algo/versão/duas/dois"
        "/três_* um/uma/dois/duas/três_mais mais_um/uma de_novo outra_vez sim_por/pfv quis_dizer eu_quis não_entendi"
        " quero_dizer outra/outro/segundo/segunda/terceiro/terceira/primeiro/primeira$ mais_uma/um desculpa/desculpe_\\w{1,40}$"
        " um_pouco/pouquinho/bocadinho/tico_mais/menos o/a/os/as_primeiro/primeira/segundo/segunda/terceiro/terceira/último"
        "/última/outro/outra/outros/outras não_o/a_*$ não_\\w{1,40}_o/a_\\w{1,40}$ não_*_*_mesmo$ estava/tava/falava/tô/estou_a"
        "/falando_do/da/de eu_tava/estava/falava/falei_* falava_do/da/de quis/queria_dizer se…como/quê/qual/quanto/onde/quando"
        " em_forma_de pela_metade dois/duas/três/quatro/cinco_exemplos/opções/frases/ideias/linhas/linhas a/na_metade ou_em/com"
        "/sem/seja/então isso/isto_vale/conta/serve/funciona/inclui/também_* precisa/precisam_* tem_outro/outra/outros/outras"
        "/algum/alguma/mais/certeza/um/uma/como/jeito/trem/ônibus/voo/receita/versão/desconto/que/de/em/no/na é_muito~longe"
        "/obrigatório/grátis/gratis/perigoso/possível/normal/seguro/igual/preciso_* existe/existem_* custa/demora/dura/abre"
        "/fecha/chega/fica_quanto/quando/até/em/muito/a/que o_link/código_não_* só/apenas_o/a/os/as/com/em_* primeiro…ou"
        " isso_é_verdade/certo/seguro o/a/os/as_de/com/sem_* como_assim tem_imposto/taxa/iva/frete um_tiquinho/cadinho/tantinho"
        "/tico_* falta/faltam_* precisa_de_*",
        "tag": "né/não/verdade/certo/viu/hein/ué/né~não/não~é/tá/fala~sério",
        "idle": "igualzinho que_bom/boa/legal/bonito/interessante/massa/estranho/lindo/pena/engraçado/loucura/máximo/nada"
        "/chique/delícia/susto/coisa/maravilha e/mas_eu/isso/o~meu/é/não/me/já/assim/ele/ela em_fim como_sempre/eu para_mim"
        " com_razão/certeza mais_ou quem_diria pode_ser/crer/deixar faz_sentido dá_pra_ver tá_certo só_que/isso na_verdade"
        " no_fim podemos_sim que_(?!mas|mais)[a-z]{2,30}$ outra_vez_a/isso/o~mesmo mais_um/uma_ano/dia/vez/motivo/prova/razão"
        " menos_mal/um/uma também_é/eu/acho/não/me/tenho com_o/a/isso/certeza/razão em_fim/casa/compensação tem_razão/gente"
        "/dias/coisas/sempre/graça/tudo/nada/vezes/toda e/mas_pensar/enfim/olha/nada/tudo/daí/pronto/aí/então/a~mim/o~pior"
        " eu_tava/estava_certo/errado/certa/errada/aqui/com/no/na/precisando como_a/o/meu/minha/se/eu/dizia sem_dúvida"
        "/comentários/noção/palavras/graça para/pra_que/isso/variar/mim/o/a/quem melhor_assim/não/que algo_assim igual_a/eu/ao"
        " mais_tarde/vale/claro/fácil precisa_nem/não precisa_de_nada posso_nem isso_também_é por_isso põe_nisso"
        " dá_pra_acreditar passa_nada volta_e tinha_* tudo_isso tanto/tão_* como_o_tempo caro/longe/cedo/tarde/difícil/frio"
        "/quente_demais_para/pra_mim/nós preciso_experimentar/testar/ir/lembrar/dormir/comprar/fazer/me/provar mal_posso tô"
        "/estou_com/na/no/morrendo/indo agora_tô/estou/é/só até_que_enfim/a/no fica_muito~longe falta/faltam_pouco/horas/dias"
        "/eu/nada",
    },
    "it": {
        "hail": "ciao/ehi/hey/oh/salve/senta/ascolta/grazie/scusa/scusami/caro/cara/dimmi/ohi/oi/senti~un~po/aiuto e_tu"
        " buongiorno/buonasera/buonanotte dai",
        "open": "ok/okay/va/bene/beh/bè/allora/dunque/quindi/e/ma/o/poi/adesso/ora/anche/inoltre/sì/si/no/ah/eh/hm/mah/boh/ahah"
        "/haha/ahahah/lol/bello/perfetto/ottimo/giusto/esatto/aspetta/dai/insomma/comunque/vabbè/certo/wow/mmm/ancora/già"
        "/grande/senti a_proposito una_domanda/cosa bella/buona_domanda penso/credo_che d'accordo",
        "please": "per_favore/piacere/cortesia ti_prego pf/perfavore/pls",
        "ask": "chi/che/cosa/cos'è/quale/quali/qual/quando/come/com'è/dove/dov'è/quanto/quanta/quanti/quante/perché/xké/xche/cm"
        "/sviluppa+/taglia+/dagli/dalle/dagliel*/rendi+/passa+/dettaglia+/approfondisci+/abbrevia+/riduci+/allunga+/rifai+"
        "/rifallo/inserisci+/includi+/sostituisci+/arrotonda+/completa+/separa+/raggruppa+/evidenzia+/riformula+/riprova+"
        "/chiedi+/chiedimi/immagina+/fallo/falla/falle/falli/dillo/dilla/usala/usalo/mettici/aggiungici/tieni+/parti+/torna+"
        "/sintetizza+/estrai+/trasformalo/conferma+/confermi ke/k a/di/in/con/da/per_che/chi/quale/quando/quanti/quanto c'è"
        "/è_vero/possibile/giusto/qualche ho_bisogno vorrei/voglio/preferirei mi_serve/servirebbe dimmi+/dicci+/dammi+/dacci+"
        "/spiega+/traduci+/riassumi+/fai+/fammi+/facci+/scrivi+/calcola+/cerca+/confronta+/mostra+/racconta+/aiuta+/ricorda+"
        "/correggi+/controlla+/ripeti+/continua+/metti+/aggiungi+/togli+/cambia+/elenca+/suggerisci+/consiglia+/inventa+"
        "/scegli+/decidi+/di'+/definisci+/descrivi+/converti+/ordina+/accorcia+/semplifica+/migliora+/prova+/riscrivi+/crea+"
        "/genera+/rispondi+/indovina+/disegna+/somma+/proponi+/trova+ aggiusta+/leva+/cancella+/raddoppia+/dividi+/moltiplica+"
        "/lascia+/inizia+/finisci+/evita+/ignora+/illustra+/gioca+/giustifica+/mescola+/annota+/apri+/organizza+/prepara+"
        "/prendi+/testa+/salta+/seleziona+/trasforma+/usa+/utilizza+/classifica+/canta+/condividi+/stupisci+/consigliami"
        "/tradurre troppo_lungo/complicato/caro mi/ci_dici/dai/fai/spieghi/aiuti/traduci/consigli cos'altro altro fanne/dammene"
        "/dimmene/funziona/serve si_può mi/ci_serve/servono/servirebbe/servirebbero bisogna/basta/conviene/tocca_* si_può"
        "/possono/deve/usa/mangia/conserva/congela_* c'è_un/una/il/la/anche/qualche/altro ci_sono_* a_partire_da_che/quando"
        "/quale fino/per/su/sopra_quando/quanto/chi/che/quale/dove sarebbe_* vai_avanti/più/oltre",
        "turn": "puoi/potresti/sai/sapresti/riesci/vuoi/hai/sei/conosci tu_che/puoi/sai/cosa che/cosa_ne_pensi/dici che_dici"
        "/pensi cosa_pensi/dici/consigli/faresti mi/ci_puoi/potresti/sai/aiuti/dici/spieghi/fai/dai lo/la/ti_vuoi/fai/puoi/sai"
        "/porti/va/ricordi/unisci mi/ci_scrivi/prepari/cerchi/calcoli/riassumi/traduci/fai/mandi/trovi/insegni",
        "self": "io/noi/ho/abbiamo/ascolta/senti/aiuto/cerco/cercavo/bisogno/amico/amica/caro/cara/tesoro/amore/bello/bella"
        "/fratello/vecchio/carissimo/anche,/pure, tu/hai/sei/puoi amico/amica/tesoro/amore/caro_mio/mia mio/mia_caro/cara"
        " mi_serve/servono/serviva ma_è/non/come/che/quanto/chi/dove domanda/dubbio/domanda_*",
        "you": "tu/ti/te/tuo/tua/pensi/puoi/sai/dici/credi/hai/sei/vuoi/potresti/consigli",
        "hint": "qualche/idee/idea/opinione/consigli/il/la/i/le/un/una/in/per/tua",
        "thing": "barzelletta/ricetta/haiku/poesia/sinonimo/sinonimi/traduzione/riassunto/capitale/dato/dati/lista/meteo"
        "/definizione/esempio/esempi/consiglio/consigli/storia/canzone/citazione/idea/idee/spiegazione/formula/significato"
        "/plurale/contrario/fonte/fonti/dettagli/tabella/rima/rime/indovinello/titolo/passi/alternativa/alternative/nomi/parola"
        "/parole/ora/data/distanza/conversione/differenza/confronto/menù/ricette",
        "end": "inclusa/incluso/compresa/compreso$ troppo_lungo/lunga/corto/formale/complicato/tecnico/secco/generico/freddo"
        "/pomposo/serio o_\\d{1,9}$ a_quanto come_faccio/facciamo/posso/devo/si~fa che_ore quanto_costa/costano/dura/ci~vuole"
        "/pesa/vale ma_est_vero è_vero$ o_il/la_\\d{1,9}$",
        "article": "il/lo/la/un/una/mio/mia/del/della/nel",
        "take": "chi_* chi_*_* il/lo/la/i/gli/le/l'/un/uno/una/mio/mia/miei/tuo/tua/suo/sua/nostro/nostra/vostro/questo/questa"
        "/quel/quella/ogni/a/al/di/del/della/dell'/in/nel/nella/con/su/sul/per/da/dal/dalla/senza/secondo/contro/come/che/e/ed"
        "/o/ma/è/era/sono/chiama/chiamato/usa/usi/uso/usare/conosci/chi/quale/nessun/altro/tra/fra/quei/quelli/questi/tipo"
        "/formato/versione/edizione/modello/taglia/sentire/ascoltare/retta/calcolato/messo/consigliato/scritto/decide/ecco/dice"
        "/spiega/meglio grazie_a",
        "does": "ha/aveva/è/era/dice/diceva/pensa/pensava/sa/sapeva/può/poteva/potrebbe/va/fa/sembra/risponde/viene/scrive/dà"
        "/deve/dovrebbe/sarà/avrebbe/crede/propone/parla/disse/risposto/detto/scritto/fatto/funziona/vuole/siamo",
        "say": "non/mi/ci/ti/si/lo/già/sempre",
        "and": "e/ed/&/più/incluso/compreso e_anche insieme_a e_pure e_pure/anche_te/tu",
        "can": "può/potrebbe/sa/saprebbe/riesce/vuole_P ci/mi_può/potrebbe/dice_P forse/magari_P che_P_decida/risponda che_P_ci"
        "/mi/lo/la/spieghi/faccia/dica",
        "able": "può/potrebbe/sa/saprebbe/riesce ci/mi_può/potrebbe/sa/dice ha_un'opinione/un'idea ha_un_parere/consiglio",
        "named": "cosa/che/chi…pensa/dice/direbbe/consiglia/suggerisce/farebbe/penserebbe/crede/sceglierebbe_P chiediamo*"
        "/domandiamo*/facciamo*/lasciamo*…P proviamo/andiamo_a_chiedere/chiederlo/far…P possiamo/potremmo/dovremmo"
        "/vogliamo_chiedere/chiederlo/far…P perché_non_chiediamo/chiederlo/chiedere…P vediamo/sentiamo_cosa/che/se…P sentiamo_P"
        " vorrei/voglio/vorremmo/piacerebbe_che_P mi_chiedo_cosa/se_P domanda_per_P che_ne_dite_di_chiedere…P se_P_potesse/può"
        " sarebbe_bello_se/che_P P_dovrebbe_decidere/rispondere P_ci/mi_potrebbe/può un_parere_di_P serve/servirebbe_P"
        " abbiamo_bisogno_di_P che_ne_dice/pensa_P come_la_vede_P come_farebbe_P bello/bene/utile_che/se_P se_P_può/potesse"
        " sapere_da_P lo/glielo_chiedessimo/chiediamo/chiedo…P se_chiedessimo/domandassimo…P bisogna/bisognerebbe"
        "/tocca_chiedere/chiederlo/sentire…P lo_chiedo_a_P decida/scelga/risponda/dica/giudichi_P che_decida/scelga_P"
        " anche_tu_P P_ce/me_lo/la_può/potrebbe P_deve/può_decidere/dire P_ci_dice/dirà cosa/che_dirà/dice/ne_dice_P"
        " a_P_la_parola che/cosa_ne_dice/pensa_il/la_nostro/nostra_P chissà_se/cosa/che_P se_P_ci/mi chiedevamo/chiedevo"
        "/chiedendo,_P",
        "group": "ragazzi/ragazze/tutti/tutte/gente/amici/raga/squadra/belli/mamma/papà/nonna/nonno/zia/zio/fratello/sorella"
        "/bimbi/ragazzuoli a_tutti noi/voi_due/tre/quattro",
        "pair": "voi/voialtri voi_due/tutti voi_altri",
        "us": "qualcuno_ha/sa/mi/vuole/viene/può/di~voi/ci/si chi_viene/vuole/porta/guida/manca/va_* chi_ha_voglia/fame/sete"
        "/tempo/preso/visto/già/le~chiavi/il~mio/la~mia chi_c'è_stasera/domani/per chi_si_unisce/offre/ferma"
        " ^(?:(?:ok|allora|dai|quindi|e|o|che|ma|si|bene|va~bene|a~che~ora|quando|dove|come),?~)?(?:ci~|lo~|la~|li~|le~)?(?!possiamo|dobbiamo|vogliamo|usiamo|mettiamo|abbiamo|facciamo~senza)\\w{2,20}iamo"
        " tutti_pronti/d'accordo/presenti voi",
        "more": "e_* più/meno/altra/altro/altre/altri/in/con/senza/per/come/anche/meglio/solo/uguale/qualcosa/versione/due"
        "/tre_* un/uno/una/due/tre_altro/altra/altri/altre/in~più ancora_una/uno/un di_nuovo/più sì_per/dai/grazie volevo_dire"
        " non_capisco/ho~capito intendevo un'altra/altra/altro/secondo/seconda/terzo/terza$ scusa/scusate_\\w{1,40}$ un_po'_più"
        "/meno/piu un_po_più/meno il/la/i/le/lo/gli_primo/prima/secondo/seconda/terzo/terza/quarto/ultimo/ultima/altro/altra"
        "/altri/altre l'*_ultimo/ultima no_il/la/lo/i/le/l'*_*$ no_il/la/i/le/lo_*$ no_\\w{1,40}_il/la/lo_\\w{1,40}$ parlavo"
        "/dicevo/intendevo/pensavo_* mi_riferivo_* scusa_intendevo/volevo/era se…come/cosa/che/quanto/dove/quando/quale/chi"
        " sotto_forma in_forma_di a_metà due/tre/quattro/cinque_esempi/opzioni/frasi/idee/righe vale/va/funziona/conta"
        "/serve_anche/pure/bene/per/in/con/se/il/la è_obbligatorio/necessario/gratis/pericoloso/possibile/normale/lontano"
        "/legale/lo~stesso costa/dura/apre/chiude/parte/arriva_* esiste/esistono_* ne_hai_* l'ho/l'abbiamo_* e_se il_link"
        "/codice_non_* quella/quello/quelli/quelle_con/di/del/della/senza/che/da/al_* prima…o va_bene_anche/pure/se/il/la/lo"
        "/con solo_i/il/la/le/lo/gli_* un_filo/pizzico/pelo/tantino_* ci_vuole/vogliono_* manca/mancano_* ne_voglio/vorrei_*"
        " non_c'è_*",
        "tag": "no/vero/eh/giusto/nevvero",
        "idle": "che_bello/bella/carino/interessante/strano/figata/peccato/ridere/schifo/storia/meraviglia/forte/spettacolo"
        "/palle e/ma_io/questo/non/mi/già/così/lui/lei in_effetti/realtà/fondo come_sempre/immaginavo/pensavo per_me/fortuna"
        " con_piacere più_o chi_lo_sa/avrebbe possiamo/potremmo vai_tranquillo fai_pure non_so sa_di che_[a-z]{2,30}$ ma_dai/va"
        "/che/no/sì meno_male altro_che per_forza/fortuna/carità/niente/un/dire/me/poco ancora_pioggia/tu/lui/lei/non/peggio"
        "/meglio anche_questa/questo/io/a/mia/mio/noi/se/perché in_bocca/effetti/fin/casa/pratica come_non/al/mia/mio/se/no/da"
        "/volevasi con_calma/lui/lei/me/tutto/quello/questo senza_parole/dubbio/di più_che/tardi/di meglio_così/tardi/di~niente"
        " solo_io/che/questo/a/per e/ma_pensare/invece/vabbè/dire/allora/basta/niente/tu/poi/il/la/figurati/lasciamo/davvero un"
        "/una_altro/altra_giorno/volta/anno pensavo_peggio/meglio/fosse/di/che/fossero parlavo_io hai_ragione/visto/capito"
        "/proprio basta_così/poco/e/saperlo si_vede/sa/capisce/vedeva/va qualcosa_mi/del/così c'è_da/poco/sempre/chi/gente/poi"
        " ci_sono_cascato/andato/stato/rimasto/arrivato/volte due_palle e/ma_quanto_sei/mi/ci va_bene$ va_bene_così/allora/dai"
        "/grazie così_tanto/poco/tanti/lontano/caro/presto/tardi come_passa/vola troppo_*_per_me/noi devo_provar*/ricordar*"
        "/dire/ammettere/farlo/andare/proprio per_questo/quello/ora/adesso/stasera/oggi manca/mancano_poco/ore/solo"
        " ci_vuole_pazienza/altro/poco chi_l'avrebbe ci_sono_già non_c'è_di/male/niente/dubbio/problema/fretta/che",
    },
    "ru": {
        "hail": "эй/привет/здравствуй/здравствуйте/хей/хай/слушай/скажи/спасибо/спс/извини/прости/дорогой/дорогая/алло/йоу/ау"
        "/а~ты/помоги/спасай/выручай/давай и_ты ну_что доброе_утро добрый_день/вечер",
        "open": "ок/окей/ладно/хорошо/ну/так/итак/и/а/но/или/да/ага/угу/нет/не/неа/ой/ох/эм/хм/мм/ха/хаха/ахах/лол/круто/класс"
        "/отлично/супер/точно/ясно/понятно/понял/поняла/погоди/подожди/стоп/кстати/вообще/ещё/теперь/тогда/потом/также/значит"
        "/короче/блин/вау/ого/это/то/давай/тут вопрос я_думаю не_знаю",
        "please": "пожалуйста/пж/плиз/пжлст/плз/пжл",
        "ask": "что/кто/кого/кому/кем/чем/чего/чей/какой/какая/какое/какие/каких/каким/какую/какого/когда/где/куда/откуда/как"
        "/почему/зачем/сколько/который/которая/которого/правда~ли/дай/убавь+/увеличь+/уменьши+/раскрой+/разверни+/смягчи+"
        "/отредактируй+/поправь+/переделай+/передел*/спроси+/выдели+/вычеркни+/верни+/включи+/исключи+/построй+/сгенерируй+"
        "/собери+/вставь+/разложи+/растолкуй+/сожми+/переформулируй+/сформируй+/округли+/сведи+/накидай+/глянь+/гляди+/поясни"
        "/представь+/подтверди+/обращайся/обратись/выкинь+/выброси+/напишешь/переведёшь/посчитаешь/расскажешь/объяснишь"
        "/напомнишь/найдёшь/составишь/придумаешь/покажешь/проверишь/возможно можно_ли есть_ли верно_ли ли разве/неужели о/в/на"
        "/с/из/от/до/к/по/за/у_каком/какой/какую/чем/ком/кого/скольки/какого/сколько мне/нам_нужно/нужен/нужна/надо хочу/хотел"
        "/хотела/хотелось нужно/нужен/нужна скажи+/объясни+/переведи+/подскажи+/напиши+/сделай+/покажи+/помоги+/найди+"
        "/посчитай+/рассчитай+/расскажи+/дай+/сравни+/назови+/перечисли+/сократи+/повтори+/проверь+/составь+/добавь+/убери+"
        "/замени+/исправь+/придумай+/предложи+/посоветуй+/выбери+/реши+/опиши+/приведи+/напомни+/поясни+/уточни+/упрости+"
        "/перепиши+/продолжай+/продолжи+/попробуй+/вычисли+/подведи+/резюмируй+/суммируй+/сформулируй+/ответь+/угадай+/нарисуй+"
        "/сложи+/поищи+/загугли+/спой+/оцени+/создай+/рифму+/преврати+/сделаешь убери+/удали+/удвой+/раздели+/умножь+/оставь+"
        "/начни+/закончи+/игнорируй+/сыграй+/обоснуй+/смешай+/запиши+/открой+/организуй+/подготовь+/возьми+/протестируй+"
        "/пропусти+/преобразуй+/используй+/классифицируй+/поделись+/удиви+/измени+/поменяй+/прочитай+/процитируй+/отсортируй+"
        "/сгруппируй+/упорядочь+/разбей+/дополни+/распиши+ слишком_длинно/сложно/дорого его/её/их/это_можно/надо/нужно/стоит"
        "/реально_* можно/надо/нужно/стоит/реально/обязательно_* есть_*_* есть_* виза/билет/паспорт/скидка_* на_ты/вы придётся"
        "/понадобится/хватит_ли точно_ли какое/какие/какая_* со/с/до/через_скольки/сколько/какого/какой есть_какой-то/какое-то"
        "/какая-то/какие-то возможно_ли",
        "turn": "мог_бы можешь/сможешь/знаешь/умеешь/скажешь/подскажешь/поможешь/считаешь/думаешь/посоветуешь_ли ты_можешь"
        "/знаешь/умеешь/тут/здесь/как/что что_думаешь/скажешь/посоветуешь/считаешь как_думаешь/считаешь знаешь/помнишь"
        "/подскажешь/подскажи/поможешь",
        "self": "я/мы/мне/нам/у_меня/нас ты/твой/твоя/слушай/смотри/спасай/помогай/выручай/помощь/ищу/хочу/дорогой/дорогая/друг"
        "/дружище/дружок/родной/родная/милый/милая/братан/брат/бро/солнце/зай/подруга/тоже,/также,/вопрос душа_моя друг"
        "/дружочек_мой как_там глупый/тупой/быстрый/короткий_вопрос",
        "you": "ты/тебя/тебе/тобой/твой/твоя/твоё/твои/можешь/думаешь/знаешь/скажешь/считаешь",
        "hint": "идеи/мысли/советы/варианты/мнение/есть",
        "thing": "шутку/шутка/анекдот/рецепт/хайку/стих/стихи/синоним/синонимы/перевод/итог/столица/факт/факты/список/погода"
        "/определение/пример/примеры/совет/советы/историю/песню/цитату/идею/идеи/объяснение/формулу/значение/источник/источники"
        "/подробности/таблицу/рифму/загадку/название/шаги/вариант/варианты/слово/слова/время/дата/расстояние/разница/сравнение"
        "/меню/рецепты",
        "end": "подойдёт/годится/пойдёт$ слишком_длинн*/коротк*/сложн*/официальн*/формальн*/сух*/заумн*/пафосн* или_\\d{1,9}$"
        " во_сколько сначала_*_или что_выпить/делать/взять/надеть/подарить/приготовить/посмотреть/почитать тоже_можно/подойдёт"
        "/годится",
        "take": "кто_* кто_*_* в/во/на/с/со/к/ко/у/о/об/от/до/из/за/по/под/над/при/про/для/без/через/мой/моя/мою/твой/твоя/его"
        "/её/наш/наша/этот/эта/каждый/и/или/но/а/не/ни/как/чем/что/это/зовут/называется/назвали/спроси/спросил/спросила"
        "/спросить/спрашивал/спрашивала/люблю/знаешь/знает/видел/видела/использую/используешь/есть/вся/нет/какой/какая/чей/типа"
        "/формата/версия/формат/версии",
        "does": "сказал*/говорит/говорил*/ответил*/написал*/думает/думал*/считает/знает/знал*/может/мог/могла/был/была/умеет"
        "/дал/дала/сделал*/ошибся/ошиблась/посоветовал*/предложил*/обещал*/молчит/работает/сломал*/согласны/думаем",
        "say": "не/уже/тоже/ещё/вчера/сегодня/опять/снова/это/же/всё/прав/права *ал/*ала/*ил/*ила/*ел/*ела/*ул/*ула/*лся/*лась",
        "and": "и/&/плюс/включая/вместе~с/а~также да_и",
        "can": "может/сможет/мог~бы/пусть/умеет/знает_P может_ли_P не_может/мог~ли/бы_P пускай_P знает_ли_P сможет_ли_P"
        " умеет_ли_P можно_P чтобы_P может_быть_P есть_ли_у_P",
        "able": "может/сможет/знает/умеет/подскажет/поможет/ответит/переведёт/посчитает/объяснит нам/мне_может/поможет"
        "/подскажет",
        "named": "что/кого…думает/скажет/считает/посоветует/предложит/ответит/говорит_P что_P_думает/скажет/посоветует/считает"
        "/предложит/ответит как_P_думает/считает давай/давайте…спросим…P давай/давайте_P спросим…P спросить_бы_у_P может/можно"
        "/надо/нужно/стоит/хочу/лучше/попробуем…спросим/спросить/попросить/попросим/узнать_P может/можно/надо/нужно/стоит/хочу"
        "/лучше…спросим/спросить/попросить/попросим_у_P попросим…P пусть…P хочу/хочется/надо_чтобы_P интересно_что/как_P"
        " посмотрим/послушаем_что_P вопрос_к/для_P поручим…P если_P_может/мог было_бы_здорово/хорошо_если_P P_мог_бы"
        "/должен_решить/ответить нужно_мнение_P нам_нужен_P как_P_видит/сделал_бы как_думает_P а_P_что_думает/скажет если_бы_P"
        " бы_не_спросить…P вопрос_к_P узнать_у_P давай/давайте…P…спросим/попросим/узнаем/позовём P…спросим/попросим/послушаем"
        "/спросить~бы надо/надо~бы/нужно/стоит/пора/можно/хорошо~бы_P_спросить/попросить/подключить спрошу/спрошу-ка_у_P"
        " что_бы_сказал/сказала/посоветовал/посоветовала/ответил/ответила_P P_вопрос P_пусть что_P_думает/скажет/ответит"
        " слово_P что_скажет/думает/говорит_наш/наша_P если_P_нам/мне/бы позовём/позовём-ка/подключим_P P_нам_поможет/подскажет"
        "/посчитает а_если_P",
        "not": "ты/тебе/тебя/вы/вам…спроси/спросить/спрашивал/спрашивала…P",
        "group": "ребята/ребят/народ/все/всем/друзья/люди/девочки/девчонки/мальчики/парни/коллеги/господа/команда/чуваки/мам"
        "/пап/мама/папа/бабушка/дедушка/бабуль/дедуль/тётя/дядя/тёть/дядь/сынок/доча/баб/дед мы/вы_двое/трое/втроём/вчетвером",
        "pair": "вы_двое/оба/обе/все/там/как/идёте/будете как_вам вам_нравится",
        "us": "кто-нибудь/кто-то"
        "/^(?:ну~|а~|тогда~|так~|когда~|во~сколько~|где~)?[а-я]{2,20}(?:им|ем|емся|имся)(?:~завтра|~сегодня|~вечером)?$"
        "/увидимся/встретимся/созвонимся/спишемся кто_хочет/идёт/будет/за/едет/займёт/одолжит/возьмёт/принесёт/со~мной/со"
        "/из~нас/из~вас кто_может_мне/забрать/помочь/подвезти/прийти вы/вам/вас ^(?:а~|и~|ну~|ну~что~)?мы все_готовы/за"
        "/согласны/идут/здесь/в~сборе может_пойдём поедем/пойдем/берем/идем/встречаемся/закажем/возьмем/купим пойдём/идём/едем"
        "/поехали/берём/придём/встретимся/соберёмся_*",
        "more": "а_* и_* или_* ещё_* теперь_* короче/покороче/длиннее/подробнее/проще/попроще/дешевле/быстрее/больше/меньше"
        "/дальше/далее/по-*ски/по[а-я]{3,20}(?:ее|ше|че|ще)/первый/второй/третий/последний/вторая/первая/третья/второе/первое"
        "/второго/другой/вторую/последнюю/первую$/вдвое/списком/таблицей/кратко/текстом$/сверху$ другой/другую/другое/другие"
        "/снова/заново/опять/дальше/далее/в/на/с/без/для/как/только/лучше/пример/примеры/вариант/что-нибудь/что-то/более/менее"
        "/чуть/одно/один/одну/два/две/три_* ещё_один/одну/раз да_пожалуйста/давай я_имел/имела_в_виду не_понял/поняла/понимаю"
        "/понятно то_же извини/прости_\\w{1,40}$ чуть/немного/чуток/капельку_* первый/второй/третий/последний/вторую/последнюю"
        "/первую/вторая_вариант/пункт/способ/рецепт/абзац/пример/строку/часть/подробнее/короче нет_\\w{1,40}_который/которая"
        "/которое/это я_про_* я_спрашивал/спрашивала_про/о/об не_*,_а_* если…как/что/сколько/куда/где/какой в_виде/форме"
        "/таблице/рублях/евро/процентах два/три/четыре/пять_примера/варианта/идеи/примеров/вариантов/идей это_и/тоже/ещё_*"
        " ссылка/код_не_* ты_уверен/уверена/точно/серьёзно тот/та/те_что/который/которая/с сначала…или нужен/нужна/нужно_*"
        " нужны_* не_хватает_* нет_заголовка/названия/ссылки",
        "tag": "да/нет/правда/не~так/верно/ага",
        "idle": "как_интересно/мило/здорово/круто/смешно/странно/красиво/жаль/всегда/обычно/раз/вкусно/хорошо/я что_за/ж"
        "/поделаешь какой_ужас/кошмар/класс/молодец/бред/смешной какая_прелесть/жалость вот_это/как/оно и/а/но/так_я/он/она/это"
        "/мы/вот/правда/то/все/не ну_и в_общем/принципе/целом/итоге/точку на_самом/деле с_ума/удовольствием для_меня как_же"
        " кто_бы/знает/знал более-менее лучше_не больше_не нужно_будет надо_будет ничего_себе так_и и/а/но_у/мне/нам/ему/ей/им"
        "/меня/нас/мой/моя/мои/потом/дальше/тут/там/там/вдруг/ведь/всё-таки/главное/ещё больше_не/туда/никогда/нет/всего"
        " опять_* снова_дождь/он/она/ты в_следующий/прошлый/детстве/целом/шоке/точку на_улице/работе/даче/всю на_всякий для_нас"
        "/этого/такого без_слов/шансов/вариантов/комментариев как_всегда/раз/бы/будто/же/я/у/и/мой/моя/по лучше_поздно/не/уж/бы"
        "/так только_что/не/вот/хотел/и первый_раз можно_было/подумать/и надо_же/бы/так/было нужно_бы есть_такое/же/чем/куда"
        "/что/над хватит_уже что-то_мне/я/с/не так_что это_и_есть/так чуть_не одно_другому/слово/и два/три_года/раза/дня/часа"
        " так_много/мало/дорого/далеко/долго/быстро/поздно/рано как_время/летит/быстро слишком_*_для_меня/нас для_тебя/вас/неё"
        "/него/них есть_хочу/хочется/охота надо_попробовать/запомнить/купить/взять с_этим/таким/тобой на_2/3/10 хорошо_что_*"
        " теперь_буду/знаю/понятно/ясно буду_знать/иметь",
    },
    "ja": {
        "hail": "ねえ/ねぇ/おい/ヘイ/よお/こんにちは/こんばんは/おはよう/ありがとう/ありがと/すみません/ごめん/ちなみに/そういえば/ちょっと/やあ/親愛なる/もしもし/はい なあ/なぁ/おーい/あのね"
        "/すいません/助けて/頼む/ヘイ ね[ーえぇ]{1,4}",
        "open": "あの/あのさ/えっと/えーと/うーん/うん/はい/いや/いいえ/ええ/じゃあ/じゃ/では/でも/で/それで/それじゃ/ところで/あと/また/次に/次は/なるほど/そうか/そっか/わかった/了解/笑"
        "/www/草/まあ/とりあえず/あ/え/ほう/さて/そして/今度は/やっぱり/みんなと/全員と/と/も/それと いや/てか/ていうか/ってか/えー/んー/うわ/は?/でさ/ほんで/そんで/なら/とにかく/したら/今"
        "/ちなみに/ごめん/すみません/間違えた/違う",
        "please": "お願い*/おねがい/頼む/頼みます/ください/下さい/プリーズ/よろしく",
        "you": "君/あなた/きみ",
        "end": "て$/で$/ください/下さい/お願い/おねがい/頼む/頼みます/くれ$/くれる$/くれない/もらえる/もらえます/ますか/ですか/かな$/か$/教えて/どう/なに/何/なぜ/なんで/どうして/いつ/どこ"
        "/誰/だれ/いくつ/いくら/どれ/どっち/どの/って$/とは$/よろしく/してほしい/は$/の$/ちょうだい っけ/しろ(?=,|$)/なさい/だろ$/でしょうか/でしょうかね/くれん/くれへん/たのむ/ほしい$"
        "/欲しい$/ほしいな/欲しいな/知りたい/聞きたい/ますかね/ですかね/なの$/なん$/いくつ/何時/ないの$/あるの$/ある$/できる$/ですか/くださいな/頂戴/ちょーだい/おせーて/おしえて/だと$/なら$"
        "/たら$/かい$/んかな/どない/どんな/もらえませ/いただけ/頂け",
        "take": "の/は/が/を/に/と/も/で/へ/より/という/この/その/あの/なら から(?<![たいだるうんす]から)",
        "say": "が/の/って言/は言/によると/いわく/曰く/言って/言った/言い/言う/答え/回答/書い/好き/すごい/賢い/便利/のこと/なら/だっ/に聞いた/また間違 使っ/使う/みたいな/派/以外/抜き/なしで"
        "/経由/ティッシュ/型/付き/つき/入り/信じ/頼り/任せに/最高/優秀/天才/有能/無能/落ち/バグっ/壊れ/間違/めっちゃ/まじ/マジ/まだ/には/によ/がまた/いわく 返事(?!しろ|して|せよ|は) 缶/味/色"
        "/版/系/園/狩り/肉/酒/焼き/食べ/飲み",
        "and": "と/&/、と",
        "named": "Pに…聞こう/訊こう/きこう/尋ねよう/頼もう/任せよう/まかせよう/しよう/もらおう/みよう/聞きましょう/しましょう/みましょう/頼みましょう/もらいましょう/みない/みませんか/聞かない"
        "/てほしい Pに…聞きたい/頼みたい Pは…どう思/どう考/知ってる/知っています/知ってます/わかる/分かる/わかりますか/できる/できます/どう?$/何だと思/なんだと思 Pも…どう思/知ってる/わかる Pが"
        "/は…てくれる/てくれない/てくれます/てくれません/てもらえ/てください/てくれ$ Pなら…わかる/知ってる/できる/どうする/どう思/何て Pの_意見は/考えは/見解は Pに…て(?:もらえ|もらっ|もらお)"
        " Pはどう$ Pの番 P_だったら…どう/何 Pにも…聞/意見 Pの出番 Pも…一言 Pの意見も Pに…やって(?:もら|ほし) Pに…書いて(?:もら|ほし) Pに…もらう$ Pに…もらわない/もらいません/もらお"
        " Pに…(?:まとめ|書い|訳し|直し|調べ|計算し|考え|決め|選ん|やっ|出し|作っ|教え|見|チェックし).{0,4}(?:もらえ|もらお|もらいた|ほしい|欲しい|いただけ)"
        " P(?:は|的には|なら|だったら|としては).{0,30}?(?:どっち|どれ|どう|何|なに|誰|だれ|どこ|どの|いつ|どんな).{0,16}$ Pも…(?:どっち|どう思)"
        " Pに…(?:まとめ|書い|訳し|直し|調べ|計算し|考え|決め|選ん|出し|作っ).{0,30}もらえ"
        " Pに(?:.{0,30})(?:もらえますか|もらえませんか|いただけますか|もらえる|もらいましょう|もらおう)$ Pに(?:質問|お願い|相談|一つ聞|聞きたい|おまかせ|お任せ|任せた)"
        " Pに(?:聞くけど|聞くが|聞きます|聞いちゃ|お聞き|伺|尋ね|聞きたい|聞こっか|聞くか|聞くしか|頼むか|やらせ) Pどう.{0,6}$ Pの?(?:意見|見解|考え)(?:は|を|も)$"
        " Pに.{0,10}よっか",
        "not": "Pに聞いてくれ Pは…言って Pが…てくれた Pに…てもらった Pが…言って Pに聞いてもらえ Pに聞こうと Pに…ようと思って Pに…(?:って|と)言われ Pに…たら Pに…みてくれ Pに聞け"
        " Pに…た(?:けど|ら|の)",
        "group": "みんな/皆さん/みなさん/皆/みな/全員/諸君/おまえら/お前ら/各位/二人とも/ふたりとも/みんなさん 私たち/俺たち/僕ら",
        "pair": "君たち/きみたち/あなたたち/あなた達/二人は/ふたりは お母さん(?=,) お父さん(?=,) 部長(?=,) 課長(?=,) 店長(?=,) 社長(?=,) 先輩(?=,) 先生(?=,)"
        " 管理人さん(?=,)",
        "us": "誰か/だれか/みんな/皆/ましょうか/ようか/行こう/しようか/こうか/もうか/行く人/誰が行/どうする?$ 今度.{0,6}行 一緒に.{0,8}(?:行|食|飲|や)",
        "more": "もっと/さらに/次/今度/逆に/別/他/ほか/違う/例/続き/続け/短く/簡単/詳しく/再度/英語/日本語/同じ/なぜ/なんで/どうして/具体 もう(?:一|少し|ちょ|ひと|いち|1|2|3)"
        " その(?:中|うち|場合|後|あと|次|理由|他|ほか|.{1,12}(?:は|って)$) それ(?:の|で|以外|を|ぞれ|って.{0,12}$|は(?:なぜ|どう|いつ|どこ|誰|何)) って(?:いう|こと)"
        " .{1,14}(?:の方|のほう|のやつ|とこ|ところ|の場合|だと|なら|だったら|とか|以外|以内|くらい|ぐらい|だけ|分で|用に|用で|版で?|編|抜きで|なしで|ありで|向け|向けに|順で|順に|にして|から|まで|への|のも|のは|を|へ)$"
        " .{0,12}(?:バージョン|理由|意味|原因|方法|やり方|読み方|書き方|行き方|使い方|作り方|住所|場所|時間|値段|料金|電話番号|リンク|出典|ソース|情報|由来|違い|名前|続き|全文|例)(?:は|も|を)?$"
        " .{0,24}(?:いい|良い|嬉しい|うれしい|助かる|ありがたい)(?:な|です|んだけど|のですが)$ じゃあ.{1,10}(?<![ねよわなだたるい])$ .{1,14}(?:じゃなく|ではなく|でなく)"
        " 間違え(?:た|まし)(?=,) 訂正 .{1,14}(?<!で)も(?:つけ|書い|入れ|足し|出し|追加|含め|ください|お願い) .{1,16}て(?:みて|ほしい|くれ)"
        " .{1,12}(?:抜き|なし|無し|あり|入り|込み|多め|少なめ|薄め|濃いめ|控えめ|短め|長め|軽め)$ (?:あと|それと|ついでに|ちなみに|あとは).{1,14}(?:も|は|を)?$"
        " .{1,14}(?:代わり|かわり)に?(?:なる)?"
        " .{2,10}(?<!それ)(?<!ちゃ)(?<!とても)(?<!すごく)(?:わかる|分かる|知ってる|できる|いる|見れる|使える|行ける|食べれる|食べられる|もらえる)$"
        " .{1,16}(?<!そういう)(?<!そんな)(?<!という)(?:やつ|もの|もん|タイプ|感じ|コース|プラン|コツ)(?:で|を)?$ .{1,16}ように$",
        "idle": "なるほど/そうなんだ/へえ/へぇ/すごい/さすが/知らなかった/それな/そうか/よかった/面白い/もういい/いいね/もう十分/次回/その通り/そのとおり/それはすごい/それは良/それはいい/違うと思う"
        "/それはそう/なんだ/何それ/もうわかった まじか/マジか/そっか 別に(?!.{0,8}(?:ある|して|教え)) それは(?:な|ない|無|草|やば|助か|知ら|嬉|うれ|楽し|混|ちょっと)"
        " .{0,24}(?:だろうな|そうだな|みたいだな|かもな|だよな|気がする|と思ってた|思った|よね|だね|ですね|なあ|じゃん|もんね|よな|だわ|たわ|てたわ|笑|草|(?<=[ぁ-んァ-ヶ一-龥])w)$"
        " やっぱ(?:り)?.{0,12}(?:か|だ|ね|な|よな)$"
        " .{0,14}(?:最高|天才|正解|爆笑|感動|納得|了解|完璧|無理|最悪|楽しみ|懐かし|神|草|笑|勉強になる|助かった|たすかる|ありがたい)$ いいね いいな$ いいかも"
        " .{0,24}(?:ってくる|てみる|てみよう?|とく|とこう|しよう?|しちゃお)$"
        " .{0,24}(?:する|作る|行く|帰る|やる|寝る|食う|食べる|買う|飲む|出る|頑張る|始める|待つ|頼む|にする|見る|使う|入る)か(?:な|なー|なあ)?$"
        " .{1,30}(?<!お願い)(?<![てか])ね[ーえ]{0,3}$ もう.{0,14}(?:し|なあ|な|わ|だ|た)$ あとで.{0,10}(?<![てか])$ 痛てて てて$",
        "thing": "レシピ/材料/作り方/やり方/意味/読み方/天気/翻訳/和訳/英訳/要約/おすすめ/例文/由来/違い/解き方/計算/一覧/まとめ/豆知識/俳句/ジョーク/クイズ",
        "ask": "(?:助け|教え|考え|訳し|まとめ|見|書い|調べ|出し|計算し|決め|選んで?|作っ|直し|説明し|探し|読んで?|褒め|慰め|励まし|聞い|起き|手伝っ|数え|並べ|貼っ|要約し|翻訳し|比べ|お勧めし|おすすめし|変え|言い換え|続け|解い|占っ|歌っ)て?(?<=[てで])(?!くれた|もらった|もらい|た|る|い|ない|ん|から|も|は|しま)",
    },
    "zh": {
        "hail": "嘿/喂/嗨/哈喽/你好/您好/哎/诶/欸/谢谢/多谢/对不起/请问/那个/早上好/晚上好/早/亲爱的/麻烦/话说/辛苦/听着/对了/不好意思 救命啊? 求助 帮帮忙 在吗 有请 问一下 不懂就问 靠"
        " 卧槽 天哪 话说回来 hello 拜托了?",
        "open": "好/好的/好吧/行/嗯/嗯嗯/哦/噢/啊/呃/那/那么/所以/然后/但是/可是/不过/而且/另外/还有/再/也/和/跟/与/对/是的/不/不是/没有/哈哈/哈哈哈/哇/等等/等一下/其实/顺便/现在"
        "/最后/首先/接着/算了/ok/来/大家和/各位和/我觉得/好问题/不知道 我说/嘿嘿/呃呃/哦哦/额/唉/哎呀/哎哟/啧/嘛/呵呵/笑死/救命/麻烦/要不/干脆/ps/另/其次/再说/既然这样/这样/明白了/懂了"
        "/收到/辛苦了/谢了",
        "please": "请/拜托/麻烦/谢谢",
        "ask": "你/您/帮/请/能不能/可不可以/可以/能/怎么/什么/为什么/为啥/啥/告诉/解释/总结/翻译/写/列/说说/讲/介绍/推荐/查/比较/哪/谁/几/多少/如何/有没有/是不是/要不要/会不会/继续/再"
        "/换/改/举/画/麻烦/计算/建议/分析/描述/我想/我要/我需要/整理/检查/修改/提醒/评价 出(?:个|一|几|道|题|点|主意|几) 给(?!力)"
        " 来(?:个|点|一|几|段|首|篇|份|张|句|两|三|道|条|讲|说|帮|评|分析|算|写|给|波|猜) 做(?!梦|到了|完|好了|了) 把 想(?:个|一|要|知道|问|请|了解|学|看看|听|一下|几|找)"
        " 猜(?!到|对|中|错|的没|就) 推(?!了|开|迟) 算(?!了|你|是|不上) 说(?:人话|一|得|详|具体|重点|清|明|下|仔细|简|短|长|点|句|几|个|说) 按/按照/用(?!不|了|得|过)/从"
        "/以/压缩/缩/展开/润色/精简/删/删掉/去掉/加上/补充/附/附上/标/标注/挑/选/排/分/拆/合并/列/念/读/搜/找/起/取/生成/转/转成/翻/翻成/讲讲/聊聊/评评/教/教我/教教/记/记住/设/设置"
        "/提炼/归纳/概括/扩写/缩写/续写/改写/重写/重新/重来/重算/画/定个/起个/取个/掷/扔/抽/投/背/唱/夸/骂/安慰/鼓励/陪/救/救救/别(?!说|提|逗|吵|闹|闹|人|看|急|bb|搞笑)/请问"
        " 我(?:是说|说的是|问的是|指的是|要的是|的意思是|是问|是指|是想|的问题是|想问|想要|想知道|要问|就想|其实想|只想) 有(?:什么|啥|没|多少|几|哪|推荐|更) 能(?!力|量) 可否/能否/是否"
        "/何时/何为/为何/几时/多(?:久|远|高|大|长|重|贵|深|快|厚) 有.{1,8}(?:没|没有|么)$",
        "turn": "你能/你可以/你知道/你觉得/你会/你有/你说/你看/你认为/你怎么/你来/你帮/你在/你是/你也/您能/您可以/您觉得/帮我/帮忙/帮大家/请你",
        "self": "我/我们 你/您",
        "you": "你/您",
        "end": "吗/呢$/什么/怎么/为什么/为啥/啥/哪/谁/几/多少/如何/多久/多远/多高/多大/多长/一下$/好不好/行不行/能不能/可不可以/是不是/有没有/咋/对不对/总结一下/好吗/行吗/翻译/推荐/解释"
        " 麽/怎样/咋样/如何/啥时/何时/几点/几个/几号/几月/几年/多贵/多重/多快/多深/哪儿/怎么样/怎样/要不要/会不会/可不可/用不用/算不算/远不远/贵不贵/难不难/开不开/大不大/多不多/高不高/热不热"
        "/冷不冷/快不快/辣不辣/甜不甜/去不去/吃不吃/有没/够不够/准不准/值不值/对不/好不/行不/谢谢$/麻烦了$/拜托$/行吗/可以吗/好么/行么/可以么/么$"
        " 不(?<=[便好够能行贵远难准热冷懂吃开去会对有可要在是多大高快值得]不)$ 没(?<=[了在有完好]没)$ 否$ 一(?:下|点|些|遍)$ 比较好$ 也要 看看$ 呗$"
        " 吧(?<!了吧)(?<!走吧)(?<!就吧)$ 帮(?:我|咱|忙) 给(?:我|咱) 教(?:我|咱) 要/得/能/需要_(?:支持|兼容|包含|包括|适合|考虑|带|用|能|有)",
        "take": "问/叫/让/请/跟/和/对/给/用/是/的/说/在/把/被/像/找/喜欢/关于/根据/按/比/或/还是/没/个/想/认识/知道 不是说/听说/跟着/除了/包括/比起/至于/靠/信/相信/指望/夸/骂/怪"
        "/多亏/通过/拿/不如/像/即使/连/替/帮/教/盯/逼/调戏/背着/当着/加上/装/装了/下载/打开/关掉/卸载/买/带/改名/叫做/名叫/聊/用过/试过/试试",
        "say": "的/刚/已经/很/太/真/没/不/昨天/上次/之前/回答/答/也说/讲了/写的/给我写/好像/就/都/又/总/老是/还说/帮我写了/之类/和我/告诉我/有点/应该/居然/竟然/今天说 从"
        " 说(?!说|一|下|个|句|明|得清|来|点|具体) 这(?:次|回|家伙|玩意|东西|货|人|小子|种|么) 是(?!不是|否) 里(?!程|面有什么)"
        " (?:写|列|标|排|做|说|讲|画|算|发|给|推荐|翻译|翻|整理|总结|提|建议|选|找|查|回答|回复|答|改|编|起|订|定|生成|教|出|报|挑|念|拍|贴|弄|搞|配|存|记)(?:出来|完|好|过|的时候)?(?:给(?:我|你|他|她|咱)们?)?的"
        " 得(?<=[叫说写讲做跑算答唱画玩学看长想弄干翻改教推]得) (?:叫|说|写|讲|做|跑|算|答|唱|画|玩|长|弄|干|翻|改|教)得"
        " (?:刚|今天|今早|昨晚|前天|上周|上回|那天|一直|老|从来|竟|果然|明明|真的|确实|好|还是|最近|现在)(?:说|告诉|答|回|写|给|推荐|算|教|把|不|又|没|都|变|挺|很|太) 挺/蛮/特别"
        "/非常/果然/确实/肯定/不行/不会/不懂/没网/没用/好厉害/好聪明/好笨/好用/好慢/好烦/卡/挂了/崩了/坏了/宕机/瞎/胡/骗/误导/回复/建议的/提醒我们 .{1,6}里(?:说|写|提) 这(?:名|个名)"
        " 回/答应/告诉/教/帮/给_过?(?:你|他|她|我)们?(?:了|过|没)",
        "and": "和/跟/与/&/以及/还有",
        "can": "问问/问下/问一下/不如问/不如让/要不问/要不让/让/请/叫/请教_P 咱问问/咱们问问/我们问问/大伙问问/麻烦/有请/还是问/还是让/还是请/直接问问/求/烦请/劳烦_P"
        " (?:能不能|能|可以|可不可以|方便)?(?:麻烦|请|让|叫)_P",
        "named": "我们问*_P 我们…问问/问下/问一下/问/请/让/请教_P 让/请/叫_P…来/说/答/总结/解释/翻译/帮/看/写/决定/算/讲/评/做/列/查 咱们…问*_P 咱…问*_P 要不…问/问问/让"
        "/请_P 不如…问/问问/让/请_P 想请/想让/想问/想问问_P 大家问问_P 看看/听听_P…怎么/什么/会/说/的意见/的看法 P…能/可以/会/能不能/可不可以/知道/觉得/认为/怎么看/怎么想/有没有/有什么"
        "/来/会怎么….*?(?:吗|呢|吧|看|想|不|什么|一下|\\?|说)$ P…怎么看/怎么想/怎么说/觉得呢/觉得怎么样 P来… 也问问_P 可以问问_P 可以问_P P…有什么(?:想法|建议|意见)"
        " P的(?:意见|看法|建议)(?:呢|是) 求助_P 得问_P 该问_P 轮到_P 交给_P 看P的 让/请/叫_P…出/猜/挑/选/评/判/教/推荐/念/唱/起/定/画/查/分析/整理/提炼/检查/排/安排/做/改"
        "/润色/解/介绍/编/想/支/给/帮/说/看/讲/翻 P[^,]{0,14}(?:能不能|可不可以|会不会|有没有办法|知不知道|能否|可否)"
        " P(?:怎么看|怎么说|怎么想|咋看|咋想|站谁|支持谁|选哪|选谁|觉得) 听听_P 问_P_(?:吧|呗|看看|试试|一下|好了|得了) 想(?:听|看|知道)…P…(?:意见|看法|建议|怎么)"
        " P也(?:说说|投|选|评|讲|来|发表|给|猜|写|想|出|说个|说两句)(?!过|了) 来/该/得/快_问问?_P 请教_P 想请教_P",
        "not": "P为什么不/为什么没/为什么又/为什么总/怎么不/怎么没/怎么又/怎么这么 问过_P 问了_P 让_P…了$ P…说是 P…说过 P说 P刚 P怎么了 P怎么又 P怎么这么 P[一-鿿]了 本来…问…P"
        " 本来想…P 不是说_P 让_P[^,]{0,16}(?:过|了)(?:$|,) 没问_P 别问_P 自己…问 回头…P 回头问 已经…P 昨天…P 上次…P P[^,]{0,12}(?:了|过)$"
        " 谁…(?:让|叫|把)_P 有没有人 有人…P 去问_P P(?:会不会|能不能|是不是)(?:坏|挂|崩|卡|疯|傻|死) 别再?(?:问|叫|让|找|用|理|信|听|管|跟|和)P"
        " 我(?!们)[^,]{0,6}(?:问|让|叫)(?:了|过)?P 刚[^,]{0,6}问 P的(?!に|意见|看法|建议|想法|话) 不要/不用/不必…P 你/他/她/它"
        "/谁_(?!们?好)[^,]{0,8}(?:问|让|叫|请|找)[^,]{0,3}P",
        "group": "大家/各位/同学们/朋友们/伙计们/兄弟们/姐妹们/你们/诸位/大伙/所有人/全体/家人们 我们三个/我们俩/我们几个",
        "pair": "你们/你俩/你们俩/你们两个 妈(?=,) 爸(?=,) 老师(?=,) 老板(?=,) 师傅(?=,) 经理(?=,) 阿姨(?=,) 主任(?=,) 老公(?=,) 老婆(?=,) 亲爱的(?=,)"
        " 各位领导",
        "us": "有人/谁要/谁想/谁去/谁来/谁有/你们/要不要一起/各位/一起去 有没有人 你们 我们/咱们/咱"
        "/大家_(?!有|是|家|公司|一共|总共|团队|班|这里|这边|那边|.{0,20}(?:推荐|帮|给我|翻译|建议|合适|适合|怎么(?:做|办|去|走|弄|选|写)))",
        "more": "那/简单/详细/继续/还有/另外/如果/要是/改/举个/下一/中文/英文/不要/别/去掉/同样/然后 不放/不加/不用/两个/三个/一个 再(?!说|见|看|也|不|聊|厉害|这样)"
        " 更(?!好了|不用|别) 换(?!我|你|了) 短 第(?!一次|一时间) 也(?:写|加|标|列|算|说|给|要|用|附|带|讲|翻|放|得|可以.{0,8}吗)"
        " 还(?:有|要|能|缺|需要)(?!点道理|点意思|意思) 只(?:要|用|看|算|说|写|列|给|留) 来(?:个|点|一|几|段|首|篇|份|两|三) 加(?!油|班) 用(?!不|了|过)"
        " 多一?(?:点|些|给|写|说|来|列) 少一?(?:点|些|放) 为什么 怎么(?!会|这么|可能) 具体 没有(?!想|错|吧|问题|意思) 例 打错了/说错了/写错了/搞错了/不对"
        " (?:我|不是|不对)…是(?:说|问|指) (?:我|咱)们?…(?:只有|预算|一共|需要|不能|不吃|不会|过敏|怕|没有时间|的是|要的)"
        " .{0,12}(?:一点|点|一些|些|那种|款|合适|适合.{1,6}|不.{1,4}|没.{1,3}|能.{1,6}|版|味|色|带.{1,5}|有.{1,5}|免费|便宜|简单|室内|室外|本地|国产|国内|国外|线上|线下)的(?:呢|吗|那种)?$"
        " .{1,14}(?:版|版本|以内|以下|以上|左右|之前|之后|地址|电话|链接|网址|原因|理由|步骤|例子|价格|时间|方式|方法|做法|用法|出处|来源|区别|全文|原文|名字|清单|格式|风格|口吻|语气|语言|的话|呢|为主|优先|一起|即可|就行|就好|就可以|那种|那个|那款|这个|哪个|部分|方面|情况下|时候)$"
        " .{0,8}(?:字|句|个|条|段|行|点|天|人|分钟|小时|块|元|度|岁|公里|斤|克|份|页|首|篇|遍|种|位)(?<=[0-9一二两三四五六七八九十百千半几]\\w)(?:的|以内|左右|就行|吧|呢)?$"
        " 看不懂 没看懂 没懂 不懂 不太懂 听不懂 没明白 不明白 .{1,14}也(?:写|加|标|列|算|给|放|附|带|翻|讲|要)"
        " 太(?:长|短|复杂|难|贵|远|正式|简单|啰嗦|官方|笼统|抽象|专业|深奥|多|少|早|晚|慢|辣|甜|油|生硬|肉麻|土|普通|俗|夸张)了?(?:,|[^了]|$)"
        " .{0,6}只(?:有|能|剩|会|吃|用|看)"
        " .{1,8}(?:标上|加上|写上|写成|改成|换成|删掉|去掉|列成|做成|翻成|分成|排成|缩成|压到|缩到|控制在|补上|补充|展开|改一下|改改|缩短|放大|调整|突出) 重点"
        " .{1,14}(?:以下|以上|以内|左右|上下)的?$ (?!是|好|真|会|有|可|对|行|没|他|她|我|谁|挺|蛮|确|必|你|大家|原来|果).{1,4}的$",
        "tag": "是吧/对吧",
        "idle": "那就/那好/那行/那我/那算了/再见/再说/再看/更好了/真的吗/原来/难怪/怪不得/还行/还不错/还可以/还真/也是/也对/也好/多谢/厉害/好的/知道了/明白/怎么会/怎么这么"
        "/[^你帮请怎什谁哪几]{1,20}了$/来了/那是/那倒/更不用/不要紧/不要了/继续努力/什么鬼/什么嘛/别说/第一次 可以可以 可以(?:啊|的|了|哦|呀|诶|耶)?$ 不想 不是我 和我(?:想|猜|说|记)"
        " 我想(?:的|起|去|也|吃|买|睡|回|哭|静|太) 怎么(?:可能|又|都|还|就) 用不着 用不了 没有了 给力 给跪 有道理 有意思 有点(?!看不懂|不懂|长|短) 有被 能理解 能吃 也太 还挺 还好"
        " 还是(?!不|没|想|有|再|用|换|给) 这么(?:说|快|多|简单|便宜|贵|远|厉害) 那(?:我们|就|好|行|可|不错|确实|挺|太|真)"
        " 我(?:就|也|还|都|早|以前|小时候|上次|之前|去年|昨天|妈|爸|老公|老婆|朋友|同事|知道|记得|以为|觉得|猜|喜欢|爱|去过|吃过|试过)(?!.*(?:吗|怎么|什么|哪|呢|几|多少|推荐|帮))"
        " 早知道 原来 果然 怪不得 算了 来不及 [^你帮请怎什谁哪几给能想]{1,12}[了啊呀啦哦耶诶哈]$ 说得 说的(?:对|是|好|也) 讲得 写得 算得 按理 从来 从小 找到 选好 读书 记得 转发 分享 删了"
        " 加油 改天 更何况 以后 以前 以为 第一次 取消 牛 笑死 学到 哪有 哪里哪里 几乎 谁知道 谁让 谁不 什么都 难怪 做梦 做到 想不到 没想到 想当年 猜到 猜对 猜中 多谢 多亏 换我 背景 夸张 抽空"
        " 定了 教训"
        " (?:写|列|标|排|做|说|讲|画|算|发|给|推荐|翻译|翻|整理|总结|提|建议|选|找|查|回答|回复|答|改|编|起|订|定|生成|教|出|报|挑|念|拍|贴|弄|搞|配|存|记)(?:出来|完|好|过|的时候)?(?:给(?:我|你|他|她|咱)们?)?的"
        " .{0,10}(?:放弃|算了|不做了|不学了|不想|不去了|懒得) .{1,8}(?:确实|果然|真的|真是|超级?).{1,5}$",
        "thing": "做法/菜谱/食谱/天气/意思/翻译/攻略/推荐/公式/区别/步骤/例句/笑话/谜语/总结/价格/汇率/热量/定义/用法/读音/拼音/近义词/反义词/名单/清单/计算/文案/标题",
    },
    "ko": {
        "hail": "야/어이/헤이/안녕/안녕하세요/고마워/감사/미안/저기/있잖아/여보세요/친애하는/이봐/하이/좋은~아침 도와줘/살려줘/죄송한데/죄송합니다/실례지만/헐/저기요/굿모닝/하이루/반가워",
        "open": "응/네/예/아니/아니요/아/음/어/오/그래/그럼/그러면/그런데/근데/그리고/하지만/또/그래서/이제/자/참/아참/혹시/일단/그러니까/ㅋㅋ/ㅋㅋㅋ/ㅎㅎ/하하/와/우와/대박/좋아/알겠어"
        "/오케이/ㅇㅋ/맞아/잠깐/잠깐만/사실/다음/모르겠다/궁금한데/이랑/하고/랑 아냐/아뇨/ㄴㄴ/ㅇㅇ/ㅇㅎ/넵/넹/흠/음+/으음/엥/헉/근데요/그니까/글구/참고로/참/어머/야/와우/ㅠㅠ/ㅜㅜ/어라/암튼"
        "/아무튼/일단은/그렇다면/그러면은/미안/미안한데/죄송/오타/심심한데/배고픈데/궁금한~게~있는데/질문/질문인데/오키/굿/오호/그럼요",
        "please": "부탁해/부탁해요/부탁드려요/부탁/제발/좀 플리즈/부탁드립니다/부탁드릴게요/부탁할게/ㅂㅌ",
        "you": "너/네가/넌/당신/니가/너는",
        "end": "해줘/줘$/줘요$/줘봐/주세요/줄래/줄래요/줄~수/할~수/까$/까요$/니$/나요$/가요$/어때/어때요/뭐야/뭐예요/뭐지/뭐라고/알려/부탁/해봐$/할래$/몇/뭐/무엇/어떻게/왜/언제"
        "/어디/누구/무슨/얼마/어느/줘라$/해라$/하라$/인가$/추천~좀$/세요$/보여/설명~좀/요약~좀 없이$/으로$/로$ 줘(?![가-힣])"
        " 주(?:세요|실래|실~수|실까|시겠|시고|시면|십시|라(?![가-힣])|렴|셈|삼|길|쇼|시죠) 냐$ 나(?<=[되없있하가오겠었았인던]나)$ 봐(?<=[해써어아라내짜려혀]봐)(?=$|,)"
        " 지(?<=[는은인을건한할될]지)$ 지(?<=[는은인을건한할될]지)_(?:궁금|알|말|좀|설명|비교|정리|확인|봐) 궁금 며칠/얼만/어떡/뭔/뭘/머야/머임/왤케/어쩌/어떠/어딨/언젠/누군/뭐임/웬"
        " 달라고(?=$|,) 부탁 질문 ㄱ(?<=~ㄱ)$ ㄱㄱ$ 고고$ 좀$ 가능(?:할까|한가|해|함|하니|하나|\\?)?$ 될까 됨$ 되나 되냐 되니 돼요$ 되죠$ 맞나 맞아요$ 맞는지"
        " 은(?<=[가-힣]은)$ 는(?<=[가-힣]는)$ 말해(?=$|,) 골라(?=$|,) 써라 적어라 싶어요?$ 싶은데 싶습니다$ 원해 정리/요약/번역/추천/설명/비교/계산/수정/교정/작성/검색"
        "/확인/분석/선택/변환/첨삭_(?:요망|바람|바랍니다|해|하|좀|해라|요|해봐)?$ 려나$",
        "take": "의/은/는/이/가/을/를/에게/한테/와/과/랑/하고/그/저/내/네/우리/무슨/어느 나의/너의/우리의/이/어떤/그런/이런/새/옛/같은/진짜/역시/무조건/차라리",
        "say": "대답/답/답변/말로는/말이/말은/얘기/덕분/때문/진짜/정말/너무/요즘/아까/어제/또/이름/에~따르면/좋/똑똑/최고/안~된/고장/있었/했/그랬/틀렸/맞았/말~들/이상해/웃기/느려/느리"
        " 없이/없는/없으/없었/있는/있으면/달린/많은/안에/속에/에서/답장/답변/추천으로/말대로/말처럼/믿/탓/이용/사용/써봤/쓰는/쓰면/써보/쓰니/쓸/썼/켜/꺼/깔/설치/버그/업데이트/서버/또~시작/쩔"
        "/쩐다/대단/귀엽/귀여/별로/짱이/맨날/자꾸/계속~이상/원래/빼고/말고/보다/처럼/같은/같이~생/관련/측/팀/쪽/출시/광고/터짐/터졌/죽었/안~켜/안~됨/안~돼"
        " 그거~(?:유료|무료|좋|별로|쓸만|괜찮|앱|맞)",
        "and": "와/과/랑/이랑/하고/&/그리고",
        "named": "P(?:한테|에게|께|보고|더러)…물어보자/물어볼까/물어봅시다/물어보죠/물어볼래/하자/시키자/맡기자/부탁하자/볼까/맡길까/물어보면~어때/물어보는~게 P(?:한테|에게|께|보고)"
        "/더러…[가-힣]{1,4}자(?![가-힣]) P(?:은|는|도|이|가)…어떻게~생각/뭐라고~할/생각해/알아/알고/할~수~있/줄~수~있/해줄/해~줄/줄래/주실/아니$/알까/알려나/의견 P의_의견"
        "/생각 P이/가…줄~수/해줄/해~줄/알려줄/할~수/말해/정해/도와 P_생각은 P(?:한테|에게|께|보고)…물어보고~싶/부탁하고~싶 P한테…달라고_하 P_차례 P의_생각 P라면…어떻게/뭐"
        " P도…어떻게/한마디 P_의견 P_생각 P한테_맡기 P_도움이 P(?:에게|한테|께|에).{0,6}(?:부탁|질문|문의|요청|맡기|맡겨)(?!했|해놔|하셨|해~놔|해둬|해라)"
        " P(?:에게|한테|께|보고|더러).{0,14}(?:물어보|물어볼|여쭤|여쭙|시켜보|시키)(?:자|까|죠|면|는~게|고~싶|ㅂ시다|아요|도록)"
        " P(?:에게|한테|께|보고|더러).{0,16}(?:읍시다|봅시다|ㅂ시다|하시죠|보시죠|할까요) P(?:도)_(?:한마디|의견|골라|껴|참여|말해)"
        " P_(?:의견|생각)(?:은|도|좀|이|을|~들어|~듣) P(?:에게|한테|께).{0,4}(?:물어보겠|여쭤보겠|물어볼게|물어본다|묻겠|묻습니다|묻는다|물어볼랭|물을게)"
        " P(?:에게|한테|께).{0,4}(?:여쭤봅니다|여쭙니다|물어봅니다|여쭤볼게|여쭐게)"
        " P(?:이|가).{0,40}?(?:주세요|주실|주시|줬으면|주면~좋|줄래|줄~수|줘야|해봐|골라(?!준|줬~?는)|정해(?!준|줬)|결정(?!한)|대답해(?!준)|말해(?!준|줬)|나서|출동)"
        " P(?:은|는|도|이|가).{0,20}?(?:뭐|어느|어떤|어떻게|몇|누구|어디|언제|왜|무슨|골라(?!준)|알려(?!준))(?!래|랬|라고~했|라던)",
        "not": "P(?:은|는)…했 P한테…물어봤 P한테…물어봐줘 P이…말했"
        " P(?:이|가).{0,16}(?:그랬|했어|했는데|했다|줬(?!으면)|쨌|랬|라던|다던|다는데|래$|대$|짜준|써준|해준|만든|말한|알려준|추천한|추천해준)"
        " P(?:한테|에게|께).{0,12}(?:물어봤|물어봤더니|물어보니|물어봤어|물어보래|물어봐(?!도)|해놔|해둬|했|받은|들은|배운) P(?:한테|에게)_(?:왜|뭐라고~했)",
        "group": "여러분/얘들아/모두/다들/애들아/친구들/너희/너네/너희들/모두들/다~같이/둘~다/님들 우리_셋/우리_둘/우리 님들아/형들/누나들/언니들/동생들/횐님들/회원님들/주민~여러분/식구들"
        "/팀원분들/여러분들/얘들/애들",
        "pair": "너희/너네/니들/두~사람/둘이서/여러분 소장님(?=,) 부장님(?=,) 과장님(?=,) 팀장님(?=,) 대리님(?=,) 사장님(?=,) 점장님(?=,) 교수님(?=,)"
        " 선생님(?=,) 회장님(?=,) 이사님(?=,) 실장님(?=,) 원장님(?=,) 대표님(?=,) 기사님(?=,) 선배님?(?=,) 엄마(?=,) 아빠(?=,) 형(?=,) 누나(?=,)"
        " 언니(?=,) 오빠(?=,) 여보(?=,) 자기야(?=,) 할머니(?=,) 할아버지(?=,)",
        "us": "누가/누구~있/다들/같이~갈/갈까/할까/먹을까/볼까/가자/너희/여러분/혹시~누가/아는~사람/사람~있 시간~돼 시간~되는 갈~사람 쓸~사람 먹을~사람"
        " 우리(?!.{0,30}(?:알려|추천|줘|주세요|주라|명|인데|이라|라서|라$|거든|얼마|정리|계산)) 밥/점심/저녁/술/커피/카페/한잔/피시방/피방/출발/가자_.{0,6}(?:ㄱ|고고|콜)",
        "more": "더/다시/또/이번엔/이번에는/짧게/간단/자세/쉽게/영어로/한국어로/예를/예시/왜/어떻게/하나~더/계속/말고/대신/반대로/다른/표로/그리고/좀~더/요약/구체적으로"
        " 다음(?!~?(?:달|주|에|번|날|엔|부턴)) 그건(?!~(?:그래|맞|몰랐|좀|아니|그렇|진짜|인정)) 그거(?!~(?:좋|봐|맞|진짜|재밌|대박|그래|나도|내))"
        " 아니(?!~?(?:이걸|이게|진짜|근데|뭐|그걸|왜~이|어떻게~이|에요|야|다|지|네|무슨|그래|었)).{1,20}(?<![다네지요어아음군나야해데임듯함래])$"
        " 아니_(?:그게|그거)_(?:아니라|말고) 내~말은 내가~말한 내가~물어본 제~말은 제가~말한 오타 잘못"
        " .{1,18}(?:[가-힣]도|쪽|말고|대로|위주로?|용으로?|버전으?로?|버전|편으로|주소|가격|가격대|이유|방법|시간|위치|번호|출처|뜻|의미|예시|예제|코드|순위|순서|링크|후기|종류|차이|단점|장점|부터|까지|엔|에는|에선|에서는|이면|라면|으면|하면|없으면|있으면|일~땐|할~땐|걸로|거로|거나|없이|순으로|기준으?로?|이내로?|이하로?|이상으로|안으로|줄로|글자로|말로|체로|투로|톤으로|식으로|느낌으로|스타일로|한정|제외|제외하고|빼고|추가|추가로|포함|포함해서|포함하면|위로|같이|하나|한개|두개|세개|하나씩)(?<!나도)(?<!저도)(?<!그래도)(?<!아직도)(?<!그러면)(?<!아무도)(?<!정도)(?<!시간도~없고)$"
        " .{1,14}(?:만한|갈|할|먹을|볼|싼|좋은|다른|큰|작은|최신|쉬운|매운|가까운|안~매운|저렴한|비슷한|무난한|조용한|짧은|긴)~?(?:데|거|곳|걸|쪽|집|버전)(?:은|는|도|로)?$"
        " .{1,8}[0-9]{1,4}(?:명|개|인분|줄|자|분|시간|일|박|원|만원|살|권|편|번째)(?:~?(?:이내|정도|으로|로|기준|이면|분|짜리))?$"
        " [0-9]{1,4}(?:명|개|인분|줄|자|분|시간|박|만원|살|번째)(?:~?(?:이내|정도|으로|로|기준|이면|분|짜리))?$"
        " (?:첫|두|세|네|마지막|위에|아까|방금)~?(?:번째|거|것|번|말한).{0,10}"
        " .{0,16}(?:맵|쉽|짧|길|있|없|하|되|싸|예쁘|귀엽|웃기|재밌|부드럽|나오|들리|보이|작|크|많|적|달|빠르|다르|스럽|친절하|자세하)게(?:요|끔|도|만)?$ 덜"
        " .{1,18}[는은간한른된던]~(?:거|데|것|걸로|곳|쪽)(?:은|는|도|로|만)?$ (?:잘~)?이해.{0,3}(?:안|못|불가|어려) 헷갈 잘~모르겠 뭔~말 무슨~말 틀렸"
        " .{1,14}나아.{1,14}나아 .{1,10}말고.{1,14} .{1,16}(?:법|맛집|카페|식당|메뉴|코스|장소|제품|모델|브랜드|책|영화|노래|레시피|군데만?~더)$"
        " .{1,18}[인린운큰싼른]~(?:거|데|것|걸로|곳|쪽)(?:은|는|도|로|만)?$",
        "tag": "맞지 .{0,20}(?:맞았지|랬잖아|했잖아|했지|댔지|그치|그죠|그렇죠|거봐|랬지) 내가.{1,20}지 내~말.{0,6}맞지",
        "idle": "더~이상/다시~봐도/또~봐/그렇구나/그래도/그건~그래/그렇지/그러네/그러게/왜~이래/어떻게~알았/그럼~그렇지/그거~좋/그거~봐/그렇네/그건~맞/그건~몰랐/그럼~됐/다음에"
        " .{1,30}[할갈쏠볼살줄올낼둘]게요?(?:~ㅎㅎ|ㅋㅋ)?$"
        " .{1,30}(?:기로~했어|해야지|봐야지|둬야지|가야지|먹어야지|겠다|더라|더라고|더라구|잖아|거든|던데|구나|군|인정|완료|였네|이었네|웃기네|신기하네|좋네|나오네|되네|맞네|있네|하네|크네|많네)(?:요)?$"
        " 아니~?(?:이걸|이게|진짜|근데|뭐야|그걸|왜~이|어떻게~이|무슨) 나도 저도 내가 역시 이미 아직도 덕분 오늘도 언제~밥 어쩐지 왠지 어쨌든"
        " (?:왜|뭐)(?:지|냐)?(?:~?(?:웃기|이렇게~(?:웃|귀|잘)))",
        "thing": "점메추/저메추/야메추/레시피/뜻/의미/번역/요약/추천/날씨/환율/맞춤법/공식/차이/차이점/예문/방법/가격/정리/농담/퀴즈/시/하이쿠/목록/인구/수도/칼로리/어원/발음/맛집/계산",
        "ask": "가능(?!성) 니가/네가/도와줘/도와주/살려줘/알려줘/알려주/골라/추천해/번역해/요약해/정리해/계산해/설명해/찾아/써줘/봐줘/봐봐/들어봐/대답해/일어나/나와라/출동",
        "turn": "니가/네가/너는/넌/도와줘(?![가-힣])/살려줘(?![가-힣])/알려줘(?![가-힣])/골라줘(?![가-힣])/말해봐/말해줘(?![가-힣])/정해줘(?![가-힣])",
    },
    "nl": {
        "hail": "hoi/hé/hey/hallo/dag/zeg/bedankt/sorry/luister/beste en_jij dank_je goedemorgen",
        "open": "ok/oke/oké/goed/dus/ja/nee/en/maar/of/dan/nu/nog/ook/oh/ah/hm/haha/lol/wow/leuk/mooi/super/wacht/trouwens"
        "/eigenlijk/misschien geen_idee even",
        "please": "alsjeblieft/aub/svp/graag",
        "ask": "wat/wie/waar/wanneer/waarom/hoe/hoeveel/welke/welk/waarvoor/doe/haal/verwijder/voeg/neem/lees/herschrijf/schrap"
        "/begin/bedenk/kies/teken/speel/splits/sorteer/verkort/vereenvoudig/rond/vraag is/zijn/klopt_dat/het/er/dit kan/moet_ik"
        "/dat ik_wil/zoek leg/vertaal/vat/geef/toon/schrijf/maak/help/zoek/vergelijk/vertel/herhaal/verbeter/noem/reken/bereken"
        "/stel/lijst/zeg/kort ik_heb_nodig korter/vervang/gebruik/zet/verander/vertaal/leg_*_uit zijn_er zou_het",
        "turn": "jij_kunt/weet wat_vind/denk_je/jij kun/kan/weet/wil/zou/heb/had/heeft_je/jij/u ben_jij ben_je_er/al/klaar/nog"
        "/zeker/ook/daar/wakker",
        "self": "ik/we/wij/luister/help/zoek/maat/vriend/schat/lieverd/moet/ook, je/jij/ben",
        "you": "jij/jou/jouw jullie_zelf vind/kun/kan/heb/had/weet/denk/wil/zou/ga/doe/moet/mag/zeg/bedoel/snap/ken/raad_je",
        "hint": "ideeën/idee/tips/de/het/een/voor/in",
        "thing": "mop/recept/gedicht/synoniem/vertaling/samenvatting/hoofdstad/feit/feiten/lijst/weer/definitie/voorbeeld"
        "/voorbeelden/tip/tips/verhaal/idee/ideeën/uitleg/betekenis/bron/tabel/rijm/raadsel/titel/stappen",
        "end": "te_lang/kort/formeel/moeilijk/ingewikkeld/technisch/stijf/vaag of_\\d{1,9}$",
        "take": "wie_* wie_*_* de/het/een/mijn/jouw/zijn/haar/ons/onze/geen/elke/die/deze/van/met/voor/aan/in/op/bij/uit/over"
        "/door/naar/om/zonder/tegen/volgens/als/en/of/maar/dat/is/was/heet/heette/vraag/gevraagd/vragen/gebruik/ken/noem"
        "/formaat/versie/editie/soort/dit/zulke ken/gebruik_je",
        "does": "is/was/heeft/had/zei/zegt/zeggen/vindt/weet/kan/kon/zou/wil/denkt/schreef/gaf/gaat/doet/deed/maakt/zijn",
        "and": "en/&/plus/inclusief en_ook",
        "can": "kan/kon/zou/wil/mag/weet_P misschien_P laat_P heeft_P_een/nog",
        "named": "wat/hoe…vindt/denkt/zegt/zou_P laten_we…P…vragen laten_we…aan_P zullen/kunnen_we…P vragen_we…P we_kunnen…P"
        " ik_wil_dat_P P_mag/moet_beslissen/kiezen/zeggen/antwoorden laat_P vraag_voor_P laten_we_P…vragen even/eens_P_vragen"
        " we_vragen…P_*",
        "group": "jongens/mensen/allemaal/iedereen/meiden/vrienden/team/mannen/dames/heren/meisjes/mama/papa/oma/opa/luitjes"
        "/lui jullie_allemaal/twee/drie",
        "pair": "jullie",
        "us": "jullie wie_komt/wil/heeft/gaat zullen/gaan/moeten_we wie_gaat/neemt/brengt/rijdt iemand_zin/tijd/nog/mij/een"
        "/heeft/weet heeft/wil/kan/gaat/weet/kent_iemand",
        "more": "en_* korter/langer/meer/minder/nog/in/met/zonder/voor/als/eenvoudiger/andere/ander/opnieuw/alleen_* ja_graag"
        " ik_bedoel sorry_\\w{1,40}$ iets/wat/beetje_*er/meer/minder in/op/per/vanaf/tot/bij/zonder_* de/het/die_eerste/tweede"
        "/derde/laatste/andere nee_de/het_*$ bedoelde/bedoel_* als…hoe/wat/waar/wanneer twee/drie/vier/vijf_voorbeelden/opties"
        "/anderen/andere eentje/een_meer/nog geldt/werkt/past/telt/hoort/duurt/kost/smaakt/moet/mag/hoeft_dat/het/er/dit/die/je"
        "/ook/men",
        "tag": "toch/hè/niet",
        "idle": "wat_een/leuk/mooi/goed/grappig/jammer hoe_leuk/mooi en/maar_ik/dat/het/dan in_orde voor_mij als_ik wat_duur"
        "/lief/stom/raar/jammer/gek/vreemd/mooi/leuk/goed/zonde/fijn/lekker in_dat/mijn/principe/feite voor_de/het/ons/mij"
        " als_het/dat nog_nooit/steeds/erger/beter/niet en_ik/dan/dat/toch/maar/nu/we met_de/mijn/plezier meer_niet zo_veel"
        "/duur/ver/lang/laat te_*_voor_mij/ons wat_vliegt/gaat",
    },
    "pl": {
        "hail": "hej/cześć/siema/halo/słuchaj/powiedz/dzięki/dziękuję/przepraszam/drogi/droga/pomocy/ratuj dzień_dobry a_ty"
        " i_ty",
        "open": "ok/dobra/dobrze/no/więc/a/i/ale/lub/to/tak/nie/teraz/jeszcze/też/oh/ach/hm/haha/lol/wow/super/fajnie/świetnie"
        "/czekaj/właściwie/może/jasne nie_wiem",
        "please": "proszę/plis/prosze",
        "ask": "co/kto/kogo/gdzie/kiedy/dlaczego/czemu/jak/ile/jaki/jaka/jakie/który/która/które/czy/zmień/usuń/rozwiń/rozszerz"
        "/przerób/przepisz/zamień/ułóż/wypisz/narysuj/posortuj/pogrupuj/uprość/opisz/uzasadnij/oceń/wybierz/zgadnij/wymyśl/weź"
        "/użyj/zaokrągl/dopisz/wstaw/wytnij/wyrzuć/zostaw/zacznij/dokończ/kontynuuj/poleć/poradź/doradź/skąd/dokąd/po~co"
        "/którędy/jakiego/jakiej/jakim/którego w/na/o/z/do_jakim/ilu/jaką/czym/której powiedz/wyjaśnij/przetłumacz/podsumuj/daj"
        "/pokaż/napisz/zrób/pomóż/znajdź/policz/porównaj/opowiedz/powtórz/popraw/wymień/zaproponuj/podaj/skróć/sprawdź/dodaj"
        " potrzebuję/chcę/chciałbym można/trzeba/warto/da_się/to/je/ją/tego/to~zrobić/je~* to_też_* jest/są_jakiś/jakieś"
        "/bezpośredni/coś/tam/to",
        "turn": "możesz/mógłbyś/mogłabyś/wiesz/umiesz/znasz/masz czy_możesz/wiesz/mógłbyś/masz co_myślisz/sądzisz/powiesz",
        "self": "mam/mamy/szukam/potrzebuję/chcę/chciałbym/chciałabym/słuchaj/posłuchaj/pomocy/pomóż/ratuj/kochany/kochana"
        "/stary/przyjacielu/skarbie/też, ty/masz/jesteś mój/moja_drogi/droga/kochany/przyjacielu",
        "you": "ty/cię/ci/ciebie/tobie/twój/myślisz/możesz/wiesz/sądzisz",
        "hint": "jakieś/pomysły/pomysł",
        "thing": "żart/przepis/wiersz/synonim/tłumaczenie/podsumowanie/stolica/fakt/fakty/listę/lista/pogoda/definicja/przykład"
        "/przykłady/wskazówki/historię/pomysł/pomysły/wyjaśnienie/znaczenie/źródło/tabelę/rym/zagadkę/tytuł/kroki",
        "end": "za/zbyt_długi*/długo/długa/krótki*/krótko/formaln*/oficjaln*/skomplikowan*/trudn*/such*/techniczn*/ogóln* czy"
        "/lub_\\d{1,9}$",
        "take": "kto_* kto_*_* w/we/na/z/ze/do/od/o/po/pod/przy/dla/bez/przez/u/mój/moja/twój/ten/ta/jego/jej/nasz/i/lub/ale"
        "/nie/jak/że/to/jest/był/nazywa/zapytaj/pytałem/pytałam/zapytałem/lubię/znasz/używam/według",
        "does": "powiedział*/mówi/mówił*/odpowiedział*/napisał*/myśli/wie/wiedział*/może/mógł/jest/był/była/ma/zrobił*/dał*"
        "/mamy",
        "say": "nie/już/też/to/się",
        "and": "oraz/&/plus/razem~z/i/oraz~też i_ty/też/także i_ty_też",
        "can": "może/mógłby/potrafi/umie/niech/czy_P czy_P_może ma_P_jakiś/jakąś",
        "named": "co_P_na_to co/jak…myśli/powie/sądzi/radzi/poleca_P co_P_myśli/powie/sądzi zapytajmy/spytajmy/poprośmy…P"
        " niech_P może_zapytamy/spytajmy/zapytajmy…P możemy/powinniśmy_zapytać/spytać/poprosić…P chcę_żeby_P niech…P…decyduje"
        "/powie/rozsądzi/zdecyduje/rozstrzygnie/wybierze/policzy/wyjaśni pytanie_do_P co_by_P_powiedział/zrobił/doradził",
        "group": "wszyscy/ludzie/ludziska/chłopaki/dziewczyny/kochani/ekipa/mamo/tato/babciu/dziadku/ciociu/panowie/panie"
        "/państwo/wy~wszyscy",
        "pair": "wy/wam",
        "us": "wy kto_idzie/chce/jedzie/bierze/przynosi kto_ma_ochotę/czas/auto/ze"
        " ^(?:to~|no~|więc~|o~której~|kiedy~|gdzie~|i~|a~)?(?!mozemy|musimy|potrzebujemy|mamy|zrobimy|dodajemy|robimy)\\w{2,20}[eiy]my"
        " wszyscy_gotowi/są/za ktoś_ma/chce/wie/może/idzie/jedzie/mi/z/zna ma/zna/wie/idzie_ktoś",
        "more": "pierwszy/drugi/trzeci/ostatni/druga/pierwsza/trzecia/ostatnia/drugie/pierwsze$ krócej/dłużej/prościej/więcej"
        "/mniej/jeszcze/inny/inna/inne/ponownie/znowu/bez/dla/jako/tylko_* tak_proszę chodziło_mi nie_rozumiem"
        " przepraszam_\\w{1,40}$ trochę/troszkę/bardziej/mniej/jeszcze/nieco_* po_(?!co)*sku w_tabeli/punktach/formie/skrócie"
        "/euro/złotych/ciąży/piekarniku drugi/trzeci/pierwszy/ostatni_punkt/sposób/przepis/przykład/akapit nie_*_*$ chodzi"
        "/chodziło_o_* miałem/miałam_na_myśli jeśli/jak…co/ile/jak/gdzie na_pewno$ dwa/trzy/cztery/pięć_przykłady/pomysły"
        "/przykładów/pomysłów nie_*_* a/i_na/w/z/bez/dla/po/jak/co/ile/czy/do/o/kiedy/gdzie/kto/jaki/jakie_* bez/dla_* w_*"
        " nie_\\w{1,40}_\\w{1,40}$ na_zimno/ciepło/jutro/dziś/ile/dwie/dwoje/trzy",
        "tag": "prawda/nie/tak",
        "idle": "jak_fajnie/miło/zawsze/zwykle co_za jaki/jaka/jakie_fajny/szkoda a/ale_ja/to/on/ona/jednak w_sumie/porządku"
        " dla_mnie na_pewno a/i/ale_ja/my/u/to/on/ona/oni/co/jednak/nie/tak/tu/mi/mnie/myślałem/myślałam nie_ma/wiem/wiedziałem"
        "/wiedziałam/mogę/ma~za~co/szkodzi/sądziłem/żartuj/do/chce jeszcze_nigdy/gorzej/lepiej/nie jak_zawsze/zwykle/u/to/ja"
        " trochę_szkoda/jak po_prostu w_życiu/ogóle/sumie mniej_więcej bardziej_niż to_jadę/idę/biorę/kupuję/jest/już/super"
        "/dobrze/fajnie/mi w_porządku na_razie/szczęście/zdrowie z_tego/głowy/przyjemnością bez_sensu/komentarza/przesady"
        " tak_dużo/drogo/daleko/długo/mało za/zbyt_*_dla_mnie/nas jak_ten_czas",
    },
    "tr": {
        "hail": "hey/selam/merhaba/alo/teşekkürler/sağol/sağ~ol/pardon/sevgili/dinle/söyle peki_sen ya_sen/hu günaydın"
        " ey/hocam/kanka/hadi/acaba/yahu/baksana/kolay~gelsin/iyi~akşamlar/iyi~geceler/selamlar yardım_et imdat",
        "open": "tamam/peki/evet/hayır/yok/ama/ve/ya/şey/hmm/ah/oh/haha/ahah/güzel/süper/harika/bence/aslında/şimdi"
        "/sonra/bir~de/bu~arada/dur/ee/yani aynen/vay/hımm/abi/hadi/acaba/yoksa/çok~iyi/anladım/sağ~ol/yine~de/mesela"
        "/kusura~bakma/hayır~ya/yok~ya/o~zaman",
        "please": "lütfen/lutfen",
        "turn": "sen_ne sen_* sence bize_bir/bi bana_bir/bi",
        "self": "ben/biz/bana sen/senin bize/bana/sence/bunu/şunu/bir/bi",
        "you": "sen/sence/senin/sana",
        "thing": "fıkra/tarif/tarifi/şiir/haiku/çeviri/özet/başkenti/bilgi/liste/hava/tanım/örnek/hikaye/fikir/anlamı"
        "/kaynak/tablo/kafiye/bilmece/başlık tarif/tarifi/anlamı/başkenti/nüfusu/formülü/farkı/çevirisi/özeti",
        "end": "ne$/ne~zaman/nedir/neden/niye/nasıl/nasil/kim$/kimdir/nerede/nereye/nerde/kaç/hangi/mı$/mi$/mu$/mü$"
        "/misin/mısın/musun/müsün/miyiz/midir/mıdır/söyle/anlat/açıkla/çevir/yaz$/özetle/göster/ver$/yap$/hesapla/bul$"
        "/öner$/listele/karşılaştır/eder$ neydi/neymiş/kimdi/kimmiş/kaçtı/kaçıncı/ne~kadar/neresi/nerde/hangisi/naber"
        "/ne~dersin/ne~diyorsun/kaça/nolur/noluyor/mıydı/miydi/muydu/müydü/mıyım/miyim/muyum/müyüm/mısınız/misiniz"
        "/musunuz/müsünüz/mıyız/muyuz/müyüz/anlatsana/söylesene/çevirsene/yazsana/versene/baksana/bulsana/yapsana"
        "/göstersene/hesaplasana/özetlesene/önersene/açıklasana/listelesene/seçsene/kısaltsana/hazırla/listele/düzelt"
        "/kısalt/ekle/değiştir/tekrarla/düzenle/olsun$/lazım/istiyorum/isterim/istiyoruz/söyle/anlat/öner/özetle/çevir"
        " yardım_et da/de/bana/bize/tane/liste/örnek/tarif_ver/yaz \\w{3,}(?:ebilir|abilir)_(?:misin|misiniz|mi)",
        "take": "bir/bu/şu/benim/senin/onun/ve/ya/ama/ile/için/gibi/hangi/her/hiç",
        "does": "dedi/diyor/söyledi/yazdı/cevap/cevabı",
        "say": "bana/yanlış/doğru/dün çok/hep/yine/geçen/bu~sefer/bence/zaten/sayesinde/yüzünden/gibi/bilmiyor"
        "/bilemedi/çöktü/açılmıyor",
        "and": "ve/ile/&/artı",
        "able": "özetleyebilir/yapabilir/söyleyebilir/açıklayabilir/çevirebilir_mi",
        "named": "P'*_soralım/danışalım/sorsak/yaptıralım P_e/a_soralım P*…soralım P…özetleyebilir/yapabilir"
        "/söyleyebilir/açıklayabilir/çevirebilir_mi P_ne_düşünüyor/der/diyor/önerir P_biliyor_mu P'?*_soralım/soralim"
        "/sorsak/sorayım/soruyorum/sorucam/soracağım/sorun/danışalım/bırakalım P'?*_bi/bir_soralım/sorsak"
        " P*_sor_bakalım P_karar_versin P_söylesin P_ne_der/diyor/düşünür/düşünüyor P_bir_el_atsın P_yardım_etsin"
        " P_anlatsın/yazsın/özetlesin/hesaplasın/seçsin/önersin",
        "group": "arkadaşlar/herkes/millet/gençler/beyler/çocuklar",
        "pair": "siz/ikiniz/sizler/sizce",
        "us": "kimse/biri/birisi/herkes/siz/hepimiz *elim/*alım/*sek/*sak_mi siz_de hanginiz kim_geliyor/var/gelir"
        "/istiyor gidelim/çıkalım/yapalım/alalım/buluşalım_mı",
        "more": "daha/bir/peki/ama/başka/şimdi/sadece_* tekrar/yeniden/kısa/kısaca ya_da_* yok_(?!artık|ya$|canım|be)*"
        " hayır_* \\w{3,}(?:siz|sız|suz|süz)(?:_olsun)?$ \\w{3,}(?:li|lı|lu|lü)_olan\\w* başka/şimdi/sadece_*"
        " daha_(?!neler|önce|yeni|dün)\\w+ bir_daha/tane/de/örnek/kez/cümle biraz_daha bi_daha/tane/örnek \\d+_kişilik"
        "/kişi/tane/cümle/cümleyle/kelime/madde/dakika/adet adım~adım/maddeler~halinde/tablo~olarak/liste~halinde"
        " ingilizce*/türkçe* kaynak* ilki/ilkini/ikincisi/ikincisini/üçüncüsü/sonuncusu onun~yerine yerine anlamadım"
        " evet~lütfen devam~et .{0,30}demek_istedim/istemiştim"
        " .{1,30}_(?:için|olarak|olan|olanı|göre|kadar|hariç|dahil)$",
        "tag": "değil_mi öyle_mi",
        "idle": "ne_güzel/hoş/komik/yazık/kadar bir_şey ya_öyle peki_tamam daha_neler ve/ama_ben/bu ne_güzelmiş/hoşmuş"
        "/kolaymış/biçim/diyeyim daha_önce/yeni/dün ya_öyle/evet/tabii/harbi ama_ben/bence/olsun evet_ya hayır_ya"
        " bi_şey vay_be/anasını",
        "title": "hocam/abi/abla/bey/hanım/kardeş/kanka/canım/kuzum",
        "not": "P'?*_sordum/sordun/sormuştum/sordunuz/sormuş/sordu/sorarsın/sorabilirsin",
        "remark": "biliyordum/bilmiyordum/güzelmiş/kolaymış/zormuş/annem/babam/bence/valla/vallahi/oha/harika/efsane"
        "/acıktım/eyvallah/demek~öyle/yaparım/yaparız/gittim/yedim/denedim",
        "whole": "yardım_et",
    },
    "ar": {
        "hail": "يا/مرحبا/أهلا/السلام/شكرا/اسمع/عفوا/هاي/وأنت ايها/أيها/عزيزي/مساء~الخير/صباح~الخير/السلام~عليكم/هلا"
        "/اهلين/حبيبي/الو/ممكن~يا/اذا~سمحت/لو~سمحت/بليز",
        "open": "طيب/حسنا/نعم/لا/أوك/و/لكن/ثم/الآن/أيضا/آه/هه/ههه/تمام/رائع/جميل/صحيح/يعني ممكن/بس/اوكي/اوك/يلا/والله"
        "/ايه/اي/ايوه/لأ/مش/بالله/طب/ماشي/اه/هههه/ههههه/اسف/آسف/معليش/عفوا/اذا~سمحت/من~فضلك/تكفى/بجد/صراحة/عموما/المهم",
        "please": "لو_سمحت من_فضلك رجاء/بليز اذا~سمحت/لو~سمحتي/ارجوك/أرجوك/تكفى/الله~يخليك/من~فضلكم/معلش",
        "ask": "ما/ماذا/من/متى/أين/كيف/كم/لماذا/ليش/هل/أي/شو/وين/ايش/قل/اشرح/ترجم/لخص/اكتب/أعطني/احسب/ساعدني/أخبرني"
        "/اقترح/قارن/وضح/كرر/أريد/اذكر/صحح وش/ايه/إيه/ليه/فين/امتى/إمتى/متى/منو/مين/قديش/اديش/بكم/بكام/شلون/ازاي/إزاي"
        "/شنو/شو/كام/لمين/بأي/في~أي/الى~أين/عايز*/عاوز*/ابغى/أبغى/ابي/أبي/بدي/بدنا/ودي/محتاج*/نبغى/نحتاج احسب*/ترجم*"
        "/لخص*/اشرح*/اكتب*/أعط*/اعط*/عط*/اديني/ادينا/قول*/قل*/وضح*/فسر*/اختصر*/ساعد*/اقترح*/رتب*/حول*/عدد*/صلح*/صحح*"
        "/عدل*/غير*/زود*/ضيف*/أضف/اضف/احذف/شيل*/خلي*/خليه/خليها/دور*/ابحث*/جيب*/هات*/كمل*/أكمل/اكمل/اعد/أعد/كرر*/اعمل*"
        "/سو*/حط*/اختر/اختار*/قارن*/رشح*/انصح*/احكي*/احك*/علمني/فهمني/ورني/وريني/جرب/نظم*/جهز*/خبرني/قولي/قولنا/جاوب*"
        "/رد/اذكر*/استخدم هل_* ممكن_* سوي/سويلي/سويلنا/سولي",
        "turn": "هل_يمكنك/تستطيع/تعرف/لديك ممكن/تقدر/تستطيع/يمكنك ما_رأيك رأيك/رايك بتعرف/تعرف/تقدر/فيك/يمديك/عندك"
        "/ممكن_ت*",
        "self": "أنت \\w{3,}ك انت/أنت/إنت/إنتي/انتي",
        "you": "أنت/لك/عندك/رأيك",
        "take": "في/من/على/إلى/عن/مع/ال/هذا/هذه/سألت/اسأل/قال/و/أو كلام/رد/جواب/رأي/قول/بحسب/حسب/زي/مثل/غير/سألنا"
        "/سألتي/جربت/جربتي/استخدمت/شفت/لـ/عند/اسألي/اسألوا/قولوا/قلت/لقيت/بدون/اللي/كلمت",
        "does": "قال/يقول/كتب/أجاب/كان/يعرف",
        "say": "هو/لا/لم/و غلط/غلطان/صح/اللي/الذي/قالت/قالي/قال~لي/ما/مش/مو/كان/رد/بيقول/يقول/أحسن/ذكي/غبي/دايما/امس"
        "/أمس/مرة/فعلا/أصلا/جاب/عطاني/علمني~ان/كتب/عمل/سوى/عطل/معلق/بطيء",
        "and": "و/مع/&",
        "can": "هل_يستطيع/يمكن/يعرف_P هل_يمكن_ل_P هل_P",
        "named": "لنسأل/دعونا/دعنا/خلينا/نسأل…P ما_رأي_P ماذا_يقول/يرى/يقترح_P خلونا/خلينا/دعونا/تعالوا/يلا/نروح/خلنا"
        "/لنسأل_نسأل_P نسأل/بنسأل/هنسأل/راح~نسأل_P ايه/إيه/وش/شو/ما_رأي/راي_P P_(?:وش|ايه|شو|ما)_ر[أا]ي\\w* خلي/خلوا_P"
        " ممكن_P خل_P سؤال_ل\\w*P",
        "group": "شباب/جميعا/الجميع/أصدقاء/جماعة",
        "pair": "أنتم/أنتما/لكم",
        "us": "أحد/أنتم/الجميع/شباب تجي/تيجي/تجون/نمشي/نروح/نطلع/مين~معه/مين~عنده/مين~يجي/مين~جاي/حد/احد/حدا/ايش~رايكم"
        "/وش~رايكم/رأيكم/رايكم",
        "more": "أكثر/أقصر/أطول/أبسط/مرة/بدون/مع/باختصار/في/المزيد و\\w{2,15}$ و\\w{2,15}_\\w{2,15}$ أو_\\w+ او_\\w+"
        " طيب_و\\w+ لا_أقصد/اقصد/قصدي ما/مو/مش_فهمت/فهمتها/فاهم/واضح/واضحة بـ\\w+$ بال\\w{2,12}$ ب\\w{3,12}$ لل\\w{2,12}$"
        " من_غير غير~كذا/غير~كده/غيره/غيرها/ثاني/تاني/ثانية/تانية/كمان/بعد~واحد/واحد~ثاني مثال/أمثلة/امثلة/الأول/الاول"
        "/الثاني/التاني/الأخير/الاخير/أرخص/ارخص/أسهل/اسهل/أسرع/اسرع/أقرب/اقرب/أوضح/اوضح/اقصر/اطول/ابسط/اكثر/اكتر"
        " لـ?\\d+ \\d+_أشخاص/اشخاص/كلمات/أسطر/نقاط/دقايق/دقائق أقل/اقل_من كبديل/بدال/بدل قصدي/أقصد/اقصد/أعني/يعني_*"
        " ل\\w{3,}_\\w+$",
        "tag": "أليس_كذلك صح صح~كلامي/مو~كذا/مش~كده/صح~ولا~لا",
        "idle": "ما_شاء/أجمل والله* وأنا/وانا/وهو/وهي/واحنا/وبس/وهذا/وهذي/ولا~يهمك/وش~ذا/واو/ولله/والحمد* يا_سلام/الله"
        "/ريت/حرام بصراحة/بالضبط/بعيد/بكرة/بسيطة/بجد/برافو/بدري/بالعافية غريب/غريبة/غلط",
        "end": "كم/متى/وين/ليش/ليه/ازاي/كيف/وش/ايه/إيه/مين/شو/ولا$/تقدر/ممكن/تشرح*/تترجم*/تقول*/تساعد*/تكتب*/تعط*/رأيك"
        "/رايك",
        "thing": "وصفة/معنى/ترجمة/طقس/نكتة/قصيدة/ملخص/تعريف/مثال/أمثلة/قائمة/عاصمة/سعر/فكرة/أفكار/مصدر/جدول",
        "not": "سألت/سألتي/سألنا/سألتوا/سأل_P اسأل/اسألي_P",
        "remark": "والله/كنت/رحت/جربت/عرفت/قلت/هههه/ههههه/هههههه/فعلا/صح/جميل/حلو/ممتاز/تمام/شكرا/ماشاءالله/صدق/تعبت"
        "/أنا/انا/احنا/أمي/ابوي/فكرت/كلامك/زين/غالي/يسلمو",
    },
    "hi": {
        "hail": "हे/अरे/सुनो/नमस्ते/हैलो/धन्यवाद/शुक्रिया/ओ/और~तुम arre/arey/suno/oye/oy/bhai/yaar/bhaiya/ओए/यार/भाई"
        "/माफ़~करना",
        "open": "ठीक/अच्छा/हाँ/हां/नहीं/और/लेकिन/तो/अब/फिर/ओह/वाह/हाहा/वैसे/है acha/accha/achha/haan/nahi/nahin/aur"
        "/lekin/toh/phir/matlab/waise/chalo/thik/theek/arre/arey/yaar/bhai/wah/सही/मतलब/चलो/अरे/यार/भाई/ज़रा/जरा/zara"
        "/jara",
        "please": "कृपया/प्लीज़/प्लीज zara/jara/ज़रा/जरा",
        "ask": "क्या/कौन/कब/कहाँ/कैसे/कितना/कितने/कितनी/क्यों/किस/बताओ/समझाओ/लिखो",
        "turn": "क्या_तुम/आप तुम/आप_बता/क्या tum/aap/tu_batao/bata/batana/bolo/hi/kya/bataiye kya_tum/aap/tu तुम/तू"
        "/आप_ही/बताना/बोलो zara/jara_batao/bata/bataiye",
        "you": "तुम/आप/तुम्हें/तुम्हारा tum/aap/tumhara/teri/aapka/tujhe/tumhe/tumne/aapne/तू/तेरा/तेरी/आपने/तुमने"
        "/आपका",
        "end": "क्या/कौन/कब/कहाँ/कहां/कैसे/कितना/कितने/कितनी/क्यों/किस/किसने/बताओ/बताइए/समझाओ/समझाइए/करो/लिखो/दो/कीजिए"
        " kya/kaun/kab/kahan/kaha/kaise/kaisa/kaisi/kitna/kitne/kitni/kyu/kyun/kyon/kis/kisne/kisko/konsa/kaunsa"
        "/kaunsi/konsi/batao/bataiye/bataye/batana/bata$/likho/samjhao/sunao/karo$/dikhao/bolo$/likhna/samjha$/bana~do"
        "/banao/karna$/dena$/de~do/kar~do/bata~do/likh~do/samjha~do/bataiyega/chahiye/chunno/chuno/nikalo/nikaal"
        "/hisaab/कैसा/कैसी/कौनसा/कौन~सा/कौन~सी/किसका/किसकी/बता$/सुनाओ/बनाओ/दिखाओ/बोलो/चुनो/दीजिए/दीजिये/बताइये/कीजिये"
        "/लिखिए/समझा~दो/बता~दो/चाहिए/रखूँ/करूँ/करूं/निकालो/दे~दो/कर~दो",
        "take": "एक/यह/वह/मेरा/मेरी/और/से/को/में/पर/का/की/के meri/mera/apna/apni/ek/bina/jaise/मेरे/अपना/अपनी/उस/इस"
        "/बिना/या/जैसे",
        "say": "ने/का/की/के/को/से/में/कहता/बोला/है ne/ka/ki/ke/ko/se/mein/bhi/wala/wali/kehta/bola/tha/toh/तो/भी/ही"
        "/वाला/वाली/था/पर",
        "and": "और/तथा/&",
        "named": "P_से_पूछते/पूछो_हैं P_से_पूछें P_से_पूछते P_को_क्या_लगता P_बता_सकता क्या_P"
        " P_se_hi_p(?:u|oo)ch{1,2}te_ha?i?n? P_से_ही_पूछते P_से_पूछें/पूछ~लें/पूछ~लेते P_को_पूछते P_ko_puchte"
        " P_batayega/batao/bata~do P_बताएगा/बताओ/बताए P_kya_kehta/bolta/sochta P_क्या_कहता/सोचता P_ki_rai P_की_राय"
        " P_se/se~hi_puchte/poochte/puchhte/puchein/poochein/puche/puchhe/puch~lete/pooch~lete kya_P",
        "group": "दोस्तों/दोस्तो/सब/सभी/यारों/लोगो doston/dosto/yaaron/sabhi/bhaiyo/यारो/भाइयों",
        "pair": "तुम_दोनों/सब आप_दोनों/सब/लोग tum_dono/sab/log/logo aap_dono/sab/log",
        "us": "कोई/सब/हम/किसी koi/sab/hum/kisi/kiske~paas/kisne/किसके~पास/हममें chalein/chale/चलें",
        "more": "और_* लेकिन_* फिर/छोटा/संक्षेप/दूसरा/बिना/एक~और/हिंदी bina_* aur_(?!main|mai|wo|woh|hum|kya|bhi~to)*"
        " lekin_* phir_* \\d+_(?:log|shabd|line|minute|लोग)\\w* nahi_(?!pata|yaar|bhai)* नहीं_(?!पता|यार)* hindi/हिंदी"
        "/हिन्दी/अंग्रेज़ी chhota/chota/thoda/थोड़ा/ek~aur/ek~baar/dusra/doosra/dobara/phir~se/fir~se/फिर~से/एक~बार"
        "/दूसरा/पहला/pehla/pehle~wala/agla/asaan/aasan/आसान/सरल iske/iska/iski/इसके/इसका/इसकी agar/अगर mera~matlab"
        "/मेरा~मतलब matlab_* samajh~nahi/समझ~नहीं kuch~aur/कुछ~और sirf/सिर्फ/केवल \\w+_me/mein_do/batao/likho"
        " .{1,24}_(?:aisa|aisi|waisa|wala|wali|ऐसा|ऐसी|वाला|वाली)$",
        "idle": "क्या_बात और_मैं kya_baat/din/mast/yaar/scene/game/shot wah aur_main/mai/kya nahi_pata/yaar/bhai"
        " क्या_बात/मस्त नहीं_पता/यार thik/theek_hai",
        "title": "yaar/bhai/bhaiya/ji/जी/भाई/यार/भैया/didi/दीदी",
        "self": "तेरी/तेरा/तेरे/तुम्हारा/तुम्हारी/तुम्हारे/आपका/आपकी/आपके/तू/तुम/आप/तुझे/तुमने/आपने/teri/tere/tumhara"
        "/tumhari/tumhare/aapka/aapki/tum/aap/tujhe/tumne/aapne/tumhe/मुझे/हमें",
        "thing": "shayari/kavita/chutkula/रेसिपी/मतलब/कविता/चुटकुला/शायरी/अर्थ/अनुवाद/उदाहरण/मौसम",
        "not": "P_se_p(?:u|oo)cha\\w* P_से_पूछा P_ne P_ने",
        "remark": "wah/maine/mujhe/banati/banata/thik/theek/bhook/मुझे/मैंने/मैं/मेरी/मेरा/वाह/सही/हाहा",
    },
}
