import type { ArmSummary, Results } from '../results/types.ts';

/**
 * Colors after Okabe and Ito (distinct under the common color blindnesses), darkened where text of that color must
 * be read on paper, lightened on a dark screen. Each is a CSS variable of the page.
 */
const LIGHT = {
  organism: '#c2410c',
  'intervention-0': '#0067a5',
  'intervention-1': '#007a5a',
  'intervention-2': '#a3397a',
  'intervention-3': '#8a6100',
  'intervention-4': '#20808d',
  'control-0': '#5c6570',
  'control-1': '#7b858f',
  'control-2': '#8f98a1',
} as const;

const DARK: Readonly<Record<keyof typeof LIGHT, string>> = {
  organism: '#ff9259',
  'intervention-0': '#6db8f2',
  'intervention-1': '#43cf9f',
  'intervention-2': '#ee9ccb',
  'intervention-3': '#e5bd55',
  'intervention-4': '#6fd3df',
  'control-0': '#a4adb8',
  'control-1': '#87919c',
  'control-2': '#737d88',
};

const INTERVENTIONS = 5;
const CONTROLS = 3;

/** The color of an arm, as CSS: by its role and its place among the arms of that role. */
export function armColor({ arms }: Results, name: string): string {
  const arm = arms.find((candidate) => candidate.name === name);
  if (!arm || arm.role === 'base') return 'var(--control-0)';
  if (arm.role === 'organism') return 'var(--organism)';
  const place = arms.filter((candidate) => candidate.role === arm.role).indexOf(arm);
  return `var(--${arm.role}-${place % (arm.role === 'intervention' ? INTERVENTIONS : CONTROLS)})`;
}

/** Controls are dashed as well as gray: no chart rests on color alone. */
export const armDash = (arm: ArmSummary): string | undefined => (arm.role === 'control' ? '5 4' : undefined);

const declare = (colors: Readonly<Record<string, string>>): string =>
  Object.entries(colors)
    .map(([name, color]) => `--${name}:${color};`)
    .join('');

export const palette = { light: declare(LIGHT), dark: declare(DARK) } as const;
