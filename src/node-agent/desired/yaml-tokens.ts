import { type CST, Lexer, type LineCounter, Parser } from 'yaml';
import { type Result, ok, refused } from '../../values/result.js';

/** Far more than a VirtualIP needs, far less than what exhausts the stack of the YAML library, which recurses. */
const DEEPEST = 64;

/** Enough for thousands of VirtualIPs. A node in memory takes a hundred times the octet that asks for it. */
const MOST_LEXEMES = 500_000;

/** Where in the text reading stopped, and why. */
export type TokenProblem = Readonly<{ offset: number; problem: string }>;

/** The tokens of a YAML text; refused before a text that is made to exhaust the process does. */
export function readTokens(text: string, lines: LineCounter): Result<readonly CST.Token[], TokenProblem> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > DEEPEST)
      return refused({
        offset: parser.offset,
        problem: `is nested more than ${String(DEEPEST)} levels deep`,
      });
    if (++lexemes > MOST_LEXEMES)
      return refused({ offset: parser.offset, problem: 'has too many parts; is it the right file?' });
  }
  for (const token of parser.end()) tokens.push(token);
  return ok(tokens);
}
