import type { ChatTokenizer } from '../../world/tokenizer/load.ts';

type Decoder = Pick<ChatTokenizer, 'decodeBatch'>;

const PARTIAL = '\ufffd';

/**
 * What each token is called where it stands alone: its text; `token_id:N` (vLLM's form) where that is no text, such as a
 * part of a character.
 */
export async function tokenNames({ decodeBatch }: Decoder, vocabSize: number): Promise<string[]> {
  const texts = await decodeBatch(Array.from({ length: vocabSize }, (_, id) => [id]));
  return texts.map((text, id) => (text === '' || text.includes(PARTIAL) ? `token_id:${id}` : text));
}

/** Text that grows by tokens. */
export interface GrowingText {
  /** The text that this token completes; '' while a character is still partial. */
  push(id: number): Promise<string>;
  /** What is left of a character that no token completed. */
  flush(): Promise<string>;
}

/**
 * Decodes token by token, each with those before it back to the last whole character but one: tokens may be parts of characters,
 * and may look different at the beginning of a text.
 */
export function growText({ decodeBatch }: Decoder): GrowingText {
  let ids: number[] = [];
  let known = 0;
  const grown = async (): Promise<string> => {
    const [before = '', now = ''] = await decodeBatch([ids.slice(0, known), ids]);
    return now.slice(before.length);
  };
  return {
    async push(id) {
      ids.push(id);
      const text = await grown();
      if (text === '' || text.endsWith(PARTIAL)) return '';
      ids = ids.slice(known);
      known = ids.length;
      return text;
    },
    flush: () => (ids.length > known ? grown() : Promise.resolve('')),
  };
}
