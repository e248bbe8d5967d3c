/** What markdown.js uses of marked, for the type check; marked's own types say little more of its tokens. */

export type Token = { type: string; raw: string; [field: string]: any };

export class Tokenizer {
  [rule: string]: any;
}

export class Lexer {
  constructor(options?: { gfm?: boolean; breaks?: boolean; tokenizer?: Tokenizer });
  [member: string]: any;
}
