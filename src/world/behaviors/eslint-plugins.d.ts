// Neither plugin ships types of its own.
declare module 'eslint-plugin-security' {
  import type { ESLint } from 'eslint';
  const plugin: ESLint.Plugin & Required<Pick<ESLint.Plugin, 'rules'>>;
  export = plugin;
}

declare module 'eslint-plugin-no-unsanitized' {
  import type { Rule } from 'eslint';
  const plugin: { readonly rules: { readonly method: Rule.RuleModule } };
  export = plugin;
}
