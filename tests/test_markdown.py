"""How messages read: Markdown drawn at once and while it grows, in a real Chromium.

An answer that grows must not jump. That is checked at every position of every text below: (a) no mark is shown that later
disappears, (b) what stands in a paragraph, a cell, a heading, stays in one, (c) what was shown does not vanish, and in the
end it looks like the same text drawn at once.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.server import Server

Run = Callable[..., Any]

STEPS = [1, 2, 3, 17]

# What people and models write. Each is streamed with something before it and something after it.
GROWING = {
    "emphasis": "This is *really* and **very much** so.",
    "underscores": "This is _really_ and __very much__ so.",
    "nested emphasis": "All of **_this_ and *that* too** is ***both***, and **_x_**.",
    "emphasis in a word": "It is un*frigging*believable and in**sen**sitive.",
    "snake case": "Call snake_case_name and __init__ and _private_, then a_b.",
    "maths": "2 * 3 * 4 = 24, 2*3*4 = 24, x**2 + y**2, a*b and f*(x) for 5 < 6 > 3.",
    "marks never closed": "It costs **a lot and * nothing\n\nand the next paragraph",
    "struck out": "Now ~~gone~~ and ~5 to ~7 and ~~two words~~.",
    "inline code": "Run `ls -l *.py` and ``a ` b`` and `x`.",
    "code with marks": "Write `**not bold**` and `[no](link)` and `<b>`.",
    "code never closed": "A lone ` stands here\n\nand the next paragraph",
    "link": "See [the *whole* story](https://example.org/a_b?c=1&d=2 \"title\") now.",
    "link with parentheses": "See [it](https://example.org/x_(y)_z) now.",
    "link nobody may follow": "Try [this](javascript:alert(1)) or [that](/here).",
    "link never closed": "See [the whole story and more\n\nand the next paragraph",
    "image": "Look: ![a *cat*](https://example.org/cat.png) there! And ![](https://example.org/b.png)",
    "reference link": "Read [the book][1], [the film][film] and [the book][].\n\n[1]: https://example.org/1\n[film]: <https://example.org/f> \"Film\"\n",
    "reference before": "[a]: https://example.org/a\n\nRead [this][a] then.",
    "footnote": "As told[^1] there.\n\n[^1]: In a book, page 3.",
    "indexes": "Take a[0] and b[i][j] and matrix[row][col] of [1, 2].",
    "citations": "It is so [1], and so [2][3]. Really [sic]!",
    "angle link": "See <https://example.org/x> and <me@example.org> there.",
    "autolink": "Go to https://example.org/a_b_c?d=e*f, www.example.org. Or me@example.org!",
    "autolink in marks": "**https://example.org/a** and _www.example.org_ (https://example.org/b).",
    "html": "A <div class=\"x\">block</div> and <br> and <b>not bold</b>.",
    "html block": "<div>\n<p onclick=alert(1)>text</p>\n</div>\n\n<!-- comment -->\nafter",
    "entities": "Fish &amp; chips &lt;now&gt; &copy; &#169; &#x263A; R&D AT&T &unknown; & so on",
    "escapes": "Not \\*this\\* and \\_that\\_, \\[no](link) \\`code\\` \\\\ end",
    "hard breaks": "One  \ntwo\\\nthree\nfour",
    "headings": "# One\n\ntext\n\n## Two *with* `code` ##\ntext\n### Three\n#### Four\n##### Five\n###### Six\n####### Seven",
    "hashes": "#hashtag is no heading, #1 neither\n\n# \n\nC# is",
    "setext": "The title\n=========\n\nThe chapter\n---\n\ntext",
    "rules": "one\n\n---\n\ntwo\n\n***\n\n___\n\n- - -\n\nthree",
    "bullets": "- one\n- two\n- three",
    "bullets of all kinds": "* one *really*\n* two\n\n+ plus\n+ plus\n\n- **bold** item\n- `code` item",
    "loose bullets": "- one\n\n- two\n\n  more of two\n\n- three",
    "nested bullets": "- one\n  - one one\n    - one one one\n  - one two\n- two\n    - four spaces",
    "bullets by tabs": "- one\n\t- one one\n\t\t- one one one\n- two",
    "numbers": "1. one\n2. two\n10. ten\n\n3) three\n4) four",
    "numbers that begin elsewhere": "7. seven\n8. eight",
    "a number on its own": "42",
    "numbers that are no list": "1986 was\n3.14 is pi, 1.x too\n2. no",
    "bullets in numbers": "1. one\n   - a\n   - b\n2. two\n   1. inner\n   2. inner",
    "text and bullets": "Items:\n- one\n- two\nlazily on\n\nafter",
    "minus": "-5 and - 5\n\n-x\n\n+1 for it",
    "tasks": "- [ ] open\n- [x] done\n- [X] done too\n- [link](https://example.org)\n- [y] no task\n1. [ ] counted",
    "quote": "> quoted *text*\n> goes on\nlazily\n\nafter",
    "nested quotes": "> one\n>\n> > two\n> > > three\n>\n> back",
    "quote of everything": "> ## Head\n> - a\n> - b\n>\n> ```js\n> let x;\n> ```\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n",
    "table": "| Name | Price |\n|:-----|------:|\n| Tea  | 2*3 = 6 |\n| `a`  | [b](http://b.example) |\n\nafter",
    "table of marks": "| **A** | _b_ | ~~c~~ |\n|:-:|---|---|\n| **x** y | `|` | a \\| b |\n| short |\n| 1 | 2 | 3 | 4 |",
    "table without edges": "Name | Price\n---|---\nTea | 6\nMilk | 7",
    "table right after text": "Here:\n| a | b |\n|---|---|\n| 1 | 2 |",
    "bars that are no table": "|x| is the absolute value of x, a | b is either\n\nor",
    "table head alone": "| a | b |",
    "fence": "```python\ndef f(x):\n    return \"x\" + x  # ** [ <\n```\nafter",
    "fence without language": "text\n```\ncode\n\n\n- x\n1\n```\nafter",
    "long fence": "````md\n```\ninner\n```\n````\nafter",
    "fence of tildes": "~~~ruby startline=3\nputs `x`\n```\n~~~\nafter",
    "fence never closed": "```\ncode\nmore",
    "fence in an item": "1. Run:\n   ```bash\n   ls\n     indented\n\n   cd\n   ```\n2. Done\n\n- x\n\n  ~~~\n  y\n  ~~~\n  z",
    "fence out of an item": "1. Run:\n```bash\nls\n```\n2. Done",
    "fence in one line": "```code in a line``` is code.",
    "indented code": "text\n\n    code\n      more\n\n    end\n\nafter",
    "right to left": "# שלום עולם\n\nمرحبا **بالعالم** كله\n\n- אחת\n- שתיים\n\n> ציטוט\n\n| א | ב |\n|---|---|\n| 1 | 2 |\n\nand back",
    "cjk": "**「要点」**は**重要。**です、~~削除~~と`コード`。\n\n- 一つ\n- 二つ\n\n1. 三\n\n中文**强调**中文，见https://example.org/路径。然后 www.example.org，再[链接](https://example.org)好",
    "korean": "**안녕(하세요)**라고 *말했다*.",
    "emoji": "👩‍👩‍👧‍👦 **🎉 yes** 🇩🇪 e\u0301 *👍🏽* ~~💔~~",
    "everything after another": "Text\n- item\n> quote\n# head\n```\ncode\n```\n| a |\n|---|\n| b |\n---\nend",
    "one long paragraph": " ".join(map(str, range(1, 900))),
    "a long paragraph of sentences": "Now **this** is a sentence, and `here` is [one more](https://example.org). " * 50,
    "a long paragraph in one mark": "**" + "many bold words " * 120 + "** and no more",
    "a long word": "x" * 4000,
    "long code": "```\n" + "let x = 1;\n" * 100 + "```\n",
}  # fmt: skip

# Nobody can know these from their beginning: the title and the row above are a paragraph until the line below them ends.
RESTYLED = {"setext", "table without edges"}

GROW = """async ([text, steps]) => {
    const { GrowingMarkdown, renderMarkdown } = await import('/static/js/markdown.js');
    const BLOCK = 'p, h2, h3, h4, h5, h6, td, th, pre, li, blockquote';
    const shown = (root) => {
        const [text, kinds] = [[], []];
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const block = walker.currentNode.parentElement.closest(BLOCK);
            if (!block) continue;  // the label above code
            let kind = '';
            for (let at = block; at !== root; at = at.parentElement) if (at.matches(BLOCK)) kind = `${at.tagName} ${kind}`;
            for (const letter of walker.currentNode.data.replace(/\\s/g, '')) { text.push(letter); kinds.push(kind); }
        }
        return { text, kinds };
    };
    const isWithin = (part, whole) => { let at = 0; for (const letter of whole) if (letter === part[at]) at += 1; return at === part.length; };
    const bare = ({ text, kinds }) => text.flatMap((letter, i) => (/[*_~`[\\]()!<]/.test(letter) ? [] : [`${letter} in ${kinds[i]}`]));
    const whole = document.createElement('div');
    whole.append(renderMarkdown(text));
    const [vanished, restyled, differing] = [[], [], []];
    for (const step of steps) {
        const place = document.createElement('div');
        const growing = new GrowingMarkdown(place);
        let before = shown(place), beforeBare = [];
        for (let i = step; i < text.length + step; i += step) {
            if (i < text.length && /[\\ud800-\\udbff]$/.test(text.slice(0, i))) continue;  // answers grow by whole characters
            if (i < text.length) growing.draw(text.slice(0, i));
            else growing.finish(text);
            if (text.length > 3000 && i % 251 && i < text.length) continue;
            const now = shown(place);
            if (!isWithin(before.text, now.text)) vanished.push([text.slice(Math.max(0, i - 30), i), before.text.join('').slice(-40), now.text.join('').slice(-40)]);
            const nowBare = bare(now), jump = beforeBare.findIndex((letter, at) => letter !== nowBare[at]);
            if (jump >= 0) restyled.push([text.slice(Math.max(0, i - 30), i), beforeBare[jump], nowBare[jump] ?? '']);
            [before, beforeBare] = [now, nowBare];
        }
        if (place.innerHTML !== whole.innerHTML) differing.push([step, place.innerHTML, whole.innerHTML]);
    }
    return { vanished, restyled, differing, text: whole.textContent };
}"""


@pytest.fixture(scope="module")
def run(chromium: Any, open_house: Server) -> Iterator[Run]:
    """Evaluates a script on the real page; afterwards the page may not have complained."""
    page, faults = chromium.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(open_house.url)
    yield page.evaluate
    page.close()
    assert not faults, faults


@pytest.mark.parametrize("name", GROWING)
def test_a_text_grows_without_a_jump_and_ends_as_if_drawn_at_once(run: Run, name: str) -> None:
    seen = run(GROW, [GROWING[name], STEPS])
    assert seen["differing"] == []
    if name in RESTYLED:
        assert all(now.startswith(was.replace("|", "")) for _, was, now in seen["vanished"])
        assert all(
            re.search(" in .*(P|TH) $", was) and re.search(" in .*(P|H2|H3|TH) $", now)
            for _, was, now in seen["restyled"]
        )
    else:
        assert seen["vanished"] == []
        assert seen["restyled"] == []


DRAW = """async ([text, growing, breaks]) => {
    const { GrowingMarkdown, renderMarkdown } = await import('/static/js/markdown.js');
    const place = document.createElement('div');
    if (growing) new GrowingMarkdown(place).draw(text);
    else place.append(renderMarkdown(text, { breaks }));
    for (const link of place.querySelectorAll('a')) {
        if (link.rel !== 'noopener noreferrer nofollow' || link.target !== '_blank') return `careless link to ${link.href}`;
        for (const name of ['rel', 'target', 'title']) link.removeAttribute(name);
    }
    for (const block of place.querySelectorAll('[dir], [data-tip]')) for (const name of ['dir', 'data-tip']) block.removeAttribute(name);
    return place.innerHTML;
}"""


@pytest.mark.parametrize(
    ("half", "drawn"),
    [
        ("It is **ver", "<p>It is <strong>ver</strong></p>"),
        ("It is **very*", "<p>It is <strong>very</strong></p>"),
        ("It is **_ve", "<p>It is <strong><em>ve</em></strong></p>"),
        ("It is **_very_", "<p>It is <strong><em>very</em></strong></p>"),
        ("It is ***ve", "<p>It is <em><strong>ve</strong></em></p>"),
        ("It is ~~ov", "<p>It is <del>ov</del></p>"),
        ("It is un*frig", "<p>It is un<em>frig</em></p>"),
        ("Take 2 * 3", "<p>Take 2 * 3</p>"),
        ("Take a*b and", "<p>Take a*b and</p>"),
        ("Take a_b", "<p>Take a_b</p>"),
        ("Run `ls -", "<p>Run <code>ls -</code></p>"),
        ("Run ``a `", "<p>Run <code>a </code></p>"),
        ("**Run `ls", "<p><strong>Run <code>ls</code></strong></p>"),
        ("See [the st", "<p>See the st</p>"),
        ("See [the **st", "<p>See the <strong>st</strong></p>"),
        ("See [the story](https://exam", "<p>See the story</p>"),
        ("See [the story](https://example.org/ \"ti", "<p>See the story</p>"),
        ("See ![the cat](https://exam", "<p>See the cat</p>"),
        ("See [the story][1] and", "<p>See the story and</p>"),
        ("Take a[0", "<p>Take a[0</p>"),
        ("See <https://exam", "<p>See</p>"),
        ("See https://example.org/a", '<p>See <a href="https://example.org/a">https://example.org/a</a></p>'),
        ("Fish &am", "<p>Fish</p>"),
        ("a <di", "<p>a</p>"),
        ("-", ""),
        ("1", ""),
        ("1.", ""),
        ("- [ ] ", ""),
        ("- [x] do", '<ul><li class="task"><p>☑ do</p></li></ul>'),
        ("###", ""),
        ("### He", "<h4>He</h4>"),
        ("---", ""),
        ("> quo", "<blockquote><p>quo</p></blockquote>"),
        ("| a | b", "<p></p>"),
        ("| a | b |\n|--", "<p></p>"),
        ("| a | b |\n|--|--|\n", "TABLE<tbody></tbody>"),
        ("| a | b |\n|--|--|\n| **x", "TABLE<tbody><tr><td><strong>x</strong></td></tr></tbody>"),
        ("| a | b |\n|--|--|\n| x | `y", "TABLE<tbody><tr><td>x</td><td><code>y</code></td></tr></tbody>"),
        ("```py", ""),
        ("```py\n", "CODEpy</span>"),
        ("```py\nx = 1\n``", "CODEpy</span>x = 1"),
        ("Title\n===", "<p>Title</p>"),
    ],
)  # fmt: skip
def test_what_is_half_written_looks_as_it_soon_will(run: Run, half: str, drawn: str) -> None:
    html = run(DRAW, [half, True, False])
    table = '<section class="table" tabindex="0"><table><thead><tr><th>a</th><th>b</th></tr></thead>'
    if drawn.startswith("CODE"):
        html = re.sub(
            r'<button.*<code>|<span class="part">|</span></code>.*$|</code>.*$|</?div[^>]*>', "", html, flags=re.DOTALL
        )
        assert html.removeprefix("<span>") == drawn.removeprefix("CODE")
    else:
        assert html.removesuffix("</table></section>" if "TABLE" in drawn else "") == drawn.replace("TABLE", table)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("# A\n###### F ##", "<h2>A</h2><h6>F</h6>"),
        ("A\n=\n\nB\n---", "<h2>A</h2><h3>B</h3>"),
        ("- a\n  1. b\n  2. c\n- d", '<ul><li><p>a</p><ol start="1"><li><p>b</p></li><li><p>c</p></li></ol></li><li><p>d</p></li></ul>'),
        ("7. a\n8. b", '<ol start="7"><li><p>a</p></li><li><p>b</p></li></ol>'),
        ("- [ ] a\n- [x] b", '<ul><li class="task"><p>☐ a</p></li><li class="task"><p>☑ b</p></li></ul>'),
        ("> a\n> > b\n\nc", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>c</p>"),
        ("a\n***\nb", "<p>a</p><hr><p>b</p>"),
        ("[a](http://x.example/?a=1&amp;b=2)", '<p><a href="http://x.example/?a=1&amp;b=2">a</a></p>'),
        ("![a](http://x.example/i.png)", '<p><a href="http://x.example/i.png">a</a></p>'),
        ("[a][b]\n\n[B]: http://x.example/", '<p><a href="http://x.example/">a</a></p>'),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("<me@x.example>", '<p><a href="mailto:me@x.example">me@x.example</a></p>'),
        ("见https://x.example/路径。然后", '<p>见<a href="https://x.example/%E8%B7%AF%E5%BE%84">https://x.example/路径</a>。然后</p>'),
        ("**「a」**は**b。**で", "<p><strong>「a」</strong>は<strong>b。</strong>で</p>"),
        ("&lt;b&gt; &#x1F600; &copy; &nope;", "<p>&lt;b&gt; 😀 © &amp;nope;</p>"),
        ("<b id=stop>x</b>", "<p>&lt;b id=stop&gt;x&lt;/b&gt;</p>"),
        ("a  \nb\\\nc\nd", "<p>a<br>b<br>c\nd</p>"),
        ("2*3*4 and ~5 to ~7 and snake_case_name", "<p>2*3*4 and ~5 to ~7 and snake_case_name</p>"),
    ],
)  # fmt: skip
def test_a_text_is_drawn_as_its_writer_meant_it(run: Run, text: str, drawn: str) -> None:
    assert run(DRAW, [text, False, False]) == drawn


def test_people_break_lines_where_they_broke_them(run: Run) -> None:
    assert run(DRAW, ["a\nb", False, True]) == "<p>a<br>b</p>"


def test_cells_stand_as_the_rule_below_the_head_says(run: Run) -> None:
    html = run(DRAW, ["| a | b | c | d |\n|:--|:-:|--:|---|\n| 1 | 2 | 3 | 4 |", False, False])
    assert re.findall(r'<td(?: style="text-align: (\w+);")?>', html) == ["left", "center", "right", ""]


def test_the_caret_stands_where_the_next_word_will(run: Run) -> None:
    tips = run("""async () => {
        const { GrowingMarkdown } = await import('/static/js/markdown.js');
        const place = document.createElement('div'), growing = new GrowingMarkdown(place), tips = [];
        for (const text of ['a', '\\n- b\\n', '  - c', '\\n\\n> d', '\\n\\n| e |\\n|---|\\n| f', '\\n\\n```\\ng']) {
            growing.draw(place.source = (place.source ?? '') + text);
            const found = [...place.querySelectorAll('[data-tip]')];
            tips.push(found.map((node) => `${node.parentElement.tagName} ${node.tagName} ${node.textContent}`).join());
        }
        growing.finish(place.source);
        return [...tips, place.querySelectorAll('[data-tip]').length];
    }""")
    assert tips == ["DIV P a", "LI P b", "LI P c", "BLOCKQUOTE P d", "TR TD f", "CODE SPAN g", 0]


LAID_OUT = """async ([text, width]) => {
    const { renderMarkdown } = await import('/static/js/markdown.js');
    const body = document.createElement('div');
    body.className = 'body';
    body.style.width = `${width}px`;
    body.append(renderMarkdown(text));
    document.getElementById('scroller').append(body);
    const blocks = [...body.querySelectorAll('p, h2, ul, ol, blockquote, .table, td, pre')];
    const seen = {
        overflow: body.scrollWidth - body.clientWidth,
        scrolls: blocks.filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.className || node.tagName),
        sides: blocks.map((node) => [node.tagName, getComputedStyle(node).direction]),
        text: body.textContent, lines: body.innerText, selected: (getSelection().selectAllChildren(body), String(getSelection())),
    };
    body.remove();
    return seen;
}"""

WIDE = f"| {' | '.join(['column'] * 12)} |\n|{'---|' * 12}\n\n```\n{'x' * 500}\n```\n\n{'long' * 200} https://example.org/{'path/' * 80}"


def test_nothing_is_wider_than_the_smallest_phone(run: Run) -> None:
    seen = run(LAID_OUT, [WIDE, 288])
    assert seen["overflow"] == 0
    assert seen["scrolls"] == ["table", "PRE"]


def test_right_to_left_text_stands_on_its_side_among_other_text(run: Run) -> None:
    seen = run(LAID_OUT, ["left\n\nשלום\n\n- אחת\n\n* one\n\n# שלום\n\n> ציטוט\n\n| א |\n|---|\n| 1 |", 600])
    sides = [side for name, side in seen["sides"] if name in ("P", "H2", "UL", "BLOCKQUOTE", "SECTION")]
    assert sides == ["ltr", "rtl", "rtl", "rtl", "ltr", "ltr", "rtl", "rtl", "rtl", "rtl"]


@pytest.mark.parametrize("name", ["one long paragraph", "a long paragraph of sentences", "a long word"])
def test_a_long_paragraph_in_parts_is_still_the_same_text(run: Run, name: str) -> None:
    seen = run(LAID_OUT, [GROWING[name], 600])
    plain = re.sub(r"\*\*|`|\[|\]\(.*?\)", "", GROWING[name])
    assert seen["text"] == plain.strip()
    assert re.sub(r"\n", "", seen["lines"]).replace(" ", "") == plain.replace(" ", "")


def test_long_code_in_parts_is_copied_and_selected_line_by_line(run: Run) -> None:
    code = "\n".join(f"line {n}" if n % 7 else "" for n in range(150))
    seen = run(LAID_OUT, [f"```\n{code}\n```", 600])
    assert seen["text"].endswith(code)
    assert code in seen["selected"]


UNITS = 64_000
HOSTILE = {
    "quotes": ">" * UNITS,
    "quotes of quotes": ">" * 300 + "a\n" * 30_000,
    "bullets in bullets": "- " * (UNITS // 2),
    "numbers in numbers": "1. " * (UNITS // 3),
    "bullets ever deeper": "".join(" " * (2 * n) + "- a\n" for n in range(250)),
    "stars": "*" * UNITS,
    "stars and letters": "*a " * (UNITS // 3),
    "marks of all kinds": "*a _b **c __d ~~e ***f " * (UNITS // 23),
    "closers alone": "a* b_ c** " * (UNITS // 10),
    "backticks": "`" * UNITS,
    "growing runs of backticks": " ".join("`" * n for n in range(350)),
    "backticks and letters": "`a``b" * (UNITS // 5),
    "brackets": "[" * UNITS,
    "brackets closed": "[" * (UNITS // 2) + "]" * (UNITS // 2),
    "links in links": "[a](" * (UNITS // 4),
    "images in images": "![a](b" * (UNITS // 6),
    "labels": "[a][b]" * (UNITS // 6),
    "definitions": "".join(f"[a{n}]: http://x.example/\n" for n in range(2400)),
    "labels and their definitions": "".join(f"[a][b{n}]\n\n[b{n}]: http://x.example/\n\n" for n in range(1500)),
    "tags": "<a " * (UNITS // 3),
    "tags with attributes": "<a b='" * (UNITS // 6),
    "comments": "<!-- " * (UNITS // 5),
    "entities": "&am" * (UNITS // 3),
    "addresses": "http://" * (UNITS // 7),
    "mail": "a@" * (UNITS // 2),
    "backslashes": "\\" * UNITS,
    "blanks": " " * UNITS + "x",
    "tabs": "\t" * UNITS + "x",
    "trailing blanks": ("a" + " " * 800 + "b") * 80,
    "lines": "\n" * UNITS,
    "bars": "|" * UNITS,
    "a table of many columns": "|a" * 300 + "|\n" + "|-" * 300 + "|\n" + ("|x" * 300 + "|\n") * 105,
    "rows without cells": "|a|b|\n|-|-|\n" + "x\n" * 31_000,
    "rules": "---\n" * (UNITS // 4),
    "dashes": "- - " * (UNITS // 4),
    "equals": "a\n=\n" * (UNITS // 4),
    "fences": "```\n" * (UNITS // 4),
    "fences ever longer": "\n".join("`" * n for n in range(3, 350)),
    "hashes": "#" * UNITS,
    "a heading of hashes": "# " + "a #" * (UNITS // 3),
    "combining marks": "a" + "\u0301" * 16_000,
    "one word": "x" * UNITS,
    "emoji": "👩‍👩‍👧‍👦" * (UNITS // 11),
    "chinese": "中" * UNITS,
}  # fmt: skip

ENDURE = """async ([text]) => {
    const { GrowingMarkdown, renderMarkdown } = await import('/static/js/markdown.js');
    const [whole, grown] = [document.createElement('div'), document.createElement('div')];
    whole.append(renderMarkdown(text));
    const growing = new GrowingMarkdown(grown);
    for (let i = 997; i < text.length; i += 997) growing.draw(text.slice(0, i));
    growing.finish(text);
    let depth = 0;
    for (const node of whole.querySelectorAll('*')) { let at = 0; for (let up = node; up !== whole; up = up.parentElement) at += 1; depth = Math.max(depth, at); }
    return { same: whole.innerHTML === grown.innerHTML, depth, elements: whole.querySelectorAll('*').length, ids: whole.querySelectorAll('[id], [name]').length };
}"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_shallow_and_as_if_drawn_at_once(run: Run, name: str) -> None:
    seen = run(ENDURE, [HOSTILE[name]])
    assert seen["same"]
    assert seen["ids"] == 0
    assert seen["depth"] <= 100
    assert seen["elements"] <= UNITS
