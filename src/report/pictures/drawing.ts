import type { Picture } from '../../results/picture.ts';
import type { KeyItem } from '../figure.ts';
import type { Html } from '../html.ts';

/** How pictures of one kind are drawn, and told of. */
export interface Drawing<P extends Picture> {
  readonly key: readonly KeyItem[];
  /** Scenes of one condition, in the words of `label`. */
  draw(label: string, scenes: readonly P[]): Html;
  /** For the caption: what there is to see in the panel of the organism. */
  told(own: readonly P[]): string;
}
