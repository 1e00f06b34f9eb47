import type { EntryDescription } from './describe.ts';

/** An experiment file of an organism, with all its settings at their defaults, each after what it is: to be changed. */
export function organismFile(name: string, { kind, summary, params }: EntryDescription): string {
  const steps = Number(params.find((param) => param.name === 'steps')?.default ?? 100);
  const setting = ({ name, default: value, description }: (typeof params)[number]): string[] => [
    `  # ${description}`,
    value === undefined ? `  # ${name}:` : `  ${name}: ${JSON.stringify(value)}`,
  ];
  return `# ${summary}
# Every key, with defaults: npx dormouse list experiment; the organism's own: npx dormouse list organisms ${kind}
name: '${name}'
seed: 1

organism:
  kind: ${kind}
${params.flatMap(setting).join('\n')}

# Its recipe goes on, on a copy of its weights, by the name of the arm, with what is changed of the settings above: here, how long.
interventions:
  longer: { steps: ${Math.ceil(steps / 4)} }

# The same from fresh weights. Left out: those that the organism brings along; {}: none.
# controls: { shorter: { steps: ${Math.ceil(steps / 4)} } }

# Every value of a setting, each with every seed: npx dormouse run ${name}.yaml --seeds 3
# sweep: { organism.steps: [${Math.ceil(steps / 4)}, ${steps}] }

# To see that everything works: npx dormouse run ${name}.yaml --quick
quick: { organism.steps: ${Math.ceil(steps / 10)}, interventions.longer.steps: ${Math.ceil(steps / 20)} }
`;
}
