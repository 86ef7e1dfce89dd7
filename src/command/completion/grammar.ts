/** What a command line may say, as far as a shell completes it. */
export interface CommandGrammar {
  /** The words that call it, such as `arb policy import`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly OptionGrammar[];
  readonly args: readonly ValueGrammar[];
}

export interface OptionGrammar {
  /** Short and long, such as `-o` and `--out`. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Absent for a flag. */
  readonly value?: ValueGrammar;
}

export interface ValueGrammar {
  readonly name: string;
  readonly values: 'any' | 'files' | readonly string[];
  readonly variadic: boolean;
}
